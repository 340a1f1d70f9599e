"""The estimate as two arm means, adjusted and linearised."""
