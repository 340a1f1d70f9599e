"""How figures are drawn and turned into images."""
