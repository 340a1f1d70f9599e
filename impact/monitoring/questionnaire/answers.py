"""A questionnaire's rows with the design that drew them: who counts, in which group and stratum."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Array, Booleans
from impact.errors import DataError
from impact.language import Text
from impact.monitoring import columns
from impact.survey.clusters import SurveyDesign, sums_by_code


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Answers:
    """Rows of a questionnaire.

    Attributes
    ----------
    frame : DataFrame, shape (n, …)
    weights : ndarray, shape (n,)
        Sampling weights; ones where none were named.
    design : SurveyDesign
        Groups (each row its own without ``cluster``) and strata.
    weighted : bool
        Whether weights were named.
    labels : tuple of str
        Subgroups.
    subgroup : ndarray of int, shape (n,)
        Number of each row's label; −1: in none.
    notes : tuple of str
        What was assumed about the design.
    """

    frame: pd.DataFrame
    weights: Array
    design: SurveyDesign
    weighted: bool
    labels: tuple[str, ...]
    subgroup: np.ndarray
    notes: tuple[str, ...]

    @classmethod
    def of(
        cls,
        frame: pd.DataFrame,
        weights: str | None,
        cluster: str | None,
        stratum: str | None,
        by: str | Sequence[str] | None,
        population_groups: str | None,
    ) -> Answers:
        """Return the checked rows; :func:`impact.monitoring.questionnaire.shares.share` says what is what."""
        columns.require_table(frame)
        weight = columns.sampling_weights(frame, weights)
        groups = None if cluster is None else columns.column(frame, "cluster", cluster)
        strata = None if stratum is None else columns.column(frame, "stratum", stratum)
        design = SurveyDesign.of(len(frame), groups, strata, lonely_allowed=True)
        notes = list(_lonely_note(design, strata))
        if population_groups is not None:
            design, note = _finite(frame, design, population_groups)
            notes.append(note)
        labels, subgroup, without = columns.subgroup_rows(frame, by)
        if without:
            notes.append(
                Text(
                    "{rows} of {total} without a subgroup: in the design, in no estimate.",
                    "{rows} de {total} sin subgrupo: en el diseño, en ninguna estimación.",
                    rows=checks.counted(without, "row"),
                    total=len(frame),
                )
            )
        return cls(frame, weight, design, weights is not None, labels, subgroup, tuple(notes))

    @property
    def domains(self) -> Iterator[tuple[str, Booleans]]:
        """Each subgroup's label and rows; rows of weight 0 belong to none."""
        for number, label in enumerate(self.labels):
            yield label, (self.subgroup == number) & (self.weights > 0)

    def groups_in(self, rows: Booleans) -> int:
        """Return the number of groups that hold these rows."""
        held = sums_by_code(
            self.design.cluster_codes, rows.astype(np.float64), len(self.design.stratum_codes)
        )
        return int(np.count_nonzero(held))

    def simple_random_variance(self, deviations: Array, rows: Booleans) -> float:
        """Return the variance that a mean of these deviations would have under simple random sampling.

        Without replacement from as many as the weights stand for, as R's ``svymean(deff = TRUE)``; with
        replacement where the weights do not tell how many that is.
        """
        number = int(rows.sum())
        total = float(self.weights[rows].sum())
        if number < 2:
            return float("nan")
        spread = float(self.weights[rows] @ deviations[rows] ** 2) / total * number / (number - 1)
        left = (total - number) / total if self.weighted and total > number else 1.0
        return spread / number * left


def _lonely_note(design: SurveyDesign, strata: pd.Series | None) -> Iterator[str]:
    lonely = design.lonely_strata
    if strata is None or not len(lonely):
        return
    names = pd.factorize(strata, sort=True)[1][lonely]
    yield Text(
        (
            "{strata} with a single group ({names}): assumed to vary as that group's distance from the mean of all groups, "
            "which errs on the wide side."
        ),
        (
            "{strata} con un solo grupo ({names}): se supone que varía como la distancia de ese grupo a la media de todos, lo que "
            "peca de ancho."
        ),
        strata=checks.counted(len(lonely), "stratum"),
        names=checks.listed(names),
    )


def _finite(frame: pd.DataFrame, design: SurveyDesign, name: str) -> tuple[SurveyDesign, str]:
    """Return the design that knows how many groups each stratum has in the population."""
    numbers = columns.amounts(frame, "population_groups", name)
    of_row = design.stratum_codes[design.cluster_codes]
    strata = int(design.stratum_codes.max()) + 1
    known = np.zeros(strata)
    known[of_row] = numbers
    if (known[of_row] != numbers).any():
        raise DataError(
            Text(
                "population_groups {name!r} must be one number in each stratum; it varies within one.",
                "population_groups {name!r} debe ser un número en cada estrato; varía dentro de uno.",
                name=name,
            )
        )
    drawn = np.bincount(design.stratum_codes, minlength=strata)
    if (drawn > known).any():
        raise DataError(
            Text(
                (
                    "population_groups {name!r} must be at least the groups in the survey; a stratum has {drawn:,} "
                    "groups drawn of {known:g}."
                ),
                (
                    "population_groups {name!r} debe ser al menos los grupos de la encuesta; un estrato tiene {drawn:,} "
                    "grupos sorteados de {known:g}."
                ),
                name=name,
                drawn=int(drawn[drawn > known][0]),
                known=known[drawn > known][0],
            )
        )
    finite = SurveyDesign(design.cluster_codes, design.stratum_codes, drawn / known)
    return finite, Text(
        "Finite population: {drawn} of {known} groups were drawn, without replacement.",
        "Población finita: se sortearon {drawn} de {known} grupos, sin reemplazo.",
        drawn=int(drawn.sum()),
        known=int(known.sum()),
    )
