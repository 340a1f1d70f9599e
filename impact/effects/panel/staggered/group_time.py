"""group_time_effects(): what each cohort gained in each wave, groups entering at different dates."""

from __future__ import annotations

from impact import checks
from impact.design.matched_sample import MatchedSample
from impact.effects.panel.counting import CohortCounts, warn_of_few_entering
from impact.effects.panel.estimators.doubly_robust import DoublyRobust
from impact.effects.panel.estimators.two_periods import DifferenceInDifferences
from impact.effects.panel.sample import PanelUnits, panel_units
from impact.effects.panel.staggered.cells import Cell, CellRules
from impact.effects.panel.staggered.cohort_sums import CohortSums
from impact.effects.panel.staggered.estimation import cell_effects, treated_means
from impact.effects.panel.staggered.group_time_effects import GroupTimeEffects
from impact.errors import OptionError, OverlapWarning, SupportError
from impact.language import Text, joined
from impact.survey.outcome import Outcome
from impact.survey.outcome_choice import only_outcome
from impact.survey.panel.panel import Panel
from impact.warn import warn

_DOUBLY_ROBUST = DoublyRobust()
_COMPARISONS = ("not yet treated", "never treated")
_COMPARED = {
    "not yet treated": Text("not yet treated", "aún no tratados"),
    "never treated": Text("never treated", "nunca tratados"),
}
_BASES = {"varying": Text("varying", "variable"), "universal": Text("universal", "universal")}
_CHANGES = Text("changes of households", "cambios de los hogares")
_UNBALANCED = Text(
    "waves compared as cross-sections, households unbalanced",
    "rondas comparadas como cortes transversales, hogares no balanceados",
)


def group_time_effects(
    panel: Panel,
    outcome: str | Outcome | None = None,
    estimator: DifferenceInDifferences = _DOUBLY_ROBUST,
    comparison: str = "not yet treated",
    base: str = "varying",
    anticipation: int = 0,
    matched: MatchedSample | None = None,
    variance: None = None,
    level: float = 0.95,
) -> GroupTimeEffects:
    """Estimate the effect on each cohort in each wave.

    Parameters
    ----------
    panel : Panel
    outcome : str or Outcome, optional
        The panel's only outcome by default.
    estimator : DifferenceInDifferences
        ``im.DoublyRobust()``, ``im.OutcomeRegression()`` or ``im.InverseProbabilityWeighted()``, with the panel's covariates.
    comparison : {"not yet treated", "never treated"}
        Whom a cohort is compared with: households that never enter and those that have not yet (the pipeline), or only the former.
    base : {"varying", "universal"}
        Waves before entry against the wave before each, or every wave against the last one before entry.
    anticipation : int
        Waves (in the unit of their numbers) before entry in which the programme may already act, at least 0.
    matched : MatchedSample, optional
        Made from ``panel.baseline()``: match weights multiply sampling weights.
    variance : None
        By producer group where the panel has one, else households independent.
    level : float
        Confidence level in (0, 1).

    Returns
    -------
    GroupTimeEffects

    Raises
    ------
    OptionError
        Unknown outcome, comparison or base.
    SupportError
        Nobody to compare with in any cell; a propensity above .999 in a cell.
    DataError
        Collinear covariates in a cell; a cohort of one producer group.

    Notes
    -----
    ATT(g, t) = E[Y_t − Y_b | G = g] less what the comparison households' change says it would have been, b the last wave before
    g − anticipation (varying: the wave before t where t < g). Balanced panels compare households' changes; unbalanced ones the two waves
    as cross-sections, the rows of a household standing together in the error. Errors: V = n⁻² Σ_cohort G/(G − 1) Σ_group (Σ influence)²
    with t, or Σ influence²/n² where households are independent. Match weights count as known.

    References
    ----------
    Callaway & Sant'Anna (2021), Journal of Econometrics 225(2), 200-230, doi:10.1016/j.jeconom.2020.12.001.

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> unit, wave = np.repeat(np.arange(40), 3), np.tile([0, 1, 2], 40)
    >>> entry = np.array([0, 1, 2, 0])[unit % 4]
    >>> y = unit % 7 + wave + 5.0 * ((entry > 0) & (wave >= entry))
    >>> frame = pd.DataFrame({"hh": unit, "wave": wave, "entry": entry, "y": y + unit * wave % 3})
    >>> effects = im.group_time_effects(im.Panel(frame, id="hh", wave="wave", entry="entry", outcomes=["y"]))
    >>> effects.frame[["group", "wave", "base_wave"]].to_numpy().tolist()
    [[1, 1, 0], [1, 2, 0], [2, 1, 0], [2, 2, 1]]
    """
    _check_options(comparison, base, anticipation, variance, level)
    units = panel_units(panel, matched)
    chosen = only_outcome(panel.outcomes, outcome)
    checks.instance(
        "estimator",
        estimator,
        Text(
            "im.DoublyRobust(), im.OutcomeRegression(), im.InverseProbabilityWeighted() or another with of_changes and of_cross_sections",
            "DoublyRobust, OutcomeRegression, InverseProbabilityWeighted u otro con of_changes y of_cross_sections",
        ),
        isinstance(estimator, DifferenceInDifferences),
    )
    never = comparison == "never treated"
    cells, lost = CellRules(never, base == "universal", anticipation).cells(units)
    _report_lost(cells, lost, comparison)
    values, weight = units.values(chosen), units.weight * units.persons(chosen)
    effects = cell_effects(units, values, weight, cells, estimator)
    sums = CohortSums.of(units, weight, effects, treated_means(units, values, weight, cells))
    warn_of_few_entering(units)
    return GroupTimeEffects(
        outcome=chosen,
        estimator=estimator.label,
        notes=(
            *panel.rules,
            *_notes(units, comparison, base, anticipation, sums.errors.label),
            *_lost_notes(lost),
        ),
        level=level,
        synthetic=panel.synthetic,
        _units=units,
        _cells=tuple(cells),
        _effects=effects,
        _sums=sums,
        _counts=CohortCounts.of(units, weight),
        _comparator=Text(
            "{who}: {compared}", "{who}: {compared}", who=panel.comparator, compared=_COMPARED[comparison]
        ),
    )


