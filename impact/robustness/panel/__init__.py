"""Does a difference-in-differences hold: trends before entry, bounds, placebo dates, and households that were lost."""
