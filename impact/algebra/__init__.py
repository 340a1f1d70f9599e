"""Sums and systems of a regression: standardised terms, and the moments of them."""
