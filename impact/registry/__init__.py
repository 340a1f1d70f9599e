"""Registries larger than memory: the same roles, match, balance and effects as in memory, cell by cell and by sums."""

from impact.registry.balance import balance as balance
from impact.registry.estimate import estimate as estimate
from impact.registry.match import match as match
from impact.registry.score import score as score

__all__ = ["balance", "estimate", "match", "score"]
