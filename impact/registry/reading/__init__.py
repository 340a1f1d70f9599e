"""How the files of a registry come in: partitions, roles, the one pass over each, and the runs it leaves."""
