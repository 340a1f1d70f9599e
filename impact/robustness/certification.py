"""What a Monte Carlo run tells: bias, spread, standard errors, coverage and power, graded together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from impact.language import Text
from impact.views import Exported, four_digits, html_view, three_decimals

DRAW_COLUMNS: tuple[str, ...] = (
    "design", "draw", "rows", "seed", "strategy", "outcome", "estimate", "std_error", "conf_low", "conf_high",
    "p_value", "degrees_of_freedom", "percent_effect", "percent_conf_low", "percent_conf_high", "truth",
    "truth_matched", "percent_truth", "percent_truth_matched", "share_kept", "effective_control_clusters",
    "variance", "warnings", "problem",
)  # fmt: skip

TARGETS: Mapping[str, str] = {"all treated": "truth", "matched treated": "truth_matched"}
"""Truths of the single draw, and their columns; "population" is the mean of the first over the draws."""


_KEY = Text(
    "bias/SD, SE/SD and power against the population's effect; coverage of the effect in the population, on all treated of the draw, on "
    "those matched; percent: coverage of the percent effect on all treated, in the draws that have one.",
    "sesgo/DE, EE/DE y potencia frente al efecto de la población; cobertura del efecto en la población, en todos los beneficiarios "
    "del sorteo y "
    "en los emparejados; percent: cobertura del efecto porcentual en todos los beneficiarios, en los sorteos que lo tienen.",
)
_NOTE = Text(
    "SYNTHETIC DATA: {number} surveys drawn from {description}, seed {seed!s}. Nominal coverage {level:.0%}; the SD is of estimate minus "
    "that draw's own truth; coverage counts misses on both sides.",
    "DATOS SINTÉTICOS: {number} encuestas sorteadas de {description}, semilla {seed!s}. Cobertura nominal {level:.0%}; la DE es de la "
    "estimación menos la verdad de ese mismo sorteo; la cobertura cuenta los fallos por ambos lados.",
)

_FIRST = (
    "strategy", "outcome", "variance", "target", "truth", "bias", "bias_over_sd", "sd", "mean_se", "se_over_sd", "coverage",
    "coverage_error", "power",
)  # fmt: skip
"""The columns that a notebook's page has room for."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Certification(Exported):
    """How a design's intervals did over many surveys with a known truth.

    Attributes
    ----------
    draws : DataFrame
        One row per draw, specification and outcome: estimate, interval, the two truths of that draw.
    level : float
        Nominal coverage.
    description : str
        What was drawn.
    seed : int

    Examples
    --------
    Surveys like a given one, with 25 % planted in the income; and what the intervals made of them.

    >>> import numpy as np, pandas as pd, impact as im
    >>> row = np.arange(400)
    >>> frame = pd.DataFrame({"treated": row // 5 % 2, "age": row % 37.0, "group": row // 5, "income": 100.0 + row % 11})
    >>> sample = im.Sample(frame, "treated", ["age"], outcomes=["income"], cluster="group")
    >>> near = im.Specification("4-NN", im.NearestNeighbor(im.Euclidean(), ratio=4))
    >>> found = im.certify(im.SampleTwin(sample, {"income": 0.25}), [near], draws=2)
    >>> found.frame.columns[:4].tolist(), len(found.draws)
    (['strategy', 'outcome', 'target', 'draws'], 2)
    """

    TITLE: ClassVar[Text] = Text(
        "Intervals over surveys with a known truth", "Los intervalos en encuestas con verdad conocida"
    )

    draws: pd.DataFrame
    level: float
    description: str
    seed: int

    @property
    def frame(self) -> pd.DataFrame:
        """One row per specification, outcome and target.

        Columns: strategy, outcome, target, draws, failed, truth (mean over draws), bias (mean of estimate −
        truth), sd (of the same), mean_se (root mean squared standard error), median_se (which a few draws of extreme
        weights do not move), se_over_sd (of mean_se), bias_over_sd,
        share_kept, coverage, coverage_error (Monte Carlo standard error), percent_coverage, power (share of
        draws whose p-value is below 1 − level; the size of the test where there is no effect), variance (in
        full; the name in ``strategy`` tells apart the variances with which one strategy was judged).

        Targets: "population" (the effect where the groups come from: the mean of the draws' truths), "all
        treated" (the effect on the treated of that very draw), "matched treated" (on those of them that were
        kept). The intervals are made for the population; they also count how treated groups and effects
        differ from draw to draw, so that against a draw's own truth they are on the wide side.
        """
        keys = ["strategy", "outcome"]
        rows = []
        for (strategy, outcome), part in self.draws.groupby(keys, sort=False):
            label = {"strategy": strategy, "outcome": outcome}
            done = part[part["problem"] == ""]
            blank = pd.Series(np.nan, index=done.index)
            mean = pd.Series(done["truth"].mean(), index=done.index)
            counts = {"draws": len(done), "failed": len(part) - len(done)}
            rows.append(label | {"target": "population"} | counts | self._summary(done, mean, blank))
            for target, column in TARGETS.items():
                summary = self._summary(done, done[column], done[f"percent_{column}"])
                rows.append(label | {"target": target} | counts | summary)
        return pd.DataFrame(rows)

    def _summary(
        self, done: pd.DataFrame, truth: pd.Series[float], percent_truth: pd.Series[float]
    ) -> dict[str, Any]:
        number = len(done)
        error = (done["estimate"] - truth).to_numpy(dtype=np.float64)
        covered = ((done["conf_low"] <= truth) & (truth <= done["conf_high"])).mean()
        asked = done["percent_effect"].notna() & percent_truth.notna()
        inside = (done["percent_conf_low"] <= percent_truth) & (percent_truth <= done["percent_conf_high"])
        spread = float(error.std(ddof=1)) if number > 1 else np.nan
        scale = spread if spread > 0 else np.nan  # draws without chance have no spread to compare with
        mean_se = float(np.sqrt((done["std_error"].astype(np.float64) ** 2).mean()))
        return {
            "truth": truth.mean(),
            "bias": error.mean() if number else np.nan,
            "sd": spread,
            "mean_se": mean_se,
            "median_se": done["std_error"].median(),
            "se_over_sd": mean_se / scale,
            "bias_over_sd": error.mean() / scale if number else np.nan,
            "share_kept": done["share_kept"].mean(),
            "coverage": covered,
            "coverage_error": np.sqrt(covered * (1 - covered) / number) if number else np.nan,
            "percent_coverage": inside[asked].mean() if asked.any() else np.nan,
            "power": (done["p_value"] < 1 - self.level).mean(),
            "variance": ", ".join(sorted(set(done["variance"]))),
        }

    @property
    def note(self) -> Text:
        """The line that belongs under the table."""
        return _NOTE.with_values(
            number=self.draws["draw"].nunique(),
            description=self.description,
            seed=self.seed,
            level=self.level,
        )

    def __repr__(self) -> str:
        table = self.frame
        blocks = [_block(name, part) for name, part in table.groupby("strategy", sort=False)]
        return "\n\n".join([*blocks, _KEY, self.note])

    def _repr_html_(self) -> str:
        return html_view(self.frame, (self.note,), number=three_decimals, first=_FIRST)


