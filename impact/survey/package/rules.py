"""What must hold between the columns of a table, as the data package declares it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from impact.errors import DataError
from impact.language import Text
from impact.survey.package.eligibility import Eligibility

_USUAL = {"approval": "approval_date", "call": "call_date", "score": "score", "operating": "still_operating"}
"""The schema's columns for what a rule leaves open."""


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far the two sides of an identity may lie apart: the larger of the two allowances holds."""

    relative: float = 0.005
    absolute: float = 1.0


@dataclass(frozen=True, slots=True)
class SumRule:
    """``result`` = the sum of ``terms``, each times its factor (1 or −1)."""

    result: str
    terms: Mapping[str, float]

    @property
    def formula(self) -> str:
        """The right-hand side as written: ``a + b − c``."""
        signed = [f"{'+' if factor > 0 else '−'} {name}" for name, factor in self.terms.items()]
        return " ".join(signed).removeprefix("+ ")


@dataclass(frozen=True, slots=True)
class ProductRule:
    """``result`` = ``constant`` times the product of ``factors``."""

    result: str
    factors: tuple[str, ...]
    constant: float = 1.0

    @property
    def formula(self) -> str:
        """The right-hand side as written: ``a × b × 12``."""
        return " × ".join([*self.factors, *([f"{self.constant:g}"] if self.constant != 1 else [])])


@dataclass(frozen=True, slots=True)
class CeilingRule:
    """The sum of ``parts`` is at most ``whole``."""

    parts: tuple[str, ...]
    whole: str

    @property
    def formula(self) -> str:
        """The parts as written: ``a + b``."""
        return " + ".join(self.parts)


@dataclass(frozen=True, slots=True)
class AssignmentRule:
    """Treatment is assigned to groups and follows from the date of their first disbursement.

    Parameters
    ----------
    treatment, group, interview : str
        Columns of the unit table: treatment (0/1), the group that it is assigned to, the interview date.
    table, date : str
        The group table and its date of first disbursement. Where the units themselves hold the dates, ``table`` is their own.
    approval, call, score, operating : str, optional
        Further columns of the group table: approval of its plan, the call it answered, the appraisal score, whether its alliance
        still operates. Left out, they are ``approval_date``, ``call_date``, ``score`` and ``still_operating`` where the table has them.
    eligibility : tuple of Eligibility
        Whom the programme could have taken: applied to both arms before anyone is matched.

    Examples
    --------
    >>> import impact as im
    >>> rule = im.AssignmentRule("treated", "group_id", "interview_date", "group", "disb1_date")
    >>> rule.completed(["group_id", "disb1_date", "approval_date"]).approval
    'approval_date'
    """

    treatment: str
    group: str
    interview: str
    table: str
    date: str
    approval: str | None = None
    call: str | None = None
    score: str | None = None
    operating: str | None = None
    eligibility: tuple[Eligibility, ...] = ()

    def completed(self, columns: Collection[str]) -> AssignmentRule:
        """Return the rule with the usual columns for what it leaves open, where the group table has them."""
        found: dict[str, Any] = {
            part: column
            for part, column in _USUAL.items()
            if getattr(self, part) is None and column in columns
        }
        return replace(self, **found)

    def held_by(self, columns: Collection[str]) -> AssignmentRule:
        """Return the rule without the further columns that a group table does not have, as a survey may have collected fewer."""
        absent: dict[str, Any] = {
            part: None for part in _USUAL if getattr(self, part) not in (None, *columns)
        }
        return replace(self, **absent)

    @property
    def of_groups(self) -> dict[str, str]:
        """The columns of the group table that the rule names, by what they are."""
        parts = ("date", "approval", "call", "score", "operating")
        return {part: column for part in parts if (column := getattr(self, part)) is not None}


@dataclass(frozen=True, slots=True)
class GroupRule:
    """Units belong to groups whose record they may not contradict.

    Attributes
    ----------
    table, key : str
        The group table, and the column that names the group in both.
    same : tuple of str
        Columns of both tables that must agree.
    sampled, members : str
        Columns of the group table: units sampled, members in the frame.
    weight : str
        Column of the units: members ÷ sampled.
    wave : str
        Column of the units' wave, where there are several.
    """

    table: str
    key: str
    same: tuple[str, ...]
    sampled: str
    members: str
    weight: str
    wave: str


@dataclass(frozen=True, slots=True)
class TableRules:
    """Every rule of one table beyond its single columns."""

    tolerance: Tolerance
    sums: tuple[SumRule, ...]
    products: tuple[ProductRule, ...]
    ceilings: tuple[CeilingRule, ...]
    date_order: tuple[str, ...]
    assignment: AssignmentRule | None
    groups: GroupRule | None = None

    def columns(self) -> Iterator[str]:
        """Yield every column of the table that a rule names."""
        for sum_rule in self.sums:
            yield from (sum_rule.result, *sum_rule.terms)
        for product in self.products:
            yield from (product.result, *product.factors)
        for ceiling in self.ceilings:
            yield from (*ceiling.parts, ceiling.whole)
        yield from self.date_order
        if self.assignment is not None:
            yield from (self.assignment.treatment, self.assignment.group, self.assignment.interview)
        if self.groups is not None:
            yield from (self.groups.key, *self.groups.same, self.groups.weight, self.groups.wave)


def read_rules(entry: dict[str, Any], table: str) -> TableRules:
    """Return the rules written under ``rules`` of a resource; an unknown or misspelt entry is a DataError."""
    known = {"tolerance", "sums", "products", "ceilings", "date_order", "assignment", "groups"}
    if unknown := sorted(set(entry) - known):
        raise DataError(
            Text(
                "Rules of table {table} must be among {known}; got {unknown}.",
                "Las reglas de la tabla {table} deben estar entre {known}; se dio {unknown}.",
                table=table,
                known=", ".join(sorted(known)),
                unknown=", ".join(unknown),
            )
        )
    try:
        return TableRules(
            tolerance=Tolerance(**entry.get("tolerance", {})),
            sums=tuple(SumRule(rule["result"], dict(rule["terms"])) for rule in entry.get("sums", ())),
            products=tuple(
                ProductRule(rule["result"], tuple(rule["factors"]), float(rule.get("constant", 1)))
                for rule in entry.get("products", ())
            ),
            ceilings=tuple(
                CeilingRule(tuple(rule["parts"]), rule["whole"]) for rule in entry.get("ceilings", ())
            ),
            date_order=tuple(entry.get("date_order", ())),
            assignment=AssignmentRule(**entry["assignment"]) if "assignment" in entry else None,
            groups=_group_rule(entry["groups"]) if "groups" in entry else None,
        )
    except (TypeError, KeyError) as problem:
        raise DataError(
            Text(
                "A rule of table {table} has a missing or unknown part: {problem}.",
                "A una regla de la tabla {table} le falta una parte o tiene una desconocida: {problem}.",
                table=table,
                problem=problem,
            )
        ) from None


def _group_rule(entry: dict[str, Any]) -> GroupRule:
    return GroupRule(**{**entry, "same": tuple(entry["same"])})
