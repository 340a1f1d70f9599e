"""What the programme did to poverty: every line, every measure, households and persons side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from impact import checks
from impact.design.matched_sample import MatchedSample
from impact.effects.arm_means.adjustment import Adjustment
from impact.effects.effect import Effect, EffectTable
from impact.effects.estimate import estimate
from impact.effects.observed import with_values
from impact.effects.variances.estimation import Variance
from impact.errors import DataError, OptionError
from impact.language import Text
from impact.survey.poverty.line import LocatedLine, PovertyLine, refuse_mixed
from impact.survey.poverty.observations import numbers
from impact.survey.poverty.outcomes import Headcount, PovertyGap
from impact.survey.poverty.words import SYNTHETIC_LINE
from impact.survey.shares import SHARE_OF_LINE_PERSONS, SHARE_OF_PERSONS
from impact.views import Exported, html_view, text_view

_SHOWN = ("estimate", "std_error", "conf_low", "conf_high", "p_value", "control_mean", "percent_effect")
_BY_PERSON = "_persons"
_FIRST = (
    "measure", "estimate_households", "conf_low_households", "conf_high_households", "estimate_persons", "conf_low_persons",
    "conf_high_persons",
)  # fmt: skip
"""The columns that a notebook's page has room for."""


def poverty_effects(
    matched: MatchedSample,
    income: str,
    lines: Sequence[float | PovertyLine],
    persons: str | None = None,
    alphas: Sequence[float] = (0, 1, 2),
    variance: Variance | None = None,
    bias_adjustment: Adjustment | str | None = "linear",
    level: float = 0.95,
) -> EffectTable:
    r"""Estimate the effect on headcount, gap and severity at several lines, over households and over persons.

    Parameters
    ----------
    matched : MatchedSample
    income : str
        Income per person, in the lines' currency, prices and period; finite in every row.
    lines : sequence of float or PovertyLine
        Poverty lines above zero, all of one vintage, unit and status. Bare numbers carry no description and
        cannot stand beside described lines.
    persons : str, optional
        Household size, above zero: each measure is then estimated a second time with each household counted
        once per person. Use the size before the programme where it is known.
    alphas : sequence of float
        At least 0: 0 headcount, 1 gap, 2 severity.
    variance : Variance, optional
        As in ``estimate``.
    bias_adjustment : Adjustment, "suited", "linear" or None
        As in ``estimate``.
    level : float
        Confidence level in (0, 1).

    Returns
    -------
    EffectTable
        Rows by line, alpha, then households and persons. Estimates are shares between −1 and 1: −0.05 is five
        percentage points less poverty. The notes describe the lines.

    Raises
    ------
    DataError
        Lines of different vintage, unit or status; incomes missing; sizes missing or not above zero.
    OptionError
        A line or an alpha out of range or named twice; a relative line.

    Notes
    -----
    With f_i = ((z − y_i)/z)^α 1{y_i < z} as the outcome, the effect is a matched difference like any other:
    P_α of the treated less the P_α that the match gives them without the programme. A line that moves with
    the programme, such as a share of the sample's median, is refused: its effect is not an average of f.

    References
    ----------
    Foster, Greer & Thorbecke (1984), Econometrica 52(3), 761-766, doi:10.2307/1913475.

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> from impact.effects.distribution.poverty import poverty_effects
    >>> age = np.arange(40.0)
    >>> treated = age % 2 == 0
    >>> frame = pd.DataFrame({"treated": treated, "age": age, "income": 100 + 5 * age + 60 * treated})
    >>> matched = im.match(im.Sample(frame, "treated", ["age"]), im.NearestNeighbor(im.Euclidean(), ratio=2))
    >>> table = poverty_effects(matched, "income", lines=[200.0], alphas=[0, 1], bias_adjustment=None)
    >>> table.frame[["outcome", "estimate", "unit"]].round(3).values.tolist()
    [['headcount_200', -0.325, 'share of households'], ['gap_200', -0.111, 'share of the line, mean over households']]
    """
    checks.instance(
        "matched",
        matched,
        Text("an im.MatchedSample", "un im.MatchedSample"),
        isinstance(matched, MatchedSample),
    )
    outcomes = poverty_outcomes(income, lines, alphas, persons)
    negative = check_poverty_columns(with_values(matched, outcomes), income, persons)
    with np.errstate(divide="ignore", invalid="ignore"):
        # where no control is poor the percent effect divides by 0; the table then says why there is none
        table = estimate(matched, outcomes, variance, bias_adjustment, level)
    return EffectTable(table.effects, poverty_notes(lines, negative, persons), table.synthetic)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class HouseholdsAndPersons(Exported):
    """The same effects over households and over persons, number beside number.

    Attributes
    ----------
    frame : DataFrame
        One row a measure and line: ``measure``, ``estimand``, ``level``, then each number twice, as
        ``<number>_households`` and ``<number>_persons``.
    notes : tuple of str
    synthetic : bool
        Whether the data are synthetic; every view then says so.

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> age = np.arange(40.0)
    >>> frame = pd.DataFrame({"treated": age % 2 == 0, "age": age, "size": 1 + age % 4, "income": 100 + 5 * age})
    >>> matched = im.match(im.Sample(frame, "treated", ["age"]), im.NearestNeighbor(im.Euclidean()))
    >>> table = im.poverty_effects(matched, "income", [200.0], persons="size", alphas=[0])
    >>> both = im.households_and_persons(table).frame
    >>> both[["measure", "estimate_households", "estimate_persons"]].round(3).values.tolist()
    [['headcount_200', -0.027, -0.021]]
    """

    TITLE: ClassVar[Text] = Text(
        "Effects over households and over persons", "Efectos en hogares y en personas"
    )

    frame: pd.DataFrame
    notes: tuple[str, ...] = ()
    synthetic: bool = False

    def __len__(self) -> int:
        return len(self.frame)

    def __repr__(self) -> str:
        shown = [name for name in self.frame if not str(name).startswith(("p_value", "percent", "level"))]
        return text_view(self.frame[shown], self.notes, self.synthetic)

    def _repr_html_(self) -> str:
        return html_view(self.frame, self.notes, self.synthetic, first=_FIRST)


