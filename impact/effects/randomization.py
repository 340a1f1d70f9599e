"""Randomisation inference: what the estimate would be if other groups had been given the programme."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from impact import checks
from impact.arrays import Array, Booleans, Positions
from impact.design.matched_sample import MatchedSample
from impact.design.proposal import Assignment, Strategy, columns_read
from impact.design.units import Units
from impact.effects.arm_means.adjustment import Adjustment
from impact.effects.arm_means.outcome_model import outcome_model
from impact.effects.arm_means.point_estimate import arm_means
from impact.effects.estimate import estimations
from impact.effects.observed import units_with
from impact.effects.variances.estimation import Estimation
from impact.effects.variances.redrawn.redraws import assignment_anew, design_of, draw_blocks
from impact.errors import DataError, EstimationError, OptionError
from impact.language import Text
from impact.parallel import Lost, fits
from impact.progress import track
from impact.survey.clusters import group_codes
from impact.survey.outcome import Outcome


def randomization_test(
    matched: MatchedSample,
    outcomes: Sequence[str | Outcome] | None = None,
    bias_adjustment: Adjustment | str | None = None,
    within: str | None = None,
    replications: int = 999,
    seed: int = 0,
    n_jobs: int | None = None,
) -> pd.DataFrame:
    """Test the sharp hypothesis of no effect on anyone by giving the programme to other groups, and matching again.

    Parameters
    ----------
    matched : MatchedSample
        Of a sample with a cluster, every group in one arm.
    outcomes : sequence of str or Outcome, optional
        All of the sample's by default.
    bias_adjustment : Adjustment, "suited", "linear" or None
    within : str, optional
        Column of the sample, constant within groups (a region): the programme changes hands within its values only.
    replications : int
        Reassignments.
    seed : int
        One seed gives one result, whatever the order of the rows and ``n_jobs``.
    n_jobs : int, optional
        Processes; -1 for all processors. By default what joblib's active backend says.

    Returns
    -------
    DataFrame
        outcome, estimate, p_value (two-sided, the real assignment counted among the reassigned), replications, failed (assignments in
        which the design could not be estimated).

    Raises
    ------
    OptionError
        No cluster, or an absent column.
    DataError
        A group in both arms, or ``within`` varies inside a group.

    Notes
    -----
    The p-value is exact where the programme was indeed given to groups at random within the values of ``within``. For a
    pipeline comparison it is a check, not the main inference: groups were not drawn by lot.

    References
    ----------
    Rosenbaum (2002), Observational Studies, 2nd ed., chapter 2; Small, Ten Have & Rosenbaum (2008), JASA 103(481), 271-279,
    doi:10.1198/016214507000000897, for groups.

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> row = np.arange(100)
    >>> frame = pd.DataFrame({"treated": row // 5 % 2, "age": row % 37.0, "group": row // 5})
    >>> frame["income"] = 100.0 + row % 3 + 10 * frame["treated"]
    >>> sample = im.Sample(frame, "treated", ["age"], outcomes=["income"], cluster="group")
    >>> matched = im.match(sample, im.NearestNeighbor(im.Euclidean(), ratio=2))
    >>> found = im.randomization_test(matched, replications=49, seed=1)
    >>> found[["outcome", "p_value", "replications"]].values.tolist()  # none of 49 other assignments gives as much
    [['income', 0.02, 49]]
    """
    checks.whole("replications", replications, minimum=49)
    checks.whole("seed", seed, minimum=0)
    codes, treated_groups, strata = _groups(matched, within)
    units = Units.of(matched.sample, matched.estimand, columns_read(matched.strategy))
    units = replace(units, eligible=~units.index.isin(matched.discarded))
    generator = np.random.default_rng(seed)
    assignments = [_reassigned(treated_groups, strata, generator) for _ in range(replications)]
    names, estimates, parts = [], [], []
    for together, estimation in estimations(matched, outcomes, bias_adjustment):
        names += [outcome.name for outcome in together]
        estimates += [float(value) for value in estimation.linear.effect]
        parts.append((estimation, units_with(matched.sample, together)))
    draws = np.full((replications, len(names)), np.nan)
    blocks = draw_blocks(replications)
    given = [[assignments[number][codes] for number in block] for block in blocks]
    done = fits(partial(_effects_anew, matched.strategy, units, parts, len(names)), given, n_jobs)
    for place, effects in track(done, "Randomisation", total=len(blocks)):
        if not isinstance(effects, Lost):
            draws[blocks[place]] = effects
    order = [names.index(outcome.name) for outcome in matched.sample.chosen(outcomes)]
    return _table([names[k] for k in order], np.array(estimates)[order], draws[:, order])


def _effects_anew(
    strategy: Strategy,
    units: Units,
    parts: Sequence[tuple[Estimation, Booleans]],
    outcomes: int,
    assignments: Sequence[Booleans],
) -> Array:
    """Return the effects by several assignments, shape (assignments, q); missing where the design failed."""
    draws = np.full((len(assignments), outcomes), np.nan)
    for number, treated in enumerate(assignments):
        drawn = replace(units, treatment=treated)
        assignment = assignment_anew(strategy, drawn)
        if assignment is None:
            continue
        try:
            draws[number] = np.concatenate([_effect_anew(drawn, assignment, *one) for one in parts])
        except EstimationError:  # a log link that does not converge on this assignment
            continue
    return draws


def _effect_anew(drawn: Units, assignment: Assignment, estimation: Estimation, present: Booleans) -> Array:
    """Return the effects of an estimate's outcomes by another assignment, shape (q,)."""
    design = design_of(estimation.matched.strategy, assignment, drawn, present)
    if design is None:
        return np.full(estimation.outcomes.shape[1], np.nan)
    drawn = drawn if present.all() else drawn.take(present)
    adjustment, matched = estimation.adjustment, estimation.matched
    everybody = np.arange(len(drawn))
    persons = np.ones(len(everybody)) if estimation.persons is None else estimation.persons
    regression = None
    if adjustment is not None:
        made = outcome_model(adjustment, matched, estimation.persons)
        regression = made.at(everybody, made.survey)
    outcomes = estimation.outcomes
    treated, control = arm_means(drawn, design.weights, outcomes, persons, regression, design.raw_scale)
    result: Array = treated - control
    return result


def _groups(matched: MatchedSample, within: str | None) -> tuple[Positions, NDArray[np.bool_], Positions]:
    """Return the group of each unit, whether each group is treated, and each group's stratum."""
    sample = matched.sample
    if sample.cluster is None:
        raise OptionError(
            Text(
                "randomization_test needs the groups that were given the programme. Pass cluster= to im.Sample.",
                "randomization_test necesita los grupos que recibieron el programa. Nómbrelos en cluster.",
            )
        )
    frame = sample.frame
    codes = group_codes(frame[sample.cluster], sample.cluster)
    share = np.bincount(codes, sample.treated) / np.bincount(codes)
    if ((share > 0) & (share < 1)).any():
        raise DataError(
            Text(
                "randomization_test needs each group in one arm; some hold treated and controls.",
                "randomization_test necesita cada grupo en un brazo; algunos tienen beneficiarios y controles.",
            )
        )
    if within is None:
        return codes, share == 1, np.zeros(len(share), dtype=np.intp)
    checks.columns_present("within", [within], frame.columns)
    values = group_codes(frame[within], within)
    first = np.zeros(len(share), dtype=np.intp)
    first[codes] = values
    if (first[codes] != values).any():
        raise DataError(
            Text(
                "within='{within}' must not vary inside a group; it does. Name a column of the groups.",
                "within = '{within}' no debe variar dentro de un grupo, y varía. Nombre una columna de los grupos.",
                within=within,
            )
        )
    return codes, share == 1, first


def _reassigned(
    treated: NDArray[np.bool_], strata: Positions, generator: np.random.Generator
) -> NDArray[np.bool_]:
    """Return treatment given to other groups, as many in each stratum."""
    result = treated.copy()
    for stratum in np.unique(strata):
        inside = np.flatnonzero(strata == stratum)
        result[inside] = treated[inside][generator.permutation(len(inside))]
    return result


def _table(names: list[str], estimates: Array, draws: Array) -> pd.DataFrame:
    done = draws[np.isfinite(draws).all(1)]
    failed = len(draws) - len(done)
    if failed > len(draws) / 20:
        raise EstimationError(
            Text(
                (
                    "The design could not be estimated in {failed:,} of {number:,} reassignments. Merge rare categories "
                    "of the covariates, or use a distance without a score."
                ),
                (
                    "El diseño no se pudo estimar en {failed:,} de {number:,} reasignaciones. Junte categorías raras de "
                    "las covariables, o use una distancia sin puntaje."
                ),
                failed=failed,
                number=len(draws),
            )
        )
    beyond = (np.abs(done) >= np.abs(estimates) * (1 - 1e-12)).sum(0)
    return pd.DataFrame(
        {
            "outcome": names,
            "estimate": estimates,
            "p_value": (1 + beyond) / (1 + len(done)),
            "replications": len(done),
            "failed": failed,
        }
    )
