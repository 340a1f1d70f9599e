"""Every reasonable specification: what could have been chosen, and what it would have changed."""
