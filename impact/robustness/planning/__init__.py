"""Planning surveys with waves: what a baseline, more waves and staggered entry are worth, and what it costs."""
