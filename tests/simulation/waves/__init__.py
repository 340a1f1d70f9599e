"""Surveys with waves whose truth is known, drawn for coverage: the twin's, some drawn by hand, and the parts of income."""
