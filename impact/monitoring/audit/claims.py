"""The auditor of claims: no number without its estimand, and none compared with another estimand's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import pandas as pd

from impact import checks
from impact.errors import DataError, OptionError
from impact.monitoring.audit.figures import PrintedFigure
from impact.views import Exported, html_view, text_view

NOT_STATED = "not stated"

# Estimands and the words that announce them; the first that occurs is taken.
ESTIMANDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "before–after",
        ("before-after", "before–after", "antes-después", "antes–después", "increase vs increase"),
    ),
    (
        "difference-in-differences",
        ("difference-in-difference", "diferencia en diferencias", "double difference"),
    ),
    ("share of the control mean", ("control mean", "media de control", "media de los controles")),
    ("against matched controls", ("att", "matched", "emparejados", "matching")),
    ("subgroup", ("subgroup", "subgrupo")),
    ("economic return", ("err", "irr", "tir")),
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
        if reason := _not_comparable(self, other):
            raise DataError(f"{self.id} and {other.id} cannot be compared: {reason}.")
        return self.value - other.value


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class ClaimAudit(Exported):
    """What an audit of claims found.

    Attributes
    ----------
    frame : DataFrame
        One row a problem: ``rule``, ``claim`` (id), ``other`` (id of the claim that it is held against, or
        empty), ``printed``, ``implied``, ``explanation``.
    claims : tuple of Claim
        The claims as they were read, each with its estimand.
    """

    frame: pd.DataFrame
    claims: tuple[Claim, ...]

    @property
    def clean(self) -> bool:
        """Whether nothing was found."""
        return self.frame.empty

    @property
    def note(self) -> str:
        """How many claims were read and how many problems were found."""
        found = checks.counted(len(self.frame), "problem")
        return f"{checks.counted(len(self.claims), 'claim')} read; {found} found."

    def claim(self, name: str) -> Claim:
        """Return a claim by its id."""
        found = next((claim for claim in self.claims if claim.id == name), None)
        if found is None:
            raise OptionError(
                f"No claim is called {name!r}. There are: {checks.listed((c.id for c in self.claims), 60)}."
            )
        return found

    def difference(self, first: str, second: str) -> float:
        """Return the first claim's value less the second's; refused between estimands."""
        return self.claim(first).minus(self.claim(second))

    def __len__(self) -> int:
        return len(self.frame)

    def __repr__(self) -> str:
        return text_view(self.frame, [self.note], False)

    def _repr_html_(self) -> str:
        return html_view(self.frame, [self.note], False)


def audit_claims(claims: pd.DataFrame) -> ClaimAudit:
    """Hold what a text claims against its own arithmetic and against its estimands.

    Parameters
    ----------
    claims : DataFrame
        Columns ``claim`` (text), ``value`` and ``estimand`` (or ``estimand_or_method``), and where known ``id``
        and ``quantity``, what the number is about. Claims of one quantity are compared with each other.

    Returns
    -------
    ClaimAudit

    Raises
    ------
    DataError
        A column lacks, or there is no claim.

    Notes
    -----
    The rules:

    * *estimand not stated*: a number without what it estimates;
    * *before–after called attributable*: the text says counterfactual, the method has no comparison group;
    * *another estimand*: two numbers of one quantity that no arithmetic may compare;
    * *contradiction*: one quantity, one estimand, two numbers that no rounding reconciles; also where the claim
      itself sets two figures of one thing side by side ("83 vs 110 municipalities");
    * *arithmetic*: a fraction in the text that is not its percentage.

    Examples
    --------
    >>> import pandas as pd
    >>> import impact as im
    >>> claims = pd.DataFrame({"id": ["a", "b"], "claim": ["net income rose", "net income gain"], "value": [160, 63],
    ...     "estimand": ["before-after", "against matched controls"], "quantity": "net income"})
    >>> im.audit_claims(claims).frame["rule"].tolist()
    ['another estimand']
    >>> im.audit_claims(claims).difference("a", "b")
    Traceback (most recent call last):
    impact.errors.DataError: a and b cannot be compared: before–after is not against matched controls.
    """
    read = tuple(_read(claims))
    problems = [*(problem for claim in read for problem in _alone(claim)), *_together(read)]
    names = ["rule", "claim", "other", "printed", "implied", "explanation"]
    return ClaimAudit(pd.DataFrame(problems, columns=names), read)


def _read(claims: pd.DataFrame) -> Iterator[Claim]:
    checks.instance("claims", claims, "a DataFrame", isinstance(claims, pd.DataFrame))
    if claims.empty:
        raise DataError("claims has no rows. Pass one row a claim.")
    estimand = next((name for name in ("estimand", "estimand_or_method") if name in claims), "estimand")
    absent = [name for name in ("claim", "value", estimand) if name not in claims]
    if absent:
        raise DataError(
            f"claims must have the columns claim, value and estimand; {checks.listed(absent)} lacks. "
            f"It has: {checks.listed(claims.columns, 12)}."
        )
    for number, row in enumerate(claims.to_dict("records"), start=1):
        printed = "" if pd.isna(row["value"]) else str(row["value"]).strip()
        yield Claim(
            str(row.get("id", number)),
            str(row["claim"]),
            _number(printed),
            estimand_named("" if pd.isna(row[estimand]) else str(row[estimand])),
            "" if pd.isna(row.get("quantity")) else str(row.get("quantity")),
            printed,
        )


def estimand_named(text: str) -> str:
    """Return the estimand that a text announces, or "not stated".

    Examples
    --------
    >>> estimand_named("ATT / control mean"), estimand_named("before-after, alliance unit"), estimand_named("")
    ('share of the control mean', 'before–after', 'not stated')
    """
    lower = text.lower()
    for name, words in ESTIMANDS:
        if name == lower or any(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", lower) for word in words):
            return name
    return NOT_STATED


def _number(text: str) -> float:
    try:
        return float(text.rstrip("%x ").replace(",", "."))
    except ValueError:
        return float("nan")


def _alone(claim: Claim) -> Iterator[tuple[str, str, str, str, str, str]]:
    """Yield what is wrong with one claim by itself."""
    if claim.estimand == NOT_STATED and claim.value == claim.value:
        text = "the number does not say what it estimates: which difference, of whom, over which denominator"
        yield ("estimand not stated", claim.id, "", claim.printed, "", text)
    if claim.estimand == "before–after" and any(word in claim.text.lower() for word in ATTRIBUTABLE):
        text = "a change from before to after has no comparison group: it is not what happened because of the programme"
        yield ("before–after called attributable", claim.id, "", claim.printed, "", text)
    for part, whole, shown in _fractions(claim.text):
        implied = 100 * float(part) / float(whole)
        low, high = PrintedFigure("", "", "", shown).behind()
        if not low <= implied <= high:
            text = f"{part}/{whole} is {implied:.1f} %"
            yield ("arithmetic", claim.id, "", shown, f"{implied:.1f}", text)
    for first, second in [*_VERSUS.findall(claim.text), *_SHOULD_BE.findall(claim.text)]:
        if not _reconcilable(first, second):
            text = f"one thing, two figures: {first} and {second}"
            yield ("contradiction", claim.id, "", first, second, text)


def _fractions(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield the fractions of a text with the percentage that it gives them, or is said to have printed."""
    printed = _PRINTED.search(text)
    for found in _FRACTION.finditer(text):
        shown = found.group(3)
        yield found.group(1), found.group(2), printed.group(1) if printed else shown


