"""Results as the tables of a report."""
