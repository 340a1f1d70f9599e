"""Surveys whose true effects are known: generators only."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from impact.synthetic.alliances import rural_alliances as rural_alliances
    from impact.synthetic.panel import rural_alliances_panel as rural_alliances_panel
    from impact.synthetic.programme_records import rural_programme as rural_programme
    from impact.synthetic.result import RuralAlliances as RuralAlliances

_HOMES = {
    "rural_alliances": "alliances",
    "rural_alliances_panel": "panel",
    "rural_programme": "programme_records",
    "RuralAlliances": "result",
}

__all__ = ["RuralAlliances", "rural_alliances", "rural_alliances_panel", "rural_programme"]

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name in _HOMES:
            value = getattr(import_module(f"impact.synthetic.{_HOMES[name]}"), name)
            globals()[name] = value
            return value
        raise AttributeError(f"module 'impact.synthetic' has no attribute {name!r}")

    def __dir__() -> list[str]:
        return list(__all__)