def households_and_persons(table: EffectTable) -> HouseholdsAndPersons:
    """Lay the effects over households and over persons side by side.

    Parameters
    ----------
    table : EffectTable
        As ``poverty_effects`` returns it when given ``persons``.

    Returns
    -------
    HouseholdsAndPersons

    Raises
    ------
    OptionError
        An effect lacks its counterpart.

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> from impact.effects.distribution.poverty import households_and_persons, poverty_effects
    >>> age = np.arange(40.0)
    >>> frame = pd.DataFrame({"treated": age % 2 == 0, "age": age, "size": 1 + age % 4, "income": 100 + 5 * age})
    >>> matched = im.match(im.Sample(frame, "treated", ["age"]), im.NearestNeighbor(im.Euclidean()))
    >>> table = poverty_effects(matched, "income", [200.0], persons="size", alphas=[0])
    >>> households_and_persons(table).frame.columns[3:5].tolist()
    ['estimate_households', 'estimate_persons']
    """
    over_persons = {
        effect.outcome: effect for effect in table if effect.unit in (SHARE_OF_PERSONS, SHARE_OF_LINE_PERSONS)
    }
    over_households = [effect for effect in table if effect.outcome not in over_persons]
    lonely = [effect.outcome for effect in over_households if effect.outcome + _BY_PERSON not in over_persons]
    if lonely or len(over_households) != len(over_persons) or not over_persons:
        raise OptionError(
            Text(
                (
                    "table must hold every effect once over households and once over persons; {lonely} stands alone. "
                    "Pass persons= to poverty_effects."
                ),
                (
                    "table debe tener cada efecto una vez sobre hogares y una vez sobre personas; {lonely} está solo. Dé "
                    "persons a poverty_effects."
                ),
                lonely=checks.listed(map(repr, lonely)) or "one of them",
            )
        )
    rows = [_side_by_side(effect, over_persons[effect.outcome + _BY_PERSON]) for effect in over_households]
    return HouseholdsAndPersons(pd.DataFrame(rows), table.notes, table.synthetic)


def poverty_outcomes(
    income: str, lines: Sequence[float | PovertyLine], alphas: Sequence[float], persons: str | None
) -> list[Headcount | PovertyGap]:
    """Return the outcome of every line and alpha, over households and, with ``persons``, over persons; all lines and alphas checked."""
    weightings = (None,) if persons is None else (None, persons)
    chosen, powers = _checked_lines(lines), _checked_alphas(alphas)
    outcomes = [
        poverty_outcome(income, line, alpha, weighting)
        for line in chosen
        for alpha in powers
        for weighting in weightings
    ]
    checks.distinct("lines", [outcome.name for outcome in outcomes])
    return outcomes


def poverty_outcome(
    income: str, line: float | PovertyLine, alpha: float, persons: str | None
) -> Headcount | PovertyGap:
    """Return the outcome whose mean is P_α at a line, over households or over persons."""
    if alpha == 0:
        return Headcount(income, line, persons)
    return PovertyGap(income, line, persons, alpha=alpha)


