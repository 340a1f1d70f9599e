"""Surveys drawn anew by group, and designs estimated anew on them."""
