"""What difference the programme made, for whom and of what it is made."""
