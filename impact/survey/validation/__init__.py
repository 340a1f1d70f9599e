"""Every violation of the data package, row by row."""
