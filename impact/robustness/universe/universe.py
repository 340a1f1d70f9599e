"""universe(): the effect under every combination of declared choices, and what they say together."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import impact
from impact import checks
from impact.arrays import Array
from impact.errors import OptionError, SupportError
from impact.language import Text
from impact.parallel import Lost, fits
from impact.progress import track
from impact.robustness.finished import sample_hash
from impact.robustness.universe.block import Estimated, as_frame, estimated, nothing_of
from impact.robustness.universe.choices import Choices, default_choices
from impact.robustness.universe.curve_inference import curve_inference
from impact.robustness.universe.influence import shapley_shares
from impact.robustness.universe.kept import Kept
from impact.robustness.universe.result import QualityRule, Universe
from impact.robustness.universe.specifications import Block, Option, blocks_of
from impact.survey.outcome import Change, Outcome
from impact.survey.outcome_choice import some_outcomes
from impact.survey.sample import Sample


def universe(
    sample: Sample,
    outcomes: Sequence[str | Outcome] | None = None,
    choices: Choices | None = None,
    quality: QualityRule | None = None,
    percent: bool = False,
    level: float = 0.95,
    replications: int = 999,
    seed: int = 0,
    n_jobs: int | None = None,
    folder: str | Path | None = None,
) -> Universe:
    """Estimate every outcome under every combination of the declared choices.

    Parameters
    ----------
    sample : Sample
    outcomes : sequence of str or Outcome, optional
        All of the sample's by default.
    choices : Choices, optional
        What could have been chosen; ``default_choices()`` where not given.
    quality : QualityRule, optional
        Which specifications count; the others are shown and not counted. ``QualityRule()`` by default.
    percent : bool
        Effects in % of the control mean: needed where forms of an outcome have different units.
    level : float
        Confidence level of the intervals and of the shares significant.
    replications, seed : int
        Multiplier draws by group for the inference over the curve.
    n_jobs : int, optional
        Processes; by default what joblib's active backend says. The result is the same.
    folder : path, optional
        Where finished matches are kept, by this process wherever workers are: a run that was killed goes on where it stopped. Matches of
        other data, roles of columns, choices or versions stay there and are not read.

    Returns
    -------
    Universe

    Raises
    ------
    OptionError
        No outcomes; forms of different units without ``percent``; ``percent`` of a change.
    SupportError
        No specification is feasible, or none passes the quality rule.

    Notes
    -----
    Estimand: the ATT. Every specification has the standard error that ``estimate()`` gives it. The inference over the curve takes groups as
    they are in the sample: matched sets of a match without replacement are not drawn.

    References
    ----------
    Simonsohn, Simmons & Nelson (2020), Nature Human Behaviour 4, 1208-1214, doi:10.1038/s41562-020-0912-z.

    Examples
    --------
    >>> import numpy as np, pandas as pd, impact as im
    >>> row = np.arange(400)
    >>> frame = pd.DataFrame({"treated": row // 5 % 2, "age": row % 37, "educ": row % 11, "group": row // 5})
    >>> frame["income"] = 100 + frame["age"] + 5 * frame["treated"] + row % 3
    >>> sample = im.Sample(frame, treatment="treated", covariates=["age", "educ"], outcomes=["income"], cluster="group")
    >>> found = im.universe(sample, choices=im.Choices(ratio={"1": 1, "4": 4}), replications=199)
    >>> len(found.frame), round(float(found.one("income")["median"]))
    (4, 5)
    """
    _check_options(sample, level, replications, seed)
    declared = _declared(choices, percent)
    chosen = some_outcomes(sample.outcomes, outcomes, Text("im.Sample", "[[outcomes]] de la configuración"))
    _refuse_percent_of_changes(chosen, percent)
    rule = QualityRule() if quality is None else quality
    blocks, impossible = blocks_of(declared, sample)
    found = _run(sample, blocks, declared, chosen, percent, level, n_jobs, Kept.at(folder))
    names = {option.number: option for block in blocks for option in block.options}
    names |= {option.number: option for option, _ in impossible}
    failed = [one for part in found for one in part.infeasible]
    reasons = [*((option.number, "", reason) for option, reason in impossible), *failed]
    frame = as_frame(found) if found else pd.DataFrame()
    if frame.empty:
        raise SupportError(
            Text(
                "No specification of the universe can be estimated; the first reason: {reasons}",
                "Ninguna especificación del universo se puede estimar; el primer motivo: {reasons}",
                reasons=(failed or reasons)[0][2],
            )
        )
    contributions = np.hstack([part.contributions for part in found])
    frame, contributions = _in_order(_labelled(frame, names, declared, rule), contributions)
    _require_counted(frame, rule)
    draws = (replications, seed)
    rows = [_summary(frame, contributions, outcome.name, declared, draws, level) for outcome in chosen]
    return Universe(
        frame=frame,
        infeasible=_infeasible(reasons, names, declared),
        summary=pd.DataFrame([summary for summary, _ in rows]),
        influence=pd.concat([influence for _, influence in rows], ignore_index=True),
        quality=rule,
        level=level,
        percent=percent,
        replications=replications,
        seed=seed,
        synthetic=sample.synthetic,
        units={outcome.name: outcome.unit for outcome in chosen},
    )


def _check_options(sample: Sample, level: float, replications: int, seed: int) -> None:
    checks.instance("sample", sample, Text("an im.Sample", "un im.Sample"), isinstance(sample, Sample))
    checks.between("level", level, 0.0, 1.0)
    checks.whole("replications", replications, minimum=99)
    checks.whole("seed", seed, minimum=0)


def _declared(choices: Choices | None, percent: bool) -> Choices:
    declared = default_choices() if choices is None else choices
    checks.instance(
        "choices", declared, Text("an im.Choices", "un im.Choices"), isinstance(declared, Choices)
    )
    if len(declared.form) > 1 and not percent:
        raise OptionError(
            Text(
                "Forms of an outcome have different units. Pass percent=True: effects in % of the control mean.",
                (
                    "Las formas de un resultado tienen unidades distintas. Escriba percent = true: efectos en % de la "
                    "media de los controles."
                ),
            )
        )
    return declared


def _refuse_percent_of_changes(outcomes: Sequence[Outcome], percent: bool) -> None:
    changes = [outcome.name for outcome in outcomes if percent and isinstance(outcome, Change)]
    if changes:
        raise OptionError(
            Text(
                "percent=True takes effects in % of the control mean, and {changes} is a change, whose mean is no level. Leave percent "
                "out, or name the level at follow-up among the outcomes.",
                "percent = true toma los efectos en % de la media de los controles, y {changes} es un cambio, cuya media no es un nivel. "
                "Quite percent, o nombre entre los resultados el nivel del seguimiento.",
                changes=checks.listed(changes),
            )
        )


def _require_counted(frame: pd.DataFrame, rule: QualityRule) -> None:
    if not frame["counted"].any():
        raise SupportError(
            Text(
                (
                    "None of the {number:,} estimates passes the quality rule ({label}). Loosen the rule, or declare "
                    "choices that balance better."
                ),
                (
                    "Ninguna de las {number:,} estimaciones cumple la regla de calidad ({label}). Aflójela, o declare "
                    "elecciones que equilibren mejor."
                ),
                number=len(frame),
                label=rule.label,
            )
        )


def _run(
    sample: Sample,
    blocks: list[Block],
    choices: Choices,
    outcomes: list[Outcome],
    percent: bool,
    level: float,
    n_jobs: int | None,
    kept: Kept,
) -> list[Estimated]:
    """Return what every block gave, in the order of the blocks, whoever worked it out and when."""
    data = sample_hash(sample)
    keys = [_key(data, block, choices, outcomes, percent, level) for block in blocks]
    found = {place: before for place, key in enumerate(keys) if (before := kept.read(key)) is not None}
    missing = [place for place in range(len(blocks)) if place not in found]
    work_out = partial(_worked_out, sample, choices, outcomes, percent, level)
    with closing(fits(work_out, [blocks[place] for place in missing], n_jobs)) as done:
        for number, one in track(done, "Universe", total=len(missing)):
            place = missing[number]
            if isinstance(one, Lost):  # not in the folder: the next run tries it again
                found[place] = nothing_of(sample, blocks[place], one.reason)
            else:
                found[place] = one
                kept.write(keys[place], one)
    return [found[place] for place in range(len(blocks))]


def _worked_out(
    sample: Sample, choices: Choices, outcomes: list[Outcome], percent: bool, level: float, block: Block
) -> Estimated:
    return estimated(sample, block, choices, outcomes, percent, level)


def _key(
    data: str, block: Block, choices: Choices, outcomes: list[Outcome], percent: bool, level: float
) -> str:
    """Return the name under which a block is kept: another table, option, outcome or version has another."""
    made = [
        (option.number, {name: repr(getattr(choices, name)[value]) for name, value in option.names.items()})
        for option in block.options
    ]
    parts = (data, repr(block.strategy), block.covariates, made, [repr(o) for o in outcomes], percent, level)
    return hashlib.sha256(repr((impact.__version__, *parts)).encode()).hexdigest()[:40]


def _labelled(
    frame: pd.DataFrame, names: dict[int, Option], choices: Choices, rule: QualityRule
) -> pd.DataFrame:
    table = frame.copy()
    for place, choice in enumerate(choices.names):
        table.insert(2 + place, choice, [names[number].names[choice] for number in table["specification"]])
    table["counted"] = rule.passes(table["max_abs_smd"].to_numpy(), table["share_on_support"].to_numpy())
    table["counted"] &= table["std_error"] > 0
    return table


def _in_order(frame: pd.DataFrame, contributions: Array) -> tuple[pd.DataFrame, Array]:
    order = frame.sort_values(["outcome", "specification"], kind="stable").index
    return frame.loc[order].reset_index(drop=True), contributions[:, order.to_numpy()]


def _infeasible(
    reasons: list[tuple[int, str, str]], names: dict[int, Option], choices: Choices
) -> pd.DataFrame:
    rows = [
        {"specification": number, "outcome": outcome or "all", **names[number].names, "reason": reason}
        for number, outcome, reason in sorted(reasons)
    ]
    return pd.DataFrame(rows, columns=["specification", "outcome", *choices.names, "reason"])


def _summary(
    frame: pd.DataFrame,
    contributions: Array,
    outcome: str,
    choices: Choices,
    draws: tuple[int, int],
    level: float,
) -> tuple[dict[str, Any], pd.DataFrame]:
    """Return one outcome's line of the summary, and what its choices move."""
    own = (frame["outcome"] == outcome).to_numpy()
    counted = own & frame["counted"].to_numpy()
    sizes = {"outcome": outcome, "specifications": int(own.sum()), "counted": int(counted.sum())}
    if not counted.any():  # shown in grey, with nothing to sum up
        return sizes, pd.DataFrame({"outcome": outcome, "choice": choices.names, "share": np.nan})
    estimates, freedom = (frame[name].to_numpy()[counted] for name in ("estimate", "degrees_of_freedom"))
    joint = curve_inference(estimates, contributions[:, counted], freedom, *draws, level)
    codes = [pd.factorize(frame.loc[counted, choice])[0] for choice in choices.names]
    shares = shapley_shares(estimates, np.column_stack(codes))
    sign = np.sign(joint.median)
    p_value = frame["p_value"].to_numpy()[counted]
    significant = (p_value < 1 - level) & (np.sign(estimates) == sign)
    top = int(np.argmax(shares))
    return {
        **sizes,
        "median": joint.median,
        "median_low": joint.median_low,
        "median_high": joint.median_high,
        "smallest": float(estimates.min()),
        "largest": float(estimates.max()),
        "share_of_one_sign": float((np.sign(estimates) == sign).mean()),
        "share_significant": float(significant.mean()),
        "p_any": joint.p_any,
        "p_median": joint.p_median,
        "p_share": joint.p_share,
        "moves_most": choices.names[top] if shares[top] > 0 else "",
        "share_moved": float(shares[top]),
    }, pd.DataFrame({"outcome": outcome, "choice": choices.names, "share": shares})
