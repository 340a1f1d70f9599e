"""The commands: one file each, found by standing in this folder.

A command is a module with ``PLACE``, a number that orders the help, and ``command(…)``, whose parameters are the options;
the module's name is the verb. Its docstring says in English what it is for, ``SPANISH`` in Spanish, ``EXAMPLE`` how it is called.
"""
