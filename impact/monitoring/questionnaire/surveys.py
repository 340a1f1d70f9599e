"""Two surveys of one question on the regions and cohorts that both have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Array
from impact.errors import DataError, SupportError
from impact.language import Text
from impact.monitoring import columns
from impact.monitoring.questionnaire.answers import Answers
from impact.views import Exported, frame_of_texts, html_view, text_view

_PUBLISHED = Text("as published", "tal como se publicaron")
_COMMON = Text("common cells", "celdas comunes")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SurveyComparison(Exported):
    """A share in two surveys.

    Attributes
    ----------
    frame : DataFrame
        Rows "as published" (each survey over all it has) and "common cells" (over the same composition): ``first``,
        ``second``, ``difference`` (second less first), ``std_error``, ``conf_low``, ``conf_high``, ``p_value``,
        ``n_first``, ``n_second``.
    cells : DataFrame
        The common cells with each survey's share, rows, and the cell's weight.
    notes : tuple of str
    synthetic : bool

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> early = pd.DataFrame({"changed": [1, 1, 0, 1] * 5, "region": ["Norte"] * 20})
    >>> late = pd.DataFrame({"changed": [1, 0, 0, 0] * 5 + [1] * 9, "region": ["Norte"] * 20 + ["Lago"] * 9})
    >>> found = im.compare_surveys(early, late, "changed", ["region"])
    >>> found.frame[["first", "second", "difference"]].round(2).values.tolist()  # as published; over the common region
    [[0.75, 0.48, -0.27], [0.75, 0.25, -0.5]]
    """

    TITLE: ClassVar[Text] = Text("Two surveys compared", "Dos encuestas comparadas")

    frame: pd.DataFrame
    cells: pd.DataFrame
    notes: tuple[str, ...]
    synthetic: bool = False

    def __repr__(self) -> str:
        return text_view(self.frame, self.notes, self.synthetic)

    def _repr_html_(self) -> str:
        return html_view(self.frame, self.notes, self.synthetic)


def compare_surveys(
    first: pd.DataFrame,
    second: pd.DataFrame,
    column: str,
    on: Sequence[str],
    weights: str | None = None,
    cluster: str | None = None,
    level: float = 0.95,
) -> SurveyComparison:
    r"""Compare a share between two independent surveys, on the cells that both have.

    Parameters
    ----------
    first, second : DataFrame
        One row a respondent, with the same columns.
    column : str
        Yes/no or 0/1; rows without an answer are left out.
    on : list of str
        Columns whose combinations are the cells: region, cohort.
    weights, cluster : str, optional
        As in ``im.share``; both surveys have them.
    level : float, default 0.95

    Returns
    -------
    SurveyComparison

    Raises
    ------
    SupportError
        The surveys have no cell in common.

    Notes
    -----
    :math:`\sum_c W_c (\hat p_{2c} - \hat p_{1c})` with :math:`W_c` the cell's share of both surveys' weight together:
    what differs is then not who was asked. Standard errors are linearised, those of the surveys add up; t with the
    smaller survey's degrees of freedom.

    Examples
    --------
    >>> import pandas as pd
    >>> import impact as im
    >>> early = pd.DataFrame({"changed": [1, 1, 0, 1] * 5, "region": ["Norte"] * 20})
    >>> late = pd.DataFrame({"changed": [1, 0, 0, 0] * 5 + [1] * 9, "region": ["Norte"] * 20 + ["Lago"] * 9})
    >>> im.compare_surveys(early, late, "changed", ["region"]).frame["difference"].round(3).tolist()
    [-0.267, -0.5]
    """
    checks.between("level", level, 0.0, 1.0)
    names = checks.columns("on", on)
    surveys = [_read(frame, column, names, weights, cluster) for frame in (first, second)]
    common = sorted(set(surveys[0]["cell"]) & set(surveys[1]["cell"]))
    if not common:
        raise SupportError(
            Text(
                "The surveys have no combination of {names} in common: nothing can be compared.",
                "Las encuestas no tienen ninguna combinación de {names} en común: nada se puede comparar.",
                names=checks.listed(names),
            )
        )
    rows, cells = [], None
    for label, kept in ((_PUBLISHED, None), (_COMMON, common)):
        chosen = [survey if kept is None else survey[survey["cell"].isin(kept)] for survey in surveys]
        mix = _mix(chosen, kept)
        found = [_standardised(survey, mix, cluster) for survey in chosen]
        rows.append({"comparison": label} | _difference(found, chosen, level))
        cells = None if kept is None else _cells(chosen, mix)
    share_kept = [len(survey[survey["cell"].isin(common)]) / len(survey) for survey in surveys]
    notes = (
        Text(
            "Common cells ({common}) hold {first:.0%} of the first and {second:.0%} of the second survey.",
            "Las celdas comunes ({common}) contienen {first:.0%} de la primera y {second:.0%} de la segunda encuesta.",
            common=checks.listed(common, 12),
            first=share_kept[0],
            second=share_kept[1],
        ),
        Text(
            "As published, the two surveys asked different groups: that difference is not a change.",
            "Tal como se publicaron, las dos encuestas preguntaron a grupos distintos: esa diferencia no es un cambio.",
        ),
    )
    synthetic = bool(first.attrs.get("synthetic", False) or second.attrs.get("synthetic", False))
    return SurveyComparison(
        frame_of_texts(rows), cells if cells is not None else pd.DataFrame(), notes, synthetic
    )


def _read(
    frame: pd.DataFrame, column: str, on: Sequence[str], weights: str | None, cluster: str | None
) -> pd.DataFrame:
    columns.require_table(frame)
    values = columns.amounts(frame, "column", column, missing=True)
    if not np.isin(values[~np.isnan(values)], (0.0, 1.0)).all():
        raise DataError(
            Text(
                "column {column!r} must be yes/no or 0/1 in both surveys.",
                "La columna {column!r} debe ser sí/no o 0/1 en ambas encuestas.",
                column=column,
            )
        )
    labels, codes, _ = columns.subgroup_rows(frame, list(on))
    known = ~np.isnan(values) & (codes >= 0)
    if not known.any():
        raise DataError(
            Text(
                "Nobody answered {column!r} in one of the surveys.",
                "Nadie respondió {column!r} en una de las encuestas.",
                column=column,
            )
        )
    return pd.DataFrame(
        {
            "y": values, "w": columns.sampling_weights(frame, weights), "cell": [labels[c] if c >= 0 else "" for c in codes],
            "g": np.arange(len(frame)) if cluster is None else columns.column(frame, "cluster", cluster).to_numpy(),
        }
    )[known].reset_index(drop=True)  # fmt: skip


def _mix(surveys: Sequence[pd.DataFrame], kept: Sequence[str] | None) -> dict[str, float] | None:
    """Return each common cell's share of both surveys, each survey counting once; None: everybody as one cell."""
    if kept is None:
        return None
    shares = [survey.groupby("cell")["w"].sum() / survey["w"].sum() for survey in surveys]
    return {cell: float(np.mean([one[cell] for one in shares])) for cell in kept}


