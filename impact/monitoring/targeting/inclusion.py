"""Whether the programme reached women, indigenous households and leaders as often as they live in its area."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from impact import checks
from impact.arrays import Array
from impact.errors import DataError
from impact.language import Text
from impact.monitoring import columns
from impact.monitoring.questionnaire.amounts import survey_mean
from impact.monitoring.questionnaire.shares import share
from impact.views import Exported, html_view, text_view

# Answers of a category that say that nobody has the trait, in the languages of the reports.
_NONE = frozenset({"none", "no", "ninguno", "ninguna", "nenhum", "nenhuma", "não", "0"})
_SHOWN = ["trait", "programme_share", "conf_low", "conf_high", "area_share", "ratio", "p_value", "n"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class InclusionTable(Exported):
    """Shares in the programme beside those of the area's population.

    Attributes
    ----------
    frame : DataFrame
        One row a trait: ``trait``, ``programme_share`` with ``std_error``, ``conf_low``, ``conf_high``, ``area_share``,
        ``difference`` (programme less area), ``ratio``, ``p_value`` of no difference, ``n``, ``groups``, ``missing``, ``interval``.
    notes : tuple of str
    synthetic : bool

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> heads = pd.DataFrame({"woman": [1] * 12 + [0] * 48})
    >>> table = im.inclusion(heads, ["woman"], {"woman": 0.31})
    >>> table.frame[["trait", "programme_share", "area_share", "ratio"]].round(2).values.tolist()
    [['woman', 0.2, 0.31, 0.65]]
    """

    TITLE: ClassVar[Text] = Text("Who is included", "Quiénes están incluidos")

    frame: pd.DataFrame
    notes: tuple[str, ...] = ()
    synthetic: bool = False

    def __repr__(self) -> str:
        return text_view(self.frame[_SHOWN], self.notes, self.synthetic)

    def _repr_html_(self) -> str:
        return html_view(self.frame[_SHOWN], self.notes, self.synthetic)


def inclusion(
    frame: pd.DataFrame,
    traits: Sequence[str],
    area: Mapping[str, float] | pd.DataFrame,
    population: str | None = None,
    weights: str | None = None,
    cluster: str | None = None,
    stratum: str | None = None,
    interval: str = "wilson",
    level: float = 0.95,
) -> InclusionTable:
    r"""Hold the share of women, indigenous persons or leaders in the programme against the area's population.

    Parameters
    ----------
    frame : DataFrame
        One row a beneficiary (yes/no traits, or a category such as the people of a household, of which every answer but
        "none" counts) or a group (shares between 0 and 1, such as that of women members).
    traits : list of str
        Columns.
    area : mapping of str to float, or DataFrame
        Share of each trait in the population of the area, from a census; or one row a municipality with a column a
        trait, weighted by ``population``.
    population : str, optional
        Column of ``area`` with its people; needed where that is a table.
    weights, cluster, stratum, interval, level
        As in ``im.share``; a share of groups has the t interval of a mean. Weight groups by their members.

    Returns
    -------
    InclusionTable

    Raises
    ------
    DataError
        A share of the area lacks or lies outside 0 and 1, or nobody has answered.

    Notes
    -----
    :math:`t = (\hat p - P)/SE` with the design's error and degrees of freedom; the area's share P is a census figure and
    counts as known. Where every answer is alike the error is 0 and the test is missing; the interval stands.

    Examples
    --------
    >>> import pandas as pd
    >>> import impact as im
    >>> heads = pd.DataFrame({"woman": [1] * 12 + [0] * 48})
    >>> table = im.inclusion(heads, ["woman"], {"woman": 0.31})
    >>> table.frame[["programme_share", "area_share", "ratio"]].round(2).values.tolist()
    [[0.2, 0.31, 0.65]]
    """
    columns.require_table(frame)
    names = checks.columns("traits", traits)
    expected = {name: _share_of_area(area, population, name) for name in names}
    rows, notes, attributes = [], list[str](), dict(frame.attrs)
    frame = frame.assign(**{name: _trait(frame, name) for name in names})
    frame.attrs.update(attributes)
    for name in names:
        known = _shares_known(frame, name)
        if np.isin(known, (0.0, 1.0)).all():
            table = share(frame, name, weights, cluster, stratum, interval=interval, level=level)
        else:
            table = survey_mean(frame, name, weights, cluster, stratum, level=level)
        notes += table.notes
        found = table.frame.iloc[0]
        rows.append({"trait": name} | _beside(found, expected[name]))
    return InclusionTable(
        pd.DataFrame(rows), tuple(dict.fromkeys(notes)), bool(frame.attrs.get("synthetic", False))
    )


def _shares_known(frame: pd.DataFrame, name: str) -> Array:
    """Return the answers that there are, each between 0 and 1."""
    values = columns.amounts(frame, "traits", name, missing=True)
    known: Array = values[~np.isnan(values)]
    if len(known) and (known.min() < 0 or known.max() > 1):
        raise DataError(
            Text(
                "traits {name!r} must be yes/no or shares between 0 and 1; it holds {value:g}.",
                "traits {name!r} debe ser sí/no o proporciones entre 0 y 1; contiene {value:g}.",
                name=name,
                value=float(known.max() if known.max() > 1 else known.min()),
            )
        )
    return known


def _beside(found: pd.Series, expected: float) -> dict[str, object]:
    """Return the programme's share beside the area's, with the test that they are the same."""
    from scipy.special import stdtr

    gap = float(found["estimate"]) - expected
    tested = found["std_error"] > 0 and found["degrees_of_freedom"] > 0
    p_value = (
        2 * float(stdtr(found["degrees_of_freedom"], -abs(gap) / found["std_error"])) if tested else np.nan
    )
    return {
        "programme_share": found["estimate"], "std_error": found["std_error"],
        "conf_low": found["conf_low"], "conf_high": found["conf_high"], "area_share": expected,
        "difference": gap, "ratio": found["estimate"] / expected if expected else np.nan, "p_value": p_value,
        "n": found["n"], "groups": found["groups"], "missing": found["missing"], "interval": found["interval"],
    }  # fmt: skip


def _trait(frame: pd.DataFrame, name: str) -> pd.Series:
    """Return a trait as a number: of a category, 1 for every answer but none."""
    values = columns.column(frame, "traits", name)
    if pd.api.types.is_numeric_dtype(values) and not isinstance(values.dtype, pd.CategoricalDtype):
        return values
    has = ~values.astype(str).str.strip().str.lower().isin(_NONE)
    return has.astype(np.float64).where(values.notna())


def _share_of_area(area: Mapping[str, float] | pd.DataFrame, population: str | None, name: str) -> float:
    """Return the share of a trait among the people of the area."""
    if isinstance(area, pd.DataFrame):
        checks.instance(
            "population",
            population,
            Text("the column of people in area", "la columna de personas de area"),
            isinstance(population, str),
        )
        people = columns.sampling_weights(area, population)
        value = float(np.average(columns.amounts(area, "area", name), weights=people))
    else:
        checks.columns_present("area", [name], list(area))
        value = float(area[name])
    if not 0 <= value <= 1:
        raise DataError(
            Text(
                "area must hold shares between 0 and 1; {name!r} is {value:g}. Write 38 % as 0.38.",
                "area debe tener proporciones entre 0 y 1; {name!r} es {value:g}. Escriba 38 % como 0.38.",
                name=name,
                value=value,
            )
        )
    return value
