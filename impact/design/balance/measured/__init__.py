"""The statistics of the balance table, one file each: ``PLACE``, a number that orders the columns, and ``STATISTIC``."""
