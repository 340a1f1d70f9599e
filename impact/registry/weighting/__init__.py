"""Weights of a registry: found by sums over its runs, written cell by cell, their estimation counted in the errors."""
