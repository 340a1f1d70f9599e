"""Surveys with waves: the panel, its roles by timing, and who was lost between waves."""
