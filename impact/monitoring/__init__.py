"""What monitoring asks of a programme: questionnaires, survival of alliances, returns, targeting, audits of published tables."""
