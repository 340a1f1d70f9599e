"""Who is compared with whom: the propensity model and its overlap."""

from __future__ import annotations

from dataclasses import replace

from impact.design.distances.propensity import PropensityScore
from impact.evaluation.findings import Findings
from impact.evaluation.pictures import picture
from impact.language import Text
from impact.report import figures
from impact.report.contents import Section
from impact.report.tables.design import propensity_table
from impact.report.words.style import Style

PLACE = 30
_CALIBRATION = Text(
    "Share that takes part in ten classes of the score, against the mean score",
    "Proporción que participa en diez clases de la probabilidad, frente a la probabilidad media",
)


def section(findings: Findings, style: Style) -> Section:
    """Return the model's coefficients and the overlap of the scores."""
    main = findings.configuration.main_strategy
    matched = findings.matched[main]
    fitted = matched.propensity or PropensityScore().fit(findings.sample)
    caption = style.word("overlap_caption", strategy=style.name(main))
    overlap = figures.overlap(matched, language=style.language.code)
    calibration = figures.calibration(matched, style.language.code)
    items = (
        picture("overlap", caption, overlap, findings),
        picture("calibration", style.text(_CALIBRATION), calibration, findings),
        replace(propensity_table(fitted, findings.sample, style), folded=True),
    )
    return Section("design", style.word("section_design"), (style.word("outcome_blind"),), items)
