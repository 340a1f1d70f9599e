"""Whether two questions go together, and whether subgroups differ, under the survey's design."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pandas as pd

from impact.arrays import Array
from impact.errors import DataError, EstimationError
from impact.language import Text
from impact.monitoring import columns
from impact.monitoring.questionnaire.answers import Answers
from impact.views import Exported, html_view, p_said, text_view

_EQUAL_RATIOS = Text(
    "Design-based Wald test of equal ratios", "Prueba de Wald de razones iguales según el diseño"
)


# An F so large stands where the answers of each subgroup are all alike and the error is rounding.
_NO_VARIANCE = 1e9
_ALIKE = Text(
    "The answers of each subgroup are all alike: the linearised error is 0, and the p-value says nothing of so few answers.",
    "Las respuestas de cada subgrupo son todas iguales: el error linealizado es 0, y el valor p nada dice de tan pocas respuestas.",
)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class AssociationTest(Exported):
    """A test between two questions, or between the means of subgroups.

    Attributes
    ----------
    frame : DataFrame
        What is compared: shares of the table's cells, or means and their differences.
    statistic : float
        F.
    degrees_of_freedom : tuple of float
        Numerator and denominator.
    p_value : float
    n, groups : int
    method : str
    notes : tuple of str
    synthetic : bool
    fewest : int
        Rows behind the smallest cell that is compared: a subgroup of an amount, an answer in a subgroup. A document shows no number of a
        test with a cell below its minimum, as each follows from the cells.

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> said = pd.DataFrame({"region": ["Lago"] * 16 + ["Tropico"] * 21, "changed": [1] + [0] * 15 + [1] * 16 + [0] * 5})
    >>> test = im.rao_scott(said, "region", "changed")
    >>> round(test.statistic, 2), test.degrees_of_freedom, test.n
    (17.4, (1.0, 36.0), 37)
    """

    TITLE: ClassVar[Text] = Text("Test between subgroups", "Prueba entre subgrupos")

    frame: pd.DataFrame
    statistic: float
    degrees_of_freedom: tuple[float, float]
    p_value: float
    n: int
    groups: int
    method: Text
    notes: tuple[str, ...] = ()
    synthetic: bool = False
    fewest: int = 0

    @property
    def note(self) -> Text:
        """The test in one line."""
        first, second = self.degrees_of_freedom
        pattern = "{method}: F({first:.4g}, {second:,.0f}) = {statistic:.3f}, {p}."
        if self.statistic > _NO_VARIANCE:
            pattern = pattern.replace("{statistic:.3f}", "{statistic:.2g}")
        return Text(
            pattern, pattern, method=self.method, first=first, second=second, statistic=self.statistic, p=p_said(self.p_value)
        )  # fmt: skip

    def __repr__(self) -> str:
        return text_view(self.frame, [self.note, *self.notes], self.synthetic)

    def _repr_html_(self) -> str:
        return html_view(self.frame, [self.note, *self.notes], self.synthetic)


def rao_scott(
    frame: pd.DataFrame,
    first: str,
    second: str,
    weights: str | None = None,
    cluster: str | None = None,
    stratum: str | None = None,
    population_groups: str | None = None,
) -> AssociationTest:
    r"""Test whether the answers to two questions are independent, as Rao and Scott.

    Parameters
    ----------
    frame, weights, cluster, stratum, population_groups
        As in :func:`impact.monitoring.questionnaire.shares.share`.
    first, second : str
        Columns with at least two different answers each. Rows that lack one of them leave the table and stay
        in the design.

    Returns
    -------
    AssociationTest
        With the shares of the cells in ``frame``.

    Notes
    -----
    Pearson's :math:`X^2` of the weighted shares times n, over the sum of the generalised design effects λ,
    held against F with :math:`d = (\sum\lambda)^2/\sum\lambda^2` and :math:`d \nu` degrees of freedom, ν groups
    less strata: the second-order correction, R's ``svychisq``.

    References
    ----------
    Rao and Scott (1984), Annals of Statistics 12(1), 46–60, doi:10.1214/aos/1176346391. Thomas and Rao (1987),
    JASA 82(398), doi:10.1080/01621459.1987.10478475.

    Examples
    --------
    >>> import pandas as pd
    >>> import impact as im
    >>> table = pd.DataFrame({"region": ["Lago"] * 16 + ["Tropico"] * 21, "changed": [1] + [0] * 15 + [1] * 16 + [0] * 5})
    >>> test = im.rao_scott(table, "region", "changed")
    >>> round(test.statistic, 2), test.p_value < 0.001
    (17.4, True)
    """
    answers = Answers.of(frame, weights, cluster, stratum, None, population_groups)
    row, row_levels = _codes(frame, first)
    column, column_levels = _codes(frame, second)
    answered = (row >= 0) & (column >= 0) & (answers.weights > 0)
    weight = np.where(answered, answers.weights, 0.0)
    size = (len(row_levels), len(column_levels))
    cell = np.where(answered, row * size[1] + column, -1)
    chosen = cell[:, np.newaxis] == np.arange(size[0] * size[1])
    shares = weight @ chosen / weight.sum()
    joint = shares.reshape(size)
    _refuse_single_answers(joint, first, second)
    number = int(answered.sum())
    pearson = _pearson(joint, number)
    scores = weight[:, np.newaxis] * (chosen - shares) / weight.sum()
    effects = _design_effects(answers.design.covariance(scores), shares, size, number)
    freedom = effects.sum() ** 2 / (effects**2).sum()
    second_freedom = freedom * answers.design.degrees_of_freedom(answered)
    statistic = pearson / effects.sum()
    from scipy.stats import f

    cells = (
        pd.DataFrame(joint, index=row_levels, columns=column_levels).rename_axis(index=first).reset_index()
    )
    return AssociationTest(
        cells,
        float(statistic),
        (float(freedom), float(second_freedom)),
        float(f.sf(statistic, freedom, second_freedom)),
        number,
        answers.groups_in(answered),
        Text("Rao–Scott test, second order", "Prueba de Rao–Scott, segundo orden"),
        (*answers.notes, *((_ALIKE,) if statistic > _NO_VARIANCE else ())),
        bool(frame.attrs.get("synthetic", False)),
        _fewest(cell[answered]),
    )


def _fewest(cells: np.ndarray) -> int:
    """Return how many rows the smallest cell holds that holds any."""
    return int(np.unique(cells, return_counts=True)[1].min())


def _refuse_single_answers(joint: Array, first: str, second: str) -> None:
    for name, margin in ((first, joint.sum(1)), (second, joint.sum(0))):
        if np.count_nonzero(margin) < 2:
            raise EstimationError(
                Text(
                    "{name!r} has a single answer among the rows with both, so that nothing can differ.",
                    "{name!r} tiene una sola respuesta entre las filas con ambas, de modo que nada puede diferir.",
                    name=name,
                )
            )


def _pearson(joint: Array, number: int) -> float:
    """Return Pearson's X² of the shares of a table's cells, times n."""
    expected = np.outer(joint.sum(1), joint.sum(0))
    present = expected > 0
    return number * float(((joint - expected)[present] ** 2 / expected[present]).sum())


def _codes(frame: pd.DataFrame, name: str) -> tuple[np.ndarray, list[str]]:
    values = columns.column(frame, "question", name)
    codes, levels = pd.factorize(values, sort=True)
    if len(levels) < 2:
        raise DataError(
            Text(
                "{name!r} must have at least two different answers; got {number}.",
                "{name!r} debe tener al menos dos respuestas distintas; tiene {number}.",
                name=name,
                number=len(levels),
            )
        )
    if len(levels) > 50:
        raise DataError(
            Text(
                "{name!r} has {number:,} different answers: group them into categories first.",
                "{name!r} tiene {number:,} respuestas distintas: agrúpelas antes en categorías.",
                name=name,
                number=len(levels),
            )
        )
    return codes, [str(level) for level in levels]


def _design_effects(covariance: Array, shares: Array, size: tuple[int, int], number: int) -> Array:
    """Return the generalised design effects of the interaction: eigenvalues of the design over simple sampling."""
    main, both = _contrasts(size)
    residual = both - main @ np.linalg.lstsq(main, both, rcond=None)[0]
    inverse = np.where(shares > 0, 1 / np.where(shares > 0, shares, 1.0), 0.0)
    scaled = inverse[:, np.newaxis] * residual
    simple = residual.T @ scaled / number
    values = np.linalg.eigvals(np.linalg.pinv(simple) @ (scaled.T @ covariance @ scaled))
    effects: Array = np.real(values)
    return effects


def _contrasts(size: tuple[int, int]) -> tuple[Array, Array]:
    """Return the main effects (with the constant) and the interactions of a table's cells."""
    rows, columns = np.indices(size).reshape(2, -1)
    first = (rows[:, np.newaxis] == np.arange(1, size[0])).astype(np.float64)
    second = (columns[:, np.newaxis] == np.arange(1, size[1])).astype(np.float64)
    main = np.hstack([np.ones((len(rows), 1)), first, second])
    both = (first[:, :, np.newaxis] * second[:, np.newaxis, :]).reshape(len(rows), -1)
    return main, both


