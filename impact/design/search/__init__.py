"""Finding the nearest units fast; no strategy knows how."""
