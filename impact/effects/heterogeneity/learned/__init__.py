"""Heterogeneity that a learner finds on half of the groups, judged on the other half."""
