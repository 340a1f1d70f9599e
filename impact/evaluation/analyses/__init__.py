"""Further analyses that ``evaluation.toml`` may ask for, one table a file; a new one is found by standing here."""
