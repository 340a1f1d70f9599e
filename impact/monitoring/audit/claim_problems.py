"""What is wrong with a claim by itself, and with two claims of one quantity."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations

from impact.language import Text
from impact.monitoring.audit.claim import ESTIMAND_NAMES, NOT_STATED, Claim, not_comparable
from impact.monitoring.audit.figures import PrintedFigure

Problem = tuple[str, str, str, str, str, Text]

ATTRIBUTABLE = (
    "counterfactual",
    "impact of",
    "attributable",
    "because of",
    "caused",
    "contrafactual",
    "atribuible",
)
_FRACTION = re.compile(r"(\d+(?:\.\d+)?)\s*/\s*(\d+(?:\.\d+)?)\s*=\s*(\d+(?:\.\d+)?)\s*%?")
_PRINTED = re.compile(r"(?:printed|impreso)\s+(\d+(?:\.\d+)?)")
_VERSUS = re.compile(
    r"(?<![\d.])(\d+(?:\.\d+)?(?:-\d+)?)\s+(?:vs\.?|against|versus|frente a|contra)\s+(\d+(?:\.\d+)?(?:-\d+)?)(?![\d.-])"
)
_SHOULD_BE = re.compile(r"(\d+(?:\.\d+)?)\s+(?:should be|debería ser)\s+(\d+(?:\.\d+)?)")


def alone(claim: Claim) -> Iterator[Problem]:
    """Yield what is wrong with one claim by itself."""
    if claim.estimand == NOT_STATED and claim.value == claim.value:
        text = Text(
            "the number does not say what it estimates: which difference, of whom, over which denominator",
            "el número no dice qué estima: qué diferencia, de quiénes, sobre qué denominador",
        )
        yield ("estimand not stated", claim.id, "", claim.printed, "", text)
    if claim.estimand == "before–after" and any(word in claim.text.lower() for word in ATTRIBUTABLE):
        text = Text(
            "a change from before to after has no comparison group: it is not what happened because of the programme",
            "un cambio de antes a después no tiene grupo de comparación: no es lo que ocurrió por el programa",
        )
        yield ("before–after called attributable", claim.id, "", claim.printed, "", text)
    for part, whole, shown in _fractions(claim.text):
        implied = 100 * float(part) / float(whole)
        low, high = PrintedFigure("", "", "", shown).behind()
        if not low <= implied <= high:
            text = Text(
                "{part}/{whole} is {implied} %",
                "{part}/{whole} es {implied} %",
                part=part,
                whole=whole,
                implied=f"{implied:.1f}",
            )
            yield ("arithmetic", claim.id, "", shown, f"{implied:.1f}", text)
    for first, second in [*_VERSUS.findall(claim.text), *_SHOULD_BE.findall(claim.text)]:
        if not _reconcilable(first, second):
            text = Text(
                "one thing, two figures: {first} and {second}",
                "una cosa, dos cifras: {first} y {second}",
                first=first,
                second=second,
            )
            yield ("contradiction", claim.id, "", first, second, text)


def _fractions(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield the fractions of a text with the percentage that it gives them, or is said to have printed."""
    printed = _PRINTED.search(text)
    for found in _FRACTION.finditer(text):
        shown = found.group(3)
        yield found.group(1), found.group(2), printed.group(1) if printed else shown


def problems_together(claims: tuple[Claim, ...]) -> Iterator[Problem]:
    """Yield the pairs of claims about one quantity that cannot be compared, or contradict each other."""
    for first, second in combinations(claims, 2):
        if not first.quantity or first.quantity != second.quantity or first.value != first.value:
            continue
        if second.value != second.value:
            continue
        if reason := not_comparable(first, second):
            yield ("another estimand", first.id, second.id, first.printed, second.printed, reason)
        elif not _reconcilable(first.printed, second.printed):
            text = Text(
                "{quantity}, {estimand}: {first} and {second}",
                "{quantity}, {estimand}: {first} y {second}",
                quantity=first.quantity,
                estimand=ESTIMAND_NAMES[first.estimand],
                first=first.printed,
                second=second.printed,
            )
            yield ("contradiction", first.id, second.id, first.printed, second.printed, text)


def _reconcilable(first: str, second: str) -> bool:
    """Return whether one number, or one range, can be printed as both."""
    if "-" in first[1:] or "-" in second[1:]:
        return first == second
    ends = [PrintedFigure("", "", "", text.rstrip("%x ")).behind() for text in (first, second)]
    return ends[0][0] < ends[1][1] and ends[1][0] < ends[0][1]
