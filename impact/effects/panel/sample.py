"""The households of a panel that take part in an estimate, with their weights."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Array, Booleans, Positions
from impact.design.matched_sample import MatchedSample
from impact.errors import DataError, OptionError
from impact.language import Text, joined
from impact.survey.outcome import Outcome
from impact.survey.panel.panel import Panel


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PanelUnits:
    """The n households that take part: not always treated, and matched where a match was given.

    Attributes
    ----------
    panel : Panel
    matched : MatchedSample or None
    used : int array, shape (n,)
        Their positions in the panel.
    weight : float64 array, shape (n,)
        Sampling weight × match weight.
    cohort : float64 array, shape (n,)
        Wave of entry.
    treated : bool array, shape (n,)
        Whether each household enters in the panel.
    group : int array, shape (n,), or None
        Producer group, 0 to G − 1.
    observed : bool array, shape (n, T)
        Whether each household has a row in each wave.
    """

    panel: Panel
    matched: MatchedSample | None
    used: Positions
    weight: Array
    cohort: Array
    treated: Booleans
    group: Positions | None
    observed: Booleans

    @classmethod
    def of(cls, panel: Panel, matched: MatchedSample | None, used: Positions, weight: Array) -> PanelUnits:
        """Return these households of a panel."""
        group = None if panel.group is None else compact(panel.group[used])
        return cls(
            panel,
            matched,
            used,
            weight,
            panel.cohort[used].astype(np.float64),
            panel.ever_treated[used],
            group,
            panel.observed[used],
        )

    @property
    def waves(self) -> tuple[int, ...]:
        """The panel's waves."""
        return self.panel.waves

    @property
    def cohorts(self) -> tuple[int, ...]:
        """The cohorts that enter in the panel and have households here."""
        present = set(np.unique(self.cohort).tolist())
        return tuple(wave for wave in self.panel.cohorts if wave in present)

    @property
    def index(self) -> pd.Index[Any]:
        """The households."""
        return self.panel.households[self.used]

    @property
    def design(self) -> Array:
        """The constant and the baseline covariates, standardised, shape (n, p), column by column in memory."""
        given = self.panel.matrix.to_numpy(dtype=np.float64).T
        columns = np.ones((1 + len(given), len(self.used)))
        terms = np.take(given, self.used, axis=1, out=columns[1:], mode="clip")
        terms -= terms.mean(axis=1, keepdims=True)
        spread = np.sqrt(np.einsum("pn,pn->p", terms, terms) / len(self.used))
        terms /= np.where(spread > 0, spread, 1.0)[:, None]
        return columns.T

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the design's columns."""
        return ("the constant", *map(str, self.panel.matrix.columns))

    @property
    def weights_label(self) -> Text:
        """What the weights are, for the ``weights`` column."""
        parts = [Text("match weight", "peso de emparejamiento")] if self.matched is not None else []
        if (column := self.panel.sampling_weight) is not None:
            parts.append(Text("sampling weight ({column})", "factor de expansión ({column})", column=column))
        return joined(parts, " × ") if parts else Text("none", "ninguno")

    @property
    def comparator(self) -> str:
        """Who the comparison households are."""
        who = self.panel.comparator
        return who if self.matched is None else Text("matched {who}", "emparejados: {who}", who=who)

    def values(self, outcome: Outcome) -> Array:
        """Return an outcome by household and wave, missing where there is no row, shape (n, T)."""
        values: Array = self.panel.values(outcome)[self.used]
        infinite = np.isfinite(values).sum() != self.observed.sum()
        if infinite:
            rows = np.asarray((~np.isfinite(values) & self.observed).any(axis=1))
            raise DataError(
                Text(
                    (
                        "Outcome '{name}' must be finite; {households} {households:lacks|lack} it in a wave "
                        "(first: {first}). Name it among the "
                        'panel\'s outcomes, where missing="drop" lists such rows.'
                    ),
                    (
                        "El resultado '{name}' debe ser finito; falta a {households} en una ronda (primero: {first}). "
                        'Nómbrelo entre los resultados del panel, donde missing = "drop" lista esas filas.'
                    ),
                    name=outcome.name,
                    households=checks.counted(int(rows.sum()), "household"),
                    first=checks.listed(self.index[rows]),
                )
            )
        return values

    def persons(self, outcome: Outcome) -> Array:
        """Return how often each household counts for an outcome: once, or once per person at its first interview."""
        if outcome.persons is None:
            return np.ones(len(self.used))
        checks.columns_present("persons", [outcome.persons], self.panel.frame.columns)
        first = self.panel.positions[self.used, self.observed.argmax(1)]
        sizes: Array = self.panel.frame[outcome.persons].to_numpy(dtype=np.float64)[first]
        wrong = ~(sizes > 0)
        if wrong.any():
            raise DataError(
                Text(
                    (
                        "'{persons}' (household sizes) must be above 0 at the first interview; {households} "
                        "{households:lacks|lack} it (first: "
                        "{first})."
                    ),
                    (
                        "'{persons}' (tamaños de los hogares) debe ser mayor que 0 en la primera entrevista; falta a "
                        "{households} (primero: {first})."
                    ),
                    persons=outcome.persons,
                    households=checks.counted(int(wrong.sum()), "household"),
                    first=checks.listed(self.index[wrong]),
                )
            )
        return sizes

    def take(self, kept: Booleans) -> PanelUnits:
        """Return these households only."""
        return PanelUnits.of(self.panel, self.matched, self.used[kept], self.weight[kept])


def compact(codes: Positions) -> Positions:
    """Return numbers of groups without gaps, in their order."""
    present = np.bincount(codes) > 0
    numbers: Positions = (np.cumsum(present) - 1)[codes]
    return numbers


def panel_units(panel: Panel, matched: MatchedSample | None) -> PanelUnits:
    """Return the households that take part."""
    checks.instance("panel", panel, Text("an im.Panel", "un im.Panel"), isinstance(panel, Panel))
    inside = ~panel.always_treated & (panel.weight > 0)
    if matched is None:
        return PanelUnits.of(panel, None, np.flatnonzero(inside), panel.weight[inside])
    checks.instance(
        "matched",
        matched,
        Text(
            "an im.MatchedSample made from panel.baseline()", "un im.MatchedSample hecho de panel.baseline()"
        ),
        isinstance(matched, MatchedSample),
    )
    place = panel.households.get_indexer(matched.weights.index)
    if (place < 0).any():
        strange = matched.weights.index[place < 0]
        raise OptionError(
            Text(
                (
                    "matched must be made from panel.baseline(): {units} of it {units:is|are} not among the households of the "
                    "panel (first: {strange})."
                ),
                "matched debe hacerse de panel.baseline(): {units} no {units:está|están} entre los hogares del panel (primero: {strange}).",
                units=checks.counted(len(strange), "unit"),
                strange=checks.listed(strange),
            )
        )
    if matched.estimand != "ATT":
        raise OptionError(
            Text(
                "matched must be for the ATT, the estimand of difference-in-differences; got {estimand}.",
                "matched debe ser para el ATT, el estimando de las diferencias en diferencias; se dio {estimand}.",
                estimand=matched.estimand,
            )
        )
    share = np.zeros(len(panel.households))
    share[place] = matched.weights.to_numpy()
    used = np.flatnonzero(inside & (share > 0))
    return PanelUnits.of(panel, matched, used, (panel.weight * share)[used])
