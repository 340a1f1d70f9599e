"""Errors by unit or by matched set: once the means are known, a second pass over the cells sums what each unit or set contributes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np

from impact.arrays import Array, Booleans, Positions
from impact.effects.arm_means.residuals import GroupedFit, Residuals
from impact.effects.variances.cluster_robust import all_terms
from impact.effects.variances.sums.draws import Draws
from impact.effects.variances.sums.group_sums import with_weight
from impact.language import Text
from impact.parallel import each
from impact.registry.matching.cell_match import matched_sets
from impact.registry.registry_match import MatchedCell
from impact.registry.sums.arm_mean import ArmMean, UnitSums
from impact.registry.sums.cell_grams import OutcomeRows, Reader, outcome_rows
from impact.registry.sums.linearised import SummedMeans

_DOING = Text("summing the errors", "se sumaban los errores")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SecondPass:
    """How a cell's units are read for the second pass.

    Attributes
    ----------
    reader : Reader
    means : SummedMeans
    rule : Residuals
    sets : bool
        Whether each focal unit and its matches are a set, drawn together.
    groups : Path or None
        Where the coefficients that each group's residuals have stand; None where units or sets are the groups.
    scales : (float, float)
        What the weights of the treated and of the controls are multiplied by.
    """

    reader: Reader
    means: SummedMeans
    rule: Residuals
    sets: bool
    groups: Path | None
    scales: tuple[float, float]

    def terms(self, rows: OutcomeRows, codes: Positions) -> dict[int, UnitSums]:
        """Return what each unit's terms are made of, by imputed arm."""
        scores = np.empty((len(rows.treated), 0))
        if self.reader.weights is not None:
            scores = self.reader.weights.scores(rows.matrix, rows.treated, rows.survey)
        return {
            arm: self._of_arm(rows, codes, mean, rows.treated == (arm == 0), arm, scores)
            for arm, mean in self.means.imputed.items()
        }

    def _of_arm(
        self,
        rows: OutcomeRows,
        codes: Positions,
        mean: ArmMean,
        side: Booleans,
        arm: int,
        scores: Array,
    ) -> UnitSums:
        values, terms = rows.values @ mean.change, mean.terms
        design, outcomes = values[:, :terms], values[:, terms:]
        fitted = np.where(side, rows.fitted, 0.0)
        share = mean.factor * np.where(side, rows.compared, 0.0)
        used = share + fitted * (design @ mean.loads)
        residuals = outcomes - design @ mean.beta
        inside = np.flatnonzero(fitted > 0)
        if self.groups is not None:
            with np.load(self.groups) as stored:
                place = np.searchsorted(stored["groups"], rows.codes[inside])
                own = stored[f"arm{arm}"][place]
            residuals[inside] = outcomes[inside] - np.einsum("ip,ipk->ik", design[inside], own)
        elif len(inside):
            whose = np.unique(codes[inside], return_inverse=True)[1].astype(np.intp)
            fit = GroupedFit(
                design[inside],
                fitted[inside],
                outcomes[inside],
                residuals[inside],
                whose,
                mean.moments,
                mean.cross,
            )
            residuals[inside] = self.rule.of(fit)
        return UnitSums(
            focal=values * rows.focal[:, None],
            share=values * share[:, None],
            used=values * used[:, None],
            corrected=residuals * used[:, None],
            scores=scores,
        )


def corrected_sums(cell: MatchedCell, given: SecondPass) -> dict[int, Array]:
    """Return Σ used ẽ over a cell, by imputed arm."""
    found: dict[int, Array] = {}
    for rows, codes in _coded(cell, given):
        for arm, part in given.terms(rows, codes).items():
            found[arm] = found.get(arm, 0.0) + part.corrected.sum(0)
    return found


def cell_draws(cell: MatchedCell, given: SecondPass) -> tuple[Draws, Draws | None]:
    """Return the sums over a cell's units or sets; and where groups are the other way, over sets within them."""
    first: Draws | None = None
    second: Draws | None = None
    for rows, codes in _coded(cell, given):
        weight = rows.weight * np.where(rows.treated, *given.scales)
        linear = given.means.linearization(given.terms(rows, codes), rows.treated, weight)
        terms, active = all_terms(linear) / linear.size, with_weight(linear)
        if given.groups is not None:
            active = active & (codes >= 0)
        one = Draws.of(terms, active, rows.treated, weight, codes)
        first = one if first is None else first.plus(one)
        if given.groups is not None:
            both = np.unique(np.stack([codes, rows.codes]), axis=1, return_inverse=True)[1]
            other = Draws.of(terms, active, rows.treated, weight, np.ravel(both).astype(np.intp))
            second = other if second is None else second.plus(other)
    assert first is not None
    return first, second


def _coded(cell: MatchedCell, given: SecondPass) -> Iterator[tuple[OutcomeRows, Positions]]:
    """Yield a cell's rows with the draw that each belongs to; those of sets at once, as a set may stand in two bundles."""
    parts = outcome_rows(cell, given.reader)
    if not given.sets:
        for rows in parts:
            yield rows, np.arange(len(rows.treated))
        return
    every = list(parts)
    rows = OutcomeRows(
        **{
            one.name: np.concatenate([getattr(part, one.name) for part in every])
            for one in fields(OutcomeRows)
        }
    )
    sets = matched_sets(given.reader.design, cell.number, sum(map(len, cell.pieces)))[rows.place]
    lone = np.arange(len(sets)) + sets.max(initial=-1) + 1
    yield rows, sets if given.groups is not None else np.where(sets >= 0, sets, lone).astype(np.intp)


def draws_of_cells(
    cells: Sequence[MatchedCell], given: SecondPass, n_jobs: int | None
) -> tuple[Draws, Draws | None]:
    """Return the sums over all cells; where units or sets are the groups of the residuals, these are summed first."""
    if given.groups is None:
        parts = each(corrected_sums, [(cell, given) for cell in cells], n_jobs, _DOING)
        whole = {arm: np.sum([part[arm] for part in parts if part], axis=0) for arm in given.means.imputed}
        given = replace(given, means=given.means.centred(whole))
    found = each(cell_draws, [(cell, given) for cell in cells], n_jobs, _DOING)
    first, second = found[0]
    for one, other in found[1:]:
        first = first.plus(one)
        second = None if second is None or other is None else second.plus(other)
    return first, second
