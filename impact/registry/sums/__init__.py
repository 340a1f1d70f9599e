"""A registry's estimate from sums by group: of each cell, over cells, and what a regression reads of them."""
