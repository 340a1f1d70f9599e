"""The equations that balancing weights solve; no family knows how."""
