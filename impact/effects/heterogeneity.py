"""Who gained: effects by fifth of baseline income, or of the income predicted without the programme."""

from __future__ import annotations

from impact import checks
from impact.design.assignment import Strategy
from impact.effects.adjustment import Adjustment
from impact.effects.effect import EffectTable, combined
from impact.effects.ranking import Ranking, refuse_ex_post
from impact.effects.strata import strata_of_treated, stratum_effects
from impact.effects.variance import Variance
from impact.errors import OptionError
from impact.survey.outcome import Outcome, as_outcome
from impact.survey.sample import Sample


def quintile_effects(
    sample: Sample,
    strategy: Strategy,
    outcome: str | Outcome,
    by: Ranking | str,
    quantiles: int = 5,
    variance: Variance | None = None,
    bias_adjustment: Adjustment | str | None = "linear",
    level: float = 0.95,
) -> EffectTable:
    """Estimate the effect in each fifth, matching again within it.

    Parameters
    ----------
    sample : Sample
    strategy : Strategy
        Applied within each stratum anew.
    outcome : str or Outcome
    by : Ranking
        ``im.Baseline("income_pre")`` or ``im.PredictedOutcome()``. The observed outcome is refused.
    quantiles : int
        Number of strata; cut points are quantiles of the treated.
    variance, bias_adjustment, level
        As in ``estimate``.

    Returns
    -------
    EffectTable
        ``subgroup`` is "Q1" (lowest) to "Q5".

    Raises
    ------
    OptionError
        ``by`` is the observed outcome or another outcome: cutting at income after the programme turned true effects of
        160/40/52/30/25 % into 32/10/8/2/7 % in a simulation.
    SupportError
        A stratum lacks treated units or controls.
    """
    chosen = sample.outcome(outcome) if isinstance(outcome, str) else as_outcome(outcome)
    checks.whole("quantiles", quantiles, minimum=2)
    ranking = _as_ranking(by, sample, chosen)
    strata = strata_of_treated(ranking.values(sample, chosen), sample.treated, quantiles)
    tables = [
        stratum_effects(sample, strata.numbers == number, f"Q{number}", strategy, chosen, variance, bias_adjustment, level)
        for number in range(1, quantiles + 1)
    ]
    return combined(tables, [f"Strata: {quantiles} quantile groups of {ranking.label}; cut points from the treated; matched anew in each."])


def _as_ranking(by: Ranking | str, sample: Sample, outcome: Outcome) -> Ranking:
    if isinstance(by, str):
        refuse_ex_post(by, sample, outcome)
        raise OptionError(f'by must be im.Baseline("{by}") for a column from before the programme, or im.PredictedOutcome(); got {by!r}.')
    checks.instance("by", by, 'im.Baseline("income_pre") or im.PredictedOutcome()', isinstance(by, Ranking))
    return by
