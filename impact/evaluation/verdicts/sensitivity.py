"""Whether a hidden factor as strong as the strongest known one would undo the answer."""

from __future__ import annotations

from impact.evaluation.analyses.sensitivity import OutcomeSensitivity
from impact.evaluation.findings import Findings
from impact.evaluation.published_units import decimals_of, factor_of, with_unit
from impact.evaluation.verdict import Grade, Verdict
from impact.language import Text
from impact.report.words.style import Style

PLACE = 80
_NAME = Text("Sensitivity to hidden factors", "Sensibilidad a factores ocultos")
_FOUND = Text(
    "{outcome}: a hidden factor as strong as {benchmark}, the strongest known, would leave {effect} ({low} to {high})",
    "{outcome}: un factor oculto tan fuerte como {benchmark}, el más fuerte conocido, dejaría {effect} (de {low} a {high})",
    **dict.fromkeys(("outcome", "benchmark", "effect", "low", "high"), ""),
)
_ALREADY = Text(
    "{outcome}: the effect is not told from zero even without a hidden factor ({low} to {high})",
    "{outcome}: el efecto no se distingue de cero ni siquiera sin un factor oculto (de {low} a {high})",
    **dict.fromkeys(("outcome", "low", "high"), ""),
)
_ASKED = Text(
    "the interval left stays off zero; where the sign turns it fails",
    "el intervalo que queda no contiene el cero; si el signo cambia, no se cumple",
)
_MEANING = Text(
    "Something that was not asked, no stronger than what was, could account for the effect.",
    "Algo que no se preguntó, no más fuerte que lo que sí, podría explicar el efecto.",
)


def verdict(findings: Findings, style: Style) -> Verdict | None:
    """Return the verdict on the first outcome whose sensitivity was analysed."""
    found: tuple[OutcomeSensitivity, ...] | None = findings.answer("sensitivity")
    one = next((one for one in found or () if not isinstance(one.confounder, str) and len(one.bounds)), None)
    if one is None or isinstance(one.confounder, str):
        return None
    as_observed = one.confounder.frame.iloc[0]
    bounds = one.bounds
    once = bounds.loc[bounds["kd"] == bounds["kd"].min()]  # the least multiple asked for, 1 by default
    toward = once["adjusted_estimate"] * (1 if as_observed["estimate"] >= 0 else -1)
    worst = once.loc[toward.idxmin()]
    low, high = float(worst["adjusted_conf_low"]), float(worst["adjusted_conf_high"])
    left, observed = float(worst["adjusted_estimate"]), float(as_observed["estimate"])
    factor = factor_of(one.outcome, findings)
    decimals = decimals_of(one.outcome, observed, findings)
    said = {
        "outcome": with_unit(one.outcome, findings, style),
        "low": style.number(factor * low, decimals),
        "high": style.number(factor * high, decimals),
    }
    effect = findings.effects.one(one.outcome, findings.configuration.main_strategy)
    if effect.conf_low <= 0 <= effect.conf_high:
        ends = {
            "low": style.number(factor * effect.conf_low, decimals),
            "high": style.number(factor * effect.conf_high, decimals),
        }
        return Verdict(_NAME, Grade.DOUBTFUL, _ALREADY.with_values(**(said | ends)), _ASKED, _MEANING)
    text = _FOUND.with_values(
        **said, benchmark=style.quoted(worst["benchmark"]), effect=style.number(factor * left, decimals)
    )
    off_zero = (low > 0 or high < 0) and float(worst["adjusted_se"]) > 0  # not where no interval is left
    grade = Grade.FAILS if left * observed <= 0 else Grade.HOLDS if off_zero else Grade.DOUBTFUL
    return Verdict(_NAME, grade, text, _ASKED, _MEANING)
