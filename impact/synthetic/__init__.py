"""Surveys whose true effects are known: generators only."""

from impact.synthetic.alliances import rural_alliances
from impact.synthetic.panel import rural_alliances_panel
from impact.synthetic.result import RuralAlliances

__all__ = ["RuralAlliances", "rural_alliances", "rural_alliances_panel"]
