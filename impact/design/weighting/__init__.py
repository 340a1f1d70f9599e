"""Weighting strategies, one family a file."""
