"""From a data file to a first evaluation.toml."""