def difference_of_means(
    frame: pd.DataFrame,
    column: str,
    by: str,
    weights: str | None = None,
    cluster: str | None = None,
    stratum: str | None = None,
    level: float = 0.95,
    population_groups: str | None = None,
    denominator: str | None = None,
) -> AssociationTest:
    """Test whether an amount, a ratio, or the share of a yes/no question, differs between subgroups.

    Parameters
    ----------
    frame, weights, cluster, stratum, level, population_groups
        As in :func:`impact.monitoring.questionnaire.shares.share`.
    column : str
        Numbers or yes/no; rows without stay in the design.
    by : str
        Column of the subgroups, at least two of which occur.
    denominator : str, optional
        Column of amounts: the ratio of the totals of ``column`` and of this is compared instead of the mean.

    Returns
    -------
    AssociationTest
        ``frame``: ``subgroup``, ``mean``, and the ``difference`` from the first subgroup with ``std_error``,
        ``conf_low``, ``conf_high`` and ``p_value``. With two subgroups F is the squared design-based t, R's
        ``svyttest``.

    Examples
    --------
    >>> import pandas as pd
    >>> import impact as im
    >>> herd = pd.DataFrame({"cows": [2, 4, 3, 9, 8, 7], "region": list("aaabbb")})
    >>> im.difference_of_means(herd, "cows", "region").frame["difference"].tolist()
    [0.0, 5.0]
    """
    answers = Answers.of(frame, weights, cluster, stratum, by, population_groups)
    values = columns.amounts(frame, "column", column, missing=True)
    bases = np.ones(len(frame))
    if denominator is not None:
        bases = columns.amounts(frame, "denominator", denominator, missing=True)
    answered = ~np.isnan(values + bases) & (answers.subgroup >= 0) & (answers.weights > 0)
    values, bases = np.where(answered, values, 0.0), np.where(answered, bases, 0.0)
    labels, means, scores = [], [], []
    for label, domain in answers.domains:
        rows = np.where(domain & answered, answers.weights, 0.0)
        total = float(rows @ bases)
        if not total:
            continue
        labels.append(label)
        means.append(float(rows @ values) / total)
        scores.append(rows * (values - means[-1] * bases) / total)
    if len(labels) < 2:
        raise EstimationError(
            Text(
                "A difference needs at least 2 subgroups with answers; {by!r} has {number}.",
                "Una diferencia necesita al menos 2 subgrupos con respuestas; {by!r} tiene {number}.",
                by=by,
                number=len(labels),
            )
        )
    covariance = answers.design.covariance(np.column_stack(scores))
    freedom = answers.design.degrees_of_freedom(answered) - (len(labels) - 1)
    found = _compared(answers, labels, np.array(means), covariance, freedom, answered, level)
    return found if denominator is None else replace(found, method=_EQUAL_RATIOS)