def _block(strategy: object, part: pd.DataFrame) -> str:
    """Return one strategy's rows as a table for a terminal: an outcome a line, its targets side by side."""
    population, drawn, matched = (
        part[part["target"] == target].set_index("outcome") for target in ("population", *TARGETS)
    )
    shown = pd.DataFrame(
        {
            "truth": population["truth"].map(four_digits),
            "median SE": population["median_se"].map(four_digits),
            "bias/SD": population["bias_over_sd"].map("{:+.2f}".format),
            "SE/SD": population["se_over_sd"].map("{:.2f}".format),
            "kept": population["share_kept"].map("{:.0%}".format),
            "population": [
                f"{value:.3f} ±{error:.3f}"
                for value, error in zip(population["coverage"], population["coverage_error"], strict=True)
            ],
            "all": drawn["coverage"].map("{:.3f}".format),
            "matched": matched["coverage"].map("{:.3f}".format),
            "percent": drawn["percent_coverage"].map("{:.3f}".format),
            "power": population["power"].map("{:.3f}".format),
        }
    ).rename_axis(None)
    shown = shown.replace(r".*nan.*", "–", regex=True)
    counts = f"{population['draws'].max():,} draws, {population['failed'].max():,} failed"
    variance = next((text for text in population["variance"] if text), "no estimate")
    return f"{strategy} ({counts}; {variance})\n{shown.to_string()}"
