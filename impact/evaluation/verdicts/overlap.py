"""Whether the treated have counterparts among the controls."""

from __future__ import annotations

import numpy as np

from impact.design.distances.propensity import PropensityScore
from impact.evaluation.findings import Findings
from impact.evaluation.verdict import Verdict, graded
from impact.language import Text
from impact.report.words.style import Style

PLACE = 10
GOOD, BAD = 0.05, 0.20
"""Share of the treated whose score is beyond the middle 98 % of the controls' scores: our own limits, in round numbers."""
_NAME = Text("Overlap", "Superposición")
_FOUND = Text(
    "{outside} % of the treated have a score outside the middle 98 % of the controls'",
    "el {outside} % de los beneficiarios tiene una probabilidad fuera del 98 % central de los controles",
)
_ASKED = Text("at most {good} %; above {bad} % it fails", "a lo sumo {good} %; sobre {bad} % no se cumple")
_MEANING = Text(
    "Some of the treated resemble no control: what they would have earned without the programme is extrapolated, not observed.",
    "Algunos beneficiarios no se parecen a ningún control: lo que habrían ganado sin el programa se extrapola, no se observa.",
)


def verdict(findings: Findings, style: Style) -> Verdict:
    """Return the verdict on the propensity scores of the two arms before matching."""
    matched, sample = findings.matched[findings.configuration.main_strategy], findings.sample
    fitted = matched.propensity or PropensityScore().fit(sample)
    score = fitted.probability.reindex(sample.frame.index).to_numpy(dtype=np.float64)
    controls = score[~sample.treated & np.isfinite(score)]
    low, high = np.quantile(controls, [0.01, 0.99])
    treated = score[sample.treated]
    outside = float((~((treated >= low) & (treated <= high))).mean())  # a unit without a score is outside
    return Verdict(
        _NAME,
        graded(outside, GOOD, BAD),
        _FOUND.with_values(outside=style.number(100 * outside, 1)),
        _ASKED.with_values(good=style.number(100 * GOOD), bad=style.number(100 * BAD)),
        _MEANING,
    )
