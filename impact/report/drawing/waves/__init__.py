"""Figures of effects from waves."""
