"""Placebo outcomes: what was measured before the programme cannot have been moved by it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from impact import checks
from impact.design.matched_sample import MatchedSample
from impact.effects.arm_means.adjustment import Adjustment
from impact.effects.joint import joint_effects
from impact.effects.variances.wild_bootstrap import WildBootstrap
from impact.errors import SPOKEN
from impact.language import Text
from impact.survey.outcome import Outcome
from impact.views import html_view, p_compared, text_view

_PASSES = Text(
    "None of {number} placebo outcomes moved (smallest corrected p {p}).",
    "Ninguno de {number} resultados placebo se movió (menor p corregido {p}).",
    number=0,
    p="",
)
_ONE_PASSES = Text(
    "The one placebo outcome did not move (p {p}).", "El único resultado placebo no se movió (p {p}).", p=""
)
_ONE_FAILS = Text(
    "The one placebo outcome moved though the programme cannot have touched it (p {p}): the comparison is suspect.",
    "El único resultado placebo se movió aunque el programa no pudo tocarlo (p {p}): la comparación es dudosa.",
    p="",
)
_FAILS = Text(
    "{moved} of {number} placebo outcomes moved though the programme cannot have touched {moved:it|them} (smallest corrected p {p}): the "
    "comparison is suspect.",
    "{moved} de {number} resultados placebo se {moved:movió|movieron} aunque el programa no pudo {moved:tocarlo|tocarlos} (menor p "
    "corregido {p}): la comparación es dudosa.",
    moved=0,
    number=0,
    p="",
)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PlaceboOutcomes:
    """Effects on what the programme cannot have moved.

    Attributes
    ----------
    frame : DataFrame
        outcome, estimate, std_error, statistic, p_value (by the wild bootstrap), romano_wolf (corrected for their number).
    level : float
    synthetic : bool

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> row = np.arange(400)
    >>> frame = pd.DataFrame({"treated": row // 5 % 2, "age": row % 37, "group": row // 5, "land_before": row % 11.0})
    >>> sample = im.Sample(frame, treatment="treated", covariates=["age"], cluster="group")
    >>> matched = im.match(sample, im.NearestNeighbor(im.Euclidean(), ratio=4))
    >>> found = im.placebo_outcomes(matched, ["land_before"], replications=99).frame
    >>> found["outcome"].tolist(), bool(found["p_value"].iloc[0] > 0.05)  # as it should be
    (['land_before'], True)
    """

    frame: pd.DataFrame
    level: float
    synthetic: bool

    @property
    def moved(self) -> tuple[str, ...]:
        """Outcomes whose corrected p-value is below 1 − level."""
        beyond = self.frame["romano_wolf"] < 1 - self.level
        return tuple(self.frame.loc[beyond, "outcome"])

    def sentence(self, language: str = "en") -> str:
        """Return what the placebo outcomes say, in one plain sentence."""
        passes, fails = (_ONE_PASSES, _ONE_FAILS) if len(self.frame) == 1 else (_PASSES, _FAILS)
        p = p_compared(float(self.frame["romano_wolf"].min()))
        text = fails if self.moved else passes
        return text.with_values(moved=len(self.moved), number=len(self.frame), p=p).to(language)

    def __repr__(self) -> str:
        return text_view(self.frame, (self.sentence(SPOKEN.get()),), self.synthetic)

    def _repr_html_(self) -> str:
        return html_view(self.frame, (self.sentence(SPOKEN.get()),), self.synthetic)


def placebo_outcomes(
    matched: MatchedSample,
    outcomes: Sequence[str | Outcome],
    bias_adjustment: Adjustment | str | None = None,
    level: float = 0.95,
    replications: int = 999,
    seed: int = 0,
) -> PlaceboOutcomes:
    """Estimate the "effect" on outcomes of before the programme: none should be found.

    Parameters
    ----------
    matched : MatchedSample
    outcomes : sequence of str or Outcome
        Columns measured or recalled before the programme that the design did not use.
    bias_adjustment : Adjustment, "suited", "linear" or None
    level : float
        In (0, 1): an outcome moved where its corrected p-value is below 1 − level.
    replications, seed : int
        Multiplier draws by group, the same for all outcomes.

    Returns
    -------
    PlaceboOutcomes

    Raises
    ------
    OptionError
        No outcome, or one that the design matched on: it is balanced by construction.

    Examples
    --------
    >>> import warnings, impact as im
    >>> warnings.simplefilter("ignore")  # sixty groups are few, and it says so
    >>> survey = im.synthetic.rural_alliances(seed=3, groups=60)
    >>> sample = im.Sample(survey.household, **(survey.roles() | {"outcomes": ["income_labour"]}))
    >>> matched = im.match(sample, im.NearestNeighbor(im.Mahalanobis(), ratio=4))
    >>> im.placebo_outcomes(matched, ["land_owned_pre"], replications=99).frame["outcome"].tolist()
    ['land_owned_pre']
    """
    checks.between("level", level, 0.0, 1.0)
    chosen = [outcomes] if isinstance(outcomes, str) else list(outcomes)
    checks.distinct("outcomes", [one if isinstance(one, str) else one.name for one in chosen])
    joint = joint_effects({"placebo": matched}, chosen, bias_adjustment)
    family = joint.family(bootstrap=WildBootstrap(replications, seed))
    columns = ["outcome", "estimate", "std_error", "statistic", "p_value", "romano_wolf"]
    return PlaceboOutcomes(family[columns], level, matched.sample.synthetic)
