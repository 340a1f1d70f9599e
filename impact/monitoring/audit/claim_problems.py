"""What is wrong with a claim by itself, and with two claims of one quantity."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import combinations

from impact.language import Text
from impact.monitoring.audit.claim import ESTIMAND_NAMES, NOT_STATED, Claim, not_comparable
from impact.monitoring.audit.digits import NUMBER, decimal_of, plain_digits, stripped
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
_FRACTION = re.compile(rf"({NUMBER})\s*/\s*({NUMBER})\s*=\s*({NUMBER})\s*%?")
_PRINTED = re.compile(rf"(?:printed|impreso)\s+({NUMBER})")
_VERSUS = re.compile(
    rf"(?<![\d.,])({NUMBER}(?:[-–]\d+)?)\s+(?:vs\.?|against|versus|frente a|contra)\s+({NUMBER}(?:[-–]\d+)?)(?![\d.-])"
)
_SHOULD_BE = re.compile(rf"({NUMBER})\s+(?:should be|debería ser)\s+({NUMBER})")
_RANGE = re.compile(rf"([+-]?{NUMBER})\s*[-–]\s*({NUMBER})")


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
        decimal = decimal_of((part, whole, shown))
        base = float(plain_digits(whole, decimal))
        if base == 0:
            continue
        implied = 100 * float(plain_digits(part, decimal)) / base
        low, high = _behind(shown, decimal)
        if not low <= implied <= high:
            said = f"{implied:.1f}".replace(".", decimal)
            text = Text(
                "{part}/{whole} is {implied} %", "{part}/{whole} es {implied} %", part=part, whole=whole, implied=said
            )  # fmt: skip
            yield ("arithmetic", claim.id, "", shown, said, text)
    for first, second in [*_VERSUS.findall(claim.text), *_SHOULD_BE.findall(claim.text)]:
        if not _reconcilable(first, second, decimal_of((first, second))):
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


def problems_together(claims: Sequence[Claim], decimal: str = ".") -> Iterator[Problem]:
    """Yield the pairs of claims about one quantity that cannot be compared, or contradict each other."""
    numbers = [one for one in claims if one.quantity and _ends(one.printed, decimal) is not None]
    for first, second in combinations(numbers, 2):
        if first.quantity.strip().casefold() != second.quantity.strip().casefold():
            continue
        if reason := not_comparable(first, second):
            yield ("another estimand", first.id, second.id, first.printed, second.printed, reason)
        elif not _reconcilable(first.printed, second.printed, decimal):
            text = Text(
                "{quantity}, {estimand}: {first} and {second}",
                "{quantity}, {estimand}: {first} y {second}",
                quantity=first.quantity,
                estimand=ESTIMAND_NAMES[first.estimand],
                first=first.printed,
                second=second.printed,
            )
            yield ("contradiction", first.id, second.id, first.printed, second.printed, text)


def _reconcilable(first: str, second: str, decimal: str) -> bool:
    """Return whether one number, or one range, can be printed as both; a number may lie in a range."""
    ends, other = _ends(first, decimal), _ends(second, decimal)
    if ends is None or other is None:
        return first == second
    if _RANGE.fullmatch(stripped(first)) and _RANGE.fullmatch(stripped(second)):
        return ends == other
    return ends[0] < other[1] and other[0] < ends[1]


def _ends(text: str, decimal: str) -> tuple[float, float] | None:
    """Return the smallest and largest number that a figure or a range stands for, None where it is neither."""
    if found := _RANGE.fullmatch(stripped(text)):
        return _behind(found.group(1), decimal)[0], _behind(found.group(2), decimal)[1]
    return _behind(text, decimal) if re.fullmatch(rf"[+-]?{NUMBER}", stripped(text)) else None


def _behind(text: str, decimal: str) -> tuple[float, float]:
    return PrintedFigure("", "", "", plain_digits(text, decimal)).behind()
