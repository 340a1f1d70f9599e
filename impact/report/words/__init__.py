"""Every word a reader sees, in Spanish and English."""
