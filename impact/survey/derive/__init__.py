"""Derived variables, declared: what is divided, deflated, winsorised or cut, in which order and unit."""
