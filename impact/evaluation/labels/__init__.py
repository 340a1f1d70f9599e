"""What the report calls columns and outcomes, and in which unit they are."""
