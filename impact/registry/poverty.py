"""What the programme did to poverty in a registry: every line, every measure, households and persons side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from impact import checks
from impact.effects.arm_means.adjustment import Adjustment
from impact.effects.distribution.poverty import poverty_notes, poverty_outcomes
from impact.effects.effect import EffectTable
from impact.effects.variances.cluster_robust import ClusterRobust
from impact.language import Text
from impact.parallel import each
from impact.registry.estimate import estimate_registry
from impact.registry.reading.runs import Piece, RunLayout
from impact.registry.registry_match import RegistryMatch
from impact.survey.poverty.line import PovertyLine


def registry_poverty_effects(
    matched: RegistryMatch,
    income: str,
    lines: Sequence[float | PovertyLine],
    persons: str | None = None,
    alphas: Sequence[float] = (0, 1, 2),
    variance: ClusterRobust | None = None,
    bias_adjustment: Adjustment | str | None = "linear",
    level: float = 0.95,
) -> EffectTable:
    """Estimate the effect on headcount, gap and severity at several lines, over households and over persons.

    Parameters
    ----------
    matched : RegistryMatch
    income, persons : str
        Income per person and household size, columns that the sample has read (its outcomes, or ``further``).
    lines, alphas, level
        As in ``im.poverty_effects``.
    variance, bias_adjustment
        As in ``registry.estimate``.

    Returns
    -------
    EffectTable
        As ``im.poverty_effects`` gives it for the same rows.

    References
    ----------
    Foster, Greer & Thorbecke (1984), Econometrica 52(3), 761-766, doi:10.2307/1913475.

    Examples
    --------
    >>> import tempfile, numpy as np, pandas as pd, impact as im
    >>> folder = tempfile.mkdtemp()
    >>> row = np.arange(2000)
    >>> columns = {"treated": row // 5 % 3 == 0, "age": row * 7 % 37, "group": row // 5, "income": 100.0 + row % 11}
    >>> pd.DataFrame(columns).to_parquet(f"{folder}/all.parquet")
    >>> sample = im.RegistrySample(folder, "treated", ["age"], cluster="group", further=["income"])
    >>> matched = im.registry.match(sample, im.NearestNeighbor(im.Euclidean()))
    >>> im.registry.poverty_effects(matched, "income", [105.0], alphas=[0, 1]).frame["outcome"].tolist()
    ['headcount_105', 'gap_105']
    """
    checks.instance(
        "matched",
        matched,
        Text("an im.RegistryMatch", "un RegistryMatch"),
        isinstance(matched, RegistryMatch),
    )
    outcomes = poverty_outcomes(income, lines, alphas, persons)
    table = estimate_registry(matched, outcomes, variance, bias_adjustment, level)
    sample = matched.sample
    tasks = [(piece, sample.layout, income) for piece in sample.whole_runs]
    negative = sum(
        each(
            _negative,
            tasks,
            sample.n_jobs,
            Text("counting negative incomes", "se contaban los ingresos negativos"),
        )
    )
    return replace(table, notes=poverty_notes(lines, negative, persons))


def _negative(piece: Piece, layout: RunLayout, income: str) -> int:
    """Return how many incomes of a run are below zero."""
    return int((layout.frame([piece], [income])[income] < 0).sum())
