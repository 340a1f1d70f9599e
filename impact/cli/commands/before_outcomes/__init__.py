"""Commands that read no outcome: design, balance, power."""
