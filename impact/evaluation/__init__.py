"""From evaluation.toml to a finished evaluation: configuration, the run, its report, and the demonstration."""
