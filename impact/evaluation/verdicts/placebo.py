"""Whether nothing is found where nothing can be."""

from __future__ import annotations

from impact.evaluation.analyses.placebo import Placebos
from impact.evaluation.findings import Findings
from impact.evaluation.verdict import Grade, Verdict
from impact.language import Text
from impact.report.words.style import Style
from impact.views import p_compared

PLACE = 90
GOOD, BAD = 0.10, 0.05
"""Smallest corrected p-value of the placebo outcomes: from the first nothing moved, below the second something did."""
_NAME = Text("Placebo", "Placebo")
_OUTCOMES = Text(
    "{moved} of {number} placebo {number:outcome|outcomes} moved (smallest corrected p {p})",
    "{moved} de {number} {number:resultado|resultados} placebo {number:se movió|se movieron} (menor p corregido {p})",
    **dict.fromkeys(("moved", "number", "p"), ""),
)
_LOTS = Text(
    "{share} % of {number} effects among controls divided by lot were significant (chance alone: up to {most} %)",
    "el {share} % de {number} efectos entre controles divididos al azar fue significativo (por puro azar: hasta {most} %)",
    **dict.fromkeys(("share", "number", "most"), ""),
)
_BOTH = Text("{first}; {second}", "{first}; {second}", first="", second="")
_ASKED = Text(
    "corrected p of at least {good}; below {bad} it fails; among controls no more than chance",
    "p corregido de al menos {good}; bajo {bad} no se cumple; entre controles, no más que el azar",
    good="",
    bad="",
)
_MEANING = Text(
    "The comparison finds effects where the programme can have had none: it may find others that are not there.",
    "La comparación encuentra efectos donde el programa no pudo tenerlos: puede encontrar otros que no existen.",
)


def verdict(findings: Findings, style: Style) -> Verdict | None:
    """Return the verdict on placebo outcomes and placebo treatments, where they were run."""
    found: Placebos | None = findings.answer("placebo")
    if found is None:
        return None
    parts = [part for part in (_of_outcomes(found, style), _of_lots(found, style)) if part is not None]
    if not parts:
        return None
    said = parts[0][0] if len(parts) == 1 else _BOTH.with_values(first=parts[0][0], second=parts[1][0])
    grades = {grade for _, grade in parts}
    worst = next(grade for grade in (Grade.FAILS, Grade.DOUBTFUL, Grade.HOLDS) if grade in grades)
    asked = _ASKED.with_values(good=style.number(GOOD, 2), bad=style.number(BAD, 2))
    return Verdict(_NAME, worst, said, asked, _MEANING)


def _of_outcomes(found: Placebos, style: Style) -> tuple[Text, Grade] | None:
    if found.outcomes is None:
        return None
    corrected = found.outcomes.frame["romano_wolf"]
    least = float(corrected.min())
    grade = Grade.HOLDS if least >= GOOD else Grade.FAILS if least < BAD else Grade.DOUBTFUL
    moved = int((corrected < BAD).sum())
    return _OUTCOMES.with_values(moved=moved, number=len(corrected), p=p_compared(least)), grade


def _of_lots(found: Placebos, style: Style) -> tuple[Text, Grade] | None:
    """Judge the share of significant placebo treatments; above what chance does the standard errors are too small."""
    if found.treatment is None or isinstance(found.treatment, str):
        return None
    row = found.treatment.frame.iloc[0]
    share, most = float(row["share_significant"]), float(row["most_by_chance"])
    said = _LOTS.with_values(
        share=style.number(100 * share),
        number=style.number(row["replications"]),
        most=style.number(100 * most),
    )
    return said, Grade.HOLDS if share <= most else Grade.DOUBTFUL if share <= 2 * most else Grade.FAILS
