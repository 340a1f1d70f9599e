"""How long alliances last, what ends them, and what the unknown fates could change."""
