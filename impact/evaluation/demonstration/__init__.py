"""A synthetic survey evaluated as a real one would be, and set against its truth."""
