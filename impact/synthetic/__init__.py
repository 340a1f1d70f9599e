"""Surveys whose true effects are known: generators only."""
