"""How strong a confounder that nobody measured would have to be."""
