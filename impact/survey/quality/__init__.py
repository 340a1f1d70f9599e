"""Columns that look right and are not: each suspicion is named, with its cells and counts, before anything is matched."""
