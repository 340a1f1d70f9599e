"""Effects from surveys with waves: two waves, groups that enter at different dates, and what regressions give beside them."""
