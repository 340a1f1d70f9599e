"""How far the effect reaches: with exposure, to markets, and from the surveyed regions to the whole programme."""
