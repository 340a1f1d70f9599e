"""Who was surveyed, who is compared with whom, and how alike they are."""
