"""What a subproject returns on its money, before and after, and on the gain that is attributable."""
