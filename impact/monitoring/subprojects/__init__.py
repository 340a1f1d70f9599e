"""Results subproject by subproject: before and after, who reported, and what those who did not could change."""
