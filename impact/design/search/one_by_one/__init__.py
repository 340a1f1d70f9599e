"""One focal unit after another takes the nearest unit that is still free."""
