"""A claim: a number with its estimand, which no arithmetic may set against another estimand's."""

from __future__ import annotations

import re
from dataclasses import dataclass

from impact.errors import DataError
from impact.language import Text

NOT_STATED = "not stated"

# Estimands and the words that announce them; the first that occurs is taken.
ESTIMANDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "before–after",
        (
            "before-after",
            "before–after",
            "before and after",
            "antes-después",
            "antes–después",
            "antes y después",
            "antes-despues",
            "antes y despues",
            "increase vs increase",
        ),
    ),
    (
        "difference-in-differences",
        (
            "difference-in-difference",
            "difference-in-differences",
            "diferencia en diferencias",
            "double difference",
            "doble diferencia",
        ),
    ),
    ("share of the control mean", ("control mean", "media de control", "media de los controles")),
    ("against matched controls", ("att", "matched", "emparejados", "matching")),
    ("subgroup", ("subgroup", "subgrupo")),
    ("economic return", ("err", "irr", "tir", "tasa de retorno", "rate of return")),
    ("survival", ("survival", "sobrevivencia", "supervivencia", "multi-state")),
    ("targeting", ("targeting", "concentration", "focalización")),
    (
        "descriptive",
        (
            "descriptive",
            "multi-response",
            "response rate",
            "conditional",
            "descriptivo",
            "stated as",
            "share of",
        ),
    ),
)

ESTIMAND_NAMES = {
    "before–after": Text("before–after", "antes–después"),
    "difference-in-differences": Text("difference-in-differences", "diferencia en diferencias"),
    "share of the control mean": Text("share of the control mean", "proporción de la media de los controles"),
    "against matched controls": Text("against matched controls", "frente a controles emparejados"),
    "subgroup": Text("subgroup", "subgrupo"),
    "economic return": Text("economic return", "rendimiento económico"),
    "survival": Text("survival", "supervivencia"),
    "targeting": Text("targeting", "focalización"),
    "descriptive": Text("descriptive", "descriptivo"),
    NOT_STATED: Text("not stated", "no declarado"),
}
"""The estimands in words."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A number with what it claims to be.

    Attributes
    ----------
    id, text : str
    value : float
        Missing where the claim holds no single number.
    estimand : str
        One of the names in ``ESTIMANDS``, or "not stated".
    quantity : str
        What the number is about, such as "net income"; claims are compared within it.
    printed : str
        The value's digits as printed.

    Examples
    --------
    >>> import impact as im
    >>> a = im.Claim("a", "net income rose by 160 %", 160.0, "before–after", "net income")
    >>> b = im.Claim("b", "63 % more than the controls", 63.0, "against matched controls", "net income")
    >>> a.minus(b)
    Traceback (most recent call last):
    impact.errors.DataError: a and b cannot be compared: before–after is not against matched controls.
    """

    id: str
    text: str
    value: float
    estimand: str
    quantity: str
    printed: str = ""

    def minus(self, other: Claim) -> float:
        """Return this value less another one's, or refuse.

        Raises
        ------
        DataError
            The two are not of one estimand, or one of them does not say which it is.
        """
        if reason := not_comparable(self, other):
            raise DataError(
                Text(
                    "{id} and {id_2} cannot be compared: {reason}.",
                    "{id} y {id_2} no se pueden comparar: {reason}.",
                    id=self.id,
                    id_2=other.id,
                    reason=reason,
                )
            )
        return self.value - other.value


def estimand_named(text: str) -> str:
    """Return the estimand that a text announces, or "not stated".

    Examples
    --------
    >>> estimand_named("ATT / control mean"), estimand_named("before-after, alliance unit"), estimand_named("")
    ('share of the control mean', 'before–after', 'not stated')
    """
    lower = text.strip().lower()
    for name, words in ESTIMANDS:
        if lower in (name, ESTIMAND_NAMES[name].to("es").lower()) or any(
            re.search(rf"(?<!\w){re.escape(word)}(?!\w)", lower) for word in words
        ):
            return name
    return NOT_STATED


def not_comparable(first: Claim, second: Claim) -> Text:
    """Return why two claims cannot be compared, or nothing."""
    if NOT_STATED in (first.estimand, second.estimand):
        silent = first.id if first.estimand == NOT_STATED else second.id
        return Text("{silent} does not state its estimand", "{silent} no declara su estimando", silent=silent)
    if first.estimand != second.estimand:
        return Text(
            "{first} is not {second}",
            "{first} no es {second}",
            first=ESTIMAND_NAMES[first.estimand],
            second=ESTIMAND_NAMES[second.estimand],
        )
    return Text("")
