"""Effects in fifths and subgroups, and whether they differ."""
