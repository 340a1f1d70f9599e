"""The auditor of claims: no number without its estimand, and none compared with another estimand's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from impact import checks
from impact.errors import DataError, OptionError
from impact.language import Text
from impact.monitoring.audit.claim import Claim, estimand_named
from impact.monitoring.audit.claim_problems import alone, problems_together
from impact.monitoring.audit.digits import decimal_of, plain_digits
from impact.monitoring.audit.words import audit_text, in_english_headings
from impact.views import Exported, html_view, kept_texts


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

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> claims = pd.DataFrame({"id": ["a", "b"], "claim": ["net income rose", "net income gain"], "value": [160, 63],
    ...     "estimand": ["before-after", "against matched controls"], "quantity": "net income"})
    >>> audit = im.audit_claims(claims)
    >>> audit.frame[["rule", "claim", "other"]].values.tolist()
    [['another estimand', 'a', 'b']]
    >>> [claim.estimand for claim in audit.claims]
    ['before–after', 'against matched controls']
    """

    TITLE: ClassVar[Text] = Text("Audit of claims", "Auditoría de afirmaciones")

    frame: pd.DataFrame
    claims: tuple[Claim, ...]

    @property
    def clean(self) -> bool:
        """Whether nothing was found."""
        return self.frame.empty

    @property
    def note(self) -> Text:
        """How many claims were read and how many problems were found."""
        return Text(
            "{claims} read; {found} found.",
            "{claims} {claims:leída|leídas}; {found} {found:hallado|hallados}.",
            claims=checks.counted(len(self.claims), "claim"),
            found=checks.counted(len(self.frame), "problem"),
        )

    def claim(self, name: str) -> Claim:
        """Return a claim by its id."""
        found = next((claim for claim in self.claims if claim.id == name), None)
        if found is None:
            raise OptionError(
                Text(
                    "No claim is called {name!r}. There are: {c}.",
                    "Ninguna afirmación se llama {name!r}. Hay: {c}.",
                    name=name,
                    c=checks.listed((c.id for c in self.claims), 60),
                )
            )
        return found

    def difference(self, first: str, second: str) -> float:
        """Return the first claim's value less the second's; refused between estimands."""
        return self.claim(first).minus(self.claim(second))

    def __len__(self) -> int:
        return len(self.frame)

    def told(self, language: str = "en") -> str:
        """Return the problems as a text in a language."""
        return audit_text(self.frame, self.frame.columns, self.note, language)

    def __repr__(self) -> str:
        return self.told()

    def _repr_html_(self) -> str:
        return html_view(self.frame, [self.note], False)


def audit_claims(claims: pd.DataFrame) -> ClaimAudit:
    """Hold what a text claims against its own arithmetic and against its estimands.

    Parameters
    ----------
    claims : DataFrame
        Columns ``claim`` (text), ``value`` and ``estimand`` (or ``estimand_or_method``), and where known ``id``
        and ``quantity``, what the number is about; in Spanish ``afirmación``, ``valor``, ``estimando``, ``cantidad``.
        Claims of one quantity are compared with each other. Decimals may stand after a comma.

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
    checks.instance("claims", claims, Text("a DataFrame", "un DataFrame"), isinstance(claims, pd.DataFrame))
    claims = in_english_headings(claims)
    decimal = decimal_of(map(str, claims["value"])) if "value" in claims else "."
    read = tuple(_read(claims, decimal))
    problems = [*(problem for claim in read for problem in alone(claim)), *problems_together(read, decimal)]
    names = ["rule", "claim", "other", "printed", "implied", "explanation"]
    table = pd.DataFrame(problems, columns=names)
    return ClaimAudit(table.assign(explanation=kept_texts(problem[-1] for problem in problems)), read)


def _read(claims: pd.DataFrame, decimal: str) -> Iterator[Claim]:
    if claims.empty:
        raise DataError(
            Text(
                "claims has no rows. Pass one row a claim.",
                "claims no tiene filas. Dé una fila por afirmación.",
            )
        )
    estimand = next((name for name in ("estimand", "estimand_or_method") if name in claims), "estimand")
    absent = [name for name in ("claim", "value", estimand) if name not in claims]
    if absent:
        raise DataError(
            Text(
                "claims must have the columns claim, value and estimand; {absent} lacks. It has: {claims}.",
                "claims debe tener las columnas claim, value y estimand; falta {absent}. Tiene: {claims}.",
                absent=checks.listed(absent),
                claims=checks.listed(claims.columns, 12),
            )
        )
    for number, row in enumerate(claims.to_dict("records"), start=1):
        printed = "" if pd.isna(row["value"]) else str(row["value"]).strip()
        yield Claim(
            str(row.get("id", number)),
            str(row["claim"]),
            _number(printed, decimal),
            estimand_named("" if pd.isna(row[estimand]) else str(row[estimand])),
            "" if pd.isna(row.get("quantity")) else str(row.get("quantity")),
            printed,
        )


def _number(text: str, decimal: str) -> float:
    try:
        return float(plain_digits(text, decimal))
    except ValueError:
        return float("nan")
