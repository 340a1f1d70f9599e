"""What difference it made."""
