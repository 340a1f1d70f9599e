"""Arithmetic of published tables and of what is claimed from them."""
