"""Effects with their intervals: a row each, by subgroup, or many outcomes side by side."""
