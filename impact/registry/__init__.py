"""Registries larger than memory: the same roles, match, balance and effects as in memory, cell by cell and by sums."""

from impact.registry.balance import balance_registry as balance
from impact.registry.estimate import estimate_registry as estimate
from impact.registry.match import match_registry as match
from impact.registry.poverty import registry_poverty_effects as poverty_effects
from impact.registry.quintiles import registry_quintile_effects as quintile_effects
from impact.registry.score import score as score

__all__ = ["balance", "estimate", "match", "poverty_effects", "quintile_effects", "score"]


def __dir__() -> list[str]:
    return list(__all__)
