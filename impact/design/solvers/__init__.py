"""Exact optimisation over distances: assignments, covers, flows, an integer programme."""