def _together(claims: tuple[Claim, ...]) -> Iterator[tuple[str, str, str, str, str, str]]:
    """Yield the pairs of claims about one quantity that cannot be compared, or contradict each other."""
    for first, second in combinations(claims, 2):
        if not first.quantity or first.quantity != second.quantity or first.value != first.value:
            continue
        if second.value != second.value:
            continue
        if reason := _not_comparable(first, second):
            yield ("another estimand", first.id, second.id, first.printed, second.printed, reason)
        elif not _reconcilable(first.printed, second.printed):
            text = f"{first.quantity}, {first.estimand}: {first.printed} and {second.printed}"
            yield ("contradiction", first.id, second.id, first.printed, second.printed, text)


def _not_comparable(first: Claim, second: Claim) -> str:
    if NOT_STATED in (first.estimand, second.estimand):
        silent = first.id if first.estimand == NOT_STATED else second.id
        return f"{silent} does not state its estimand"
    if first.estimand != second.estimand:
        return f"{first.estimand} is not {second.estimand}"
    return ""


def _reconcilable(first: str, second: str) -> bool:
    """Return whether one number, or one range, can be printed as both."""
    if "-" in first[1:] or "-" in second[1:]:
        return first == second
    ends = [PrintedFigure("", "", "", text.rstrip("%x ")).behind() for text in (first, second)]
    return ends[0][0] < ends[1][1] and ends[1][0] < ends[0][1]
