"""How sure: from an estimate to its uncertainty, one variance a file."""
