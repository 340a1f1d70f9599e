"""Matching strategies, one family a file."""