def _compared(
    answers: Answers,
    labels: list[str],
    means: Array,
    covariance: Array,
    freedom: int,
    answered: np.ndarray,
    level: float,
) -> AssociationTest:
    from scipy.special import stdtr, stdtrit
    from scipy.stats import f

    if freedom < 1:
        raise EstimationError(
            Text(
                "There are too few groups for a test between the subgroups.",
                "Hay muy pocos grupos para una prueba entre los subgrupos.",
            )
        )
    contrast = np.hstack([-np.ones((len(labels) - 1, 1)), np.eye(len(labels) - 1)])
    gap, variance = contrast @ means, contrast @ covariance @ contrast.T
    error = np.r_[0.0, np.sqrt(np.diag(variance))]
    difference = np.r_[0.0, gap]
    with np.errstate(divide="ignore", invalid="ignore"):
        p_values = 2 * stdtr(freedom, -np.abs(difference / error))
    reach = float(stdtrit(freedom, 0.5 + level / 2)) * error
    statistic = float(gap @ np.linalg.pinv(variance) @ gap) / len(gap)
    table = pd.DataFrame(
        {
            "subgroup": labels,
            "mean": means,
            "difference": difference,
            "std_error": error,
            "conf_low": difference - reach,
            "conf_high": difference + reach,
            "p_value": p_values,
        }
    )
    return AssociationTest(
        table,
        statistic,
        (float(len(gap)), float(freedom)),
        float(f.sf(statistic, len(gap), freedom)),
        int(answered.sum()),
        answers.groups_in(answered),
        Text("Design-based Wald test of equal means", "Prueba de Wald de medias iguales según el diseño"),
        answers.notes,
        bool(answers.frame.attrs.get("synthetic", False)),
        _fewest(answers.subgroup[answered]),
    )
