"""Whether subgroups answer a questionnaire differently: a test for every question, and Holm's account of how many there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from impact import checks
from impact.effects.multiplicity import holm
from impact.errors import DataError, EstimationError
from impact.language import Text
from impact.monitoring import columns
from impact.monitoring.questionnaire.questions import ticked_answers
from impact.monitoring.questionnaire.rao_scott import AssociationTest, difference_of_means, rao_scott
from impact.views import Exported, frame_of_texts, html_view, text_view

_SHOWN = ["question", "method", "statistic", "p_value", "p_holm", "n", "groups"]
_SUPPRESSED = ["statistic", "freedom", "second_freedom", "p_value", "p_holm", "n", "groups"]
_HIDDEN = Text(
    "{tests} not published: fewer than {minimum} answers stand behind a subgroup's cell, which could be had from the test's numbers. "
    "Holm's p of the others counts {tests:it|them} as p = 1.",
    "{tests} sin publicar: hay menos de {minimum} respuestas detrás de una celda de un subgrupo, que podría obtenerse de las cifras de la "
    "prueba. La p de Holm de las demás {tests:la|las} cuenta con p = 1.",
    tests="",
    minimum=5,
)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SubgroupTests(Exported):
    """Tests of the questions of a questionnaire between subgroups.

    Attributes
    ----------
    frame : DataFrame
        One row a question: ``question``, ``method``, ``statistic`` (F), ``freedom`` and ``second_freedom``, ``p_value``, ``p_holm``
        (Holm's over all questions), ``n``, ``groups``, and ``reason`` where there is no test.
    notes : tuple of str
    synthetic : bool
    tests : tuple of AssociationTest or None
        Of each row; None where there is no test.

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> said = pd.DataFrame({"region": ["Lago"] * 16 + ["Tropico"] * 21, "changed": [1] + [0] * 15 + [1] * 16 + [0] * 5})
    >>> tests = im.subgroup_tests(said.assign(milk=[1, 0] * 18 + [1]), "region", shares=["changed", "milk"])
    >>> tests.frame[["question", "p_value", "p_holm"]].round(4).values.tolist()
    [['changed', 0.0002, 0.0004], ['milk', 0.8882, 0.8882]]
    """

    TITLE: ClassVar[Text] = Text("Do the subgroups differ?", "¿Difieren los subgrupos?")

    frame: pd.DataFrame
    notes: tuple[str, ...] = ()
    synthetic: bool = False
    tests: tuple[AssociationTest | None, ...] = ()

    def published(self, minimum: int = 5) -> SubgroupTests:
        """Return the tests without those that rest on a cell of too few rows.

        Parameters
        ----------
        minimum : int, default 5
            A test is blank where fewer rows than this, but some, stand behind a subgroup, or behind an answer in a subgroup: F and p
            follow from the cells as the numbers of rows do, so that a reader of the other cells could try out which counts give them.

        Returns
        -------
        SubgroupTests
            With the same rows. Holm's p of those shown takes each hidden p as 1, so that it holds and tells nothing of them.

        Examples
        --------
        >>> import pandas as pd, impact as im
        >>> said = pd.DataFrame({"region": ["Lago"] * 9 + ["Valle"] * 8, "milk": [1] * 8 + [0] * 9, "herd": range(17)})
        >>> im.subgroup_tests(said, "region", ["milk"], ["herd"]).published().frame["n"].tolist()  # one of Lago has no milk
        [nan, 17.0]
        """
        checks.whole("minimum", minimum, minimum=1)
        few = np.array([one is not None and one.fewest < minimum for one in self.tests], dtype=bool)
        if not few.any():
            return self
        told = self.frame.assign(p_holm=_holm(self.frame["p_value"].mask(few, 1.0)))
        frame = told.assign(**{name: told[name].astype(float).mask(few) for name in _SUPPRESSED})
        shown = [test for test, hidden in zip(self.tests, few, strict=True) if not hidden]
        note = _HIDDEN.with_values(tests=checks.counted(int(few.sum()), "test"), minimum=minimum)
        return replace(self, frame=frame, notes=(*_notes(shown), note), tests=())

    def __repr__(self) -> str:
        return text_view(self.frame[_SHOWN], self.notes, self.synthetic)

    def _repr_html_(self) -> str:
        return html_view(self.frame[_SHOWN], self.notes, self.synthetic)


def subgroup_tests(
    frame: pd.DataFrame,
    by: str | Sequence[str],
    shares: Sequence[str] = (),
    means: Sequence[str] = (),
    weights: str | None = None,
    cluster: str | None = None,
    stratum: str | None = None,
    multiple: Sequence[Sequence[str]] = (),
    ratios: Mapping[str, tuple[str, str]] | None = None,
    population_groups: str | None = None,
) -> SubgroupTests:
    """Test for every question of a questionnaire whether subgroups answer it differently.

    Parameters
    ----------
    frame, shares, means, multiple, ratios, weights, cluster, stratum, population_groups
        As in ``im.questions``.
    by : str or list of str
        Columns of the subgroups.

    Returns
    -------
    SubgroupTests
        Rao and Scott's test of a share (``im.rao_scott``), of each answer where a question takes several; the design-based test of
        equal means or ratios of an amount (``im.difference_of_means``). A question that cannot be tested, such as one that all answer
        alike, has its reason.

    Notes
    -----
    Of twenty questions that no subgroup answers differently one is expected below .05: ``p_holm`` bounds the chance that any is.

    References
    ----------
    Holm (1979), Scandinavian Journal of Statistics 6(2), 65–70.

    Examples
    --------
    >>> import pandas as pd
    >>> import impact as im
    >>> table = pd.DataFrame({"region": ["Lago"] * 16 + ["Tropico"] * 21, "changed": [1] + [0] * 15 + [1] * 16 + [0] * 5})
    >>> im.subgroup_tests(table, "region", shares=["changed"]).frame["p_holm"].round(5).tolist()
    [0.00018]
    """
    labels, codes, _ = columns.subgroup_rows(frame, by)
    name = by if isinstance(by, str) else " / ".join(by)
    grouped = frame.assign(**{name: pd.array([labels[c] if c >= 0 else None for c in codes], dtype="str")})
    drawn = {
        "weights": weights,
        "cluster": cluster,
        "stratum": stratum,
        "population_groups": population_groups,
    }
    asked = _tests(grouped, name, shares, means, multiple, ratios or {}, drawn)
    rows, tests = [], list[AssociationTest | None]()
    for question, test in asked:
        row, found = _row(question, test)
        rows.append(row)
        tests.append(found)
    if not rows:
        raise DataError(
            Text(
                "subgroup_tests needs at least one question under shares, means, multiple or ratios.",
                "subgroup_tests necesita al menos una pregunta en shares, means, multiple o ratios.",
            )
        )
    table = frame_of_texts(rows)
    table.insert(list(table).index("p_value") + 1, "p_holm", _holm(table["p_value"]))
    return SubgroupTests(table, _notes(tests), bool(frame.attrs.get("synthetic", False)), tuple(tests))


def _holm(p_values: pd.Series) -> pd.Series:
    """Return Holm's p of the tests that were made."""
    known = p_values.notna()
    adjusted = pd.Series(np.nan, index=p_values.index)
    if known.any():
        adjusted[known] = holm(p_values[known])
    return adjusted


def _notes(tests: Sequence[AssociationTest | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(note for one in tests if one is not None for note in one.notes))


def _tests(
    frame: pd.DataFrame,
    by: str,
    shares: Sequence[str],
    means: Sequence[str],
    multiple: Sequence[Sequence[str]],
    ratios: Mapping[str, tuple[str, str]],
    drawn: Mapping[str, Any],
) -> Iterator[tuple[str, Callable[[], AssociationTest]]]:
    """Yield every question with its test, to be made."""
    for name in shares:
        yield name, partial(rao_scott, frame, name, by, **drawn)
    for names in multiple:
        filled = ticked_answers(frame, names)
        for name in names:
            yield name, partial(rao_scott, filled, name, by, **drawn)
    for name in means:
        yield name, partial(difference_of_means, frame, name, by, **drawn)
    for name, (above, below) in ratios.items():
        yield name, partial(difference_of_means, frame, above, by, denominator=below, **drawn)


def _row(question: str, test: Callable[[], AssociationTest]) -> tuple[dict[str, Any], AssociationTest | None]:
    """Return what a test found, or why there is none."""
    try:
        found = test()
    except (DataError, EstimationError) as problem:
        lacking = dict.fromkeys(("statistic", "freedom", "second_freedom", "p_value"), np.nan)
        none = {"method": "", **lacking, "n": 0, "groups": 0, "reason": problem.text}
        return {"question": question} | none, None
    freedom, second = found.degrees_of_freedom
    row = {
        "question": question, "method": found.method, "statistic": found.statistic, "freedom": freedom,
        "second_freedom": second, "p_value": found.p_value, "n": found.n, "groups": found.groups, "reason": "",
    }  # fmt: skip
    return row, found