def check_poverty_columns(matched: MatchedSample, income: str, persons: str | None) -> int:
    """Refuse incomes and sizes that a poverty measure cannot read; return how many incomes are negative.

    An income that is missing would count as not poor, because no comparison with a missing number holds.
    """
    frame = matched.sample.frame
    checks.columns_present("income", [income], frame.columns)
    values = numbers(income, frame[income])
    if persons is not None:
        checks.columns_present("persons", [persons], frame.columns)
        sizes = numbers(persons, frame[persons])
        low = frame.index[sizes <= 0]
        if len(low):
            raise DataError(
                Text(
                    (
                        "persons '{persons}' must be above 0; {rows} of {number:,} {rows:is|are} not (first: {low}). Correct the "
                        "household sizes or exclude these households."
                    ),
                    (
                        "persons '{persons}' debe ser mayor que 0; {rows} de {number:,} no lo {rows:es|son} (primero: {low}). Corrija "
                        "los tamaños de los hogares o excluya esos hogares."
                    ),
                    persons=persons,
                    rows=checks.counted(len(low), "row"),
                    number=len(frame),
                    low=checks.listed(low),
                )
            )
    return int((values < 0).sum())


def _checked_lines(lines: Sequence[float | PovertyLine]) -> list[float | PovertyLine]:
    required = Text(
        'a list of positive numbers or im.PovertyLine, such as [lines.line("moderate", area="rural", year=2019)]',
        "una lista de números positivos o im.PovertyLine",
    )
    checks.instance("lines", lines, required, not isinstance(lines, (str, PovertyLine, float, int)))
    chosen = list(lines)
    if not chosen:
        raise OptionError(
            Text(
                "lines must be {required}; got none.",
                "lines debe ser {required}; no tiene ninguna.",
                required=required,
            )
        )
    for line in chosen:
        if not isinstance(line, PovertyLine):
            checks.positive(
                "lines",
                line,
                unit=Text("amount of income or an im.PovertyLine", "un monto de ingreso o un im.PovertyLine"),
            )
    refuse_mixed(
        tuple(
            line if isinstance(line, PovertyLine) else LocatedLine(np.array([float(line)])) for line in chosen
        )
    )
    return [line if isinstance(line, PovertyLine) else float(line) for line in chosen]


def _checked_alphas(alphas: Sequence[float]) -> list[float]:
    checks.instance(
        "alphas",
        alphas,
        Text("a list of numbers of at least 0", "una lista de números de al menos 0"),
        not isinstance(alphas, (str, float, int)),
    )
    powers = list(alphas)
    for alpha in powers:
        checks.nonnegative("alphas", alpha)
    checks.distinct("alphas", [f"{alpha:g}" for alpha in powers])
    return [float(alpha) for alpha in powers]


SHARES = Text(
    "Shares between −1 and 1: −0.05 is five percentage points less. Poor: income below the line.",
    "Proporciones entre −1 y 1: −0,05 son cinco puntos porcentuales menos. Pobre: ingreso menor que la línea.",
)
OF_PERSONS = Text(
    "Persons: each household counts once per person, by '{persons}'.",
    "Personas: cada hogar cuenta una vez por persona, según '{persons}'.",
)
AS_ZERO = Text(
    "{incomes} counted as 0 in gaps.", "{incomes} {incomes:contado|contados} como 0 en las brechas."
)
_LINE = Text(
    "Line {name}: {value:,.2f} {unit}, {area}, {period}, vintage {vintage}, {status}. Source: {source}.",
    "Línea {name}: {value:,.2f} {unit}, {area}, {period}, metodología {vintage}, {status}. Fuente: {source}.",
)
_WORDS = {
    "rural": Text("rural", "rural"),
    "urban": Text("urban", "urbana"),
    "official": Text("official", "oficial"),
    "synthetic": Text("synthetic", "sintética"),
}


def poverty_notes(
    lines: Sequence[float | PovertyLine], negative: int, persons: str | None
) -> tuple[Text, ...]:
    """Return the lines under a table of poverty effects, with the number of negative incomes."""
    notes = [SHARES, *(_described(line) for line in lines if isinstance(line, PovertyLine))]
    if any(isinstance(line, PovertyLine) and line.status == "synthetic" for line in lines):
        notes.append(SYNTHETIC_LINE)
    if persons is not None:
        notes.append(OF_PERSONS.with_values(persons=persons))
    if negative:
        notes.append(AS_ZERO.with_values(incomes=checks.counted(negative, "negative income")))
    return tuple(notes)


def _described(line: PovertyLine) -> Text:
    return _LINE.with_values(
        name=line.name or format(line.value, "g"),
        value=line.value,
        unit=line.unit,
        area=_WORDS.get(line.area, line.area),
        period=line.period,
        vintage=line.vintage,
        status=_WORDS.get(line.status, line.status),
        source=line.source,
    )


def _side_by_side(households: Effect, persons: Effect) -> dict[str, object]:
    row: dict[str, object] = {
        "measure": households.outcome,
        "estimand": households.estimand,
        "level": households.level,
    }
    for number in _SHOWN:
        row[f"{number}_households"] = getattr(households, number)
        row[f"{number}_persons"] = getattr(persons, number)
    return row
