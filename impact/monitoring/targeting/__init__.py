"""Whom the funds reached: concentration over a ranking, and who is included."""
