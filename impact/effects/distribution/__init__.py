"""Beyond the mean: quantiles, and poverty at every line."""