def _standardised(
    survey: pd.DataFrame, mix: dict[str, float] | None, cluster: str | None
) -> tuple[float, float, int]:
    """Return a survey's share under the mix of cells, its variance and its degrees of freedom."""
    cells = survey["cell"] if mix is not None else pd.Series("", index=survey.index)
    weight = survey["w"] / survey.groupby(cells)["w"].transform("sum")
    means = (weight * survey["y"]).groupby(cells).sum()
    size = cells.map(mix).astype(float) if mix is not None else 1.0
    value = float((size * weight * survey["y"]).sum())
    scores: Array = np.asarray(size * weight * (survey["y"] - cells.map(means)), dtype=np.float64)
    design = Answers.of(survey, None, None if cluster is None else "g", None, None, None).design
    variance = float(design.covariance(scores[:, np.newaxis])[0, 0])
    return value, variance, design.degrees_of_freedom()


def _difference(
    found: Sequence[tuple[float, float, int]], surveys: Sequence[pd.DataFrame], level: float
) -> dict[str, float]:
    from scipy.special import stdtr, stdtrit

    (one, first_variance, first_freedom), (other, second_variance, second_freedom) = found
    error, freedom = float(np.sqrt(first_variance + second_variance)), min(first_freedom, second_freedom)
    reach = float(stdtrit(freedom, 0.5 + level / 2)) * error
    p_value = 2 * float(stdtr(freedom, -abs(other - one) / error)) if error > 0 else float("nan")
    return {
        "first": one, "second": other, "difference": other - one, "std_error": error,
        "conf_low": other - one - reach, "conf_high": other - one + reach, "p_value": p_value,
        "n_first": len(surveys[0]), "n_second": len(surveys[1]),
    }  # fmt: skip


def _cells(surveys: Sequence[pd.DataFrame], mix: dict[str, float] | None) -> pd.DataFrame:
    table = pd.DataFrame({"weight": mix})
    for name, survey in zip(("first", "second"), surveys, strict=True):
        grouped = survey.groupby("cell")
        table[name] = (survey["y"] * survey["w"]).groupby(survey["cell"]).sum() / grouped["w"].sum()
        table[f"n_{name}"] = grouped.size()
    return table.rename_axis("cell").reset_index()
