"""Whether the answer holds under other choices, hidden differences and placebos."""
