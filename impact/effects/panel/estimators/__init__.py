"""Estimators of two periods: any object with of_changes and of_cross_sections is one; what they are made of beside them."""
