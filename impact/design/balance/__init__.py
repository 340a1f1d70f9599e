"""Whether the compared are alike, before and after."""
