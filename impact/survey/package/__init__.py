"""The data package: what every field is, and what holds between them."""
