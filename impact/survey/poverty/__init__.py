"""Poverty lines, measures and their design-based errors."""
