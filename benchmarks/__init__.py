"""Ours and its peers on the same generated data, side by side."""
