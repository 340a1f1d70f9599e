"""A package with which others make the same numbers again: de-identified data, code, versions, and every number to compare."""
