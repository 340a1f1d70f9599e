"""The keys at the top of ``evaluation.toml``: of the report and of the whole evaluation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from impact import checks
from impact.language import Text, languages

MINIMUM_CELL = 5


@dataclass(frozen=True, slots=True)
class General:
    """What holds for the whole evaluation.

    Parameters
    ----------
    title : str
        Of the report.
    language : str
        "en", "es", or another for which there is a catalogue.
    synthetic : bool
        The data are synthetic: every table, figure and report says so.
    seed : int
        Of everything that draws.
    level : float
        Confidence level, in (0, 1).
    minimum_cell_count : int
        Cells of fewer units are suppressed.
    stars : bool
        Mark small p-values in the table of strategies.
    estimand : {"ATT", "ATC", "ATE"}
    main_strategy : str
        The one whose match, balance and poverty levels are shown in full; the first by default.
    figures : tuple of str
        Outcomes that get a figure of the strategies; the first outcome by default.
    """

    title: str = ""
    language: str = "en"
    synthetic: bool = False
    seed: int = 0
    level: float = 0.95
    minimum_cell_count: int = MINIMUM_CELL
    stars: bool = False
    estimand: Literal["ATT", "ATC", "ATE", "ATO", "ATM"] = "ATT"
    main_strategy: str = ""
    figures: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        checks.one_of("language", self.language, languages())
        checks.between("level", self.level, 0.0, 1.0)
        checks.whole("minimum_cell_count", self.minimum_cell_count)
        checks.whole("seed", self.seed, minimum=0)

    @property
    def heading(self) -> str:
        """The title, or the language's own words for one."""
        return self.title or Text("Impact evaluation", "Evaluación de impacto").to(self.language)