def _check_options(comparison: str, base: str, anticipation: int, variance: None, level: float) -> None:
    checks.one_of("comparison", comparison, _COMPARISONS)
    checks.one_of("base", base, ("varying", "universal"))
    checks.whole("anticipation", anticipation, minimum=0)
    checks.between("level", level, 0.0, 1.0)
    if variance is not None:
        raise OptionError(
            Text(
                "variance must be None for effects by cohort and wave; got {variance}.",
                "variance debe ser None para efectos por cohorte y ronda; se dio {variance}.",
                variance=type(variance).__name__,
            )
        )


def _report_lost(cells: list[Cell], lost: list[Text], comparison: str) -> None:
    if all(cell.reference for cell in cells):
        raise SupportError(
            Text(
                (
                    'No cohort can be compared with households {comparison}: {lost}. Use comparison="not yet treated", a '
                    "smaller anticipation, or a panel with a wave before entry and households that wait."
                ),
                (
                    'Ninguna cohorte se puede comparar con hogares {comparison}: {lost}. Use comparison = "not yet '
                    'treated", una anticipación menor, o un panel con una ronda antes de la entrada y hogares que '
                    "esperan."
                ),
                comparison=_COMPARED[comparison],
                lost=checks.listed(lost, 3),
            )
        )
    if lost:
        warn(
            Text(
                "{comparisons} cannot be made: {lost}. The others are kept.",
                "{comparisons} no se {comparisons:puede|pueden} hacer: {lost}. Las demás se conservan.",
                comparisons=checks.counted(len(lost), "comparison"),
                lost=checks.listed(lost, 4),
            ),
            OverlapWarning,
        )


def _lost_notes(lost: list[Text]) -> tuple[Text, ...]:
    if not lost:
        return ()
    return (Text("Cannot be compared: {lost}.", "No se pueden comparar: {lost}.", lost=joined(lost, "; ")),)


def _notes(units: PanelUnits, comparison: str, base: str, anticipation: int, variance: str) -> list[Text]:
    return [
        Text(
            "Compared with households {comparison}; {base} base wave; anticipation {anticipation}; {form}; weights {weights}; {variance}.",
            "Comparados con hogares {comparison}; ronda base {base}; anticipación {anticipation}; {form}; pesos: {weights}; {variance}.",
            comparison=_COMPARED[comparison],
            base=_BASES[base],
            anticipation=anticipation,
            form=_CHANGES if units.observed.all() else _UNBALANCED,
            weights=units.weights_label,
            variance=variance,
        )
    ]
