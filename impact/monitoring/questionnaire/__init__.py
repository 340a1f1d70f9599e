"""Design-based shares, means, totals and ratios of a questionnaire, their intervals, tests and tables."""
