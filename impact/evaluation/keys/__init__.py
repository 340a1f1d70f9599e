"""The keys of evaluation.toml that every evaluation has: one table of the file, one module."""
