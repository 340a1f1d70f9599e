"""The auditor of published tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from dataclasses import fields as dataclass_fields
from typing import Any, ClassVar

import pandas as pd

from impact import checks
from impact.errors import OptionError
from impact.language import Text
from impact.monitoring.audit.agreement import InOrder, Same, Stated
from impact.monitoring.audit.arithmetic import Percentages, PossiblePercentages, SharesAddUp, Sums
from impact.monitoring.audit.figures import Printed
from impact.monitoring.audit.rule import FigureCheck, Rule
from impact.monitoring.audit.words import audit_text
from impact.views import Exported, html_view, kept_texts

AUDIT_COLUMNS = tuple(FigureCheck.__dataclass_fields__)

# The names of rules in a file of rules.
RULES: dict[str, type] = {
    "sum": Sums,
    "percentage": Percentages,
    "shares add up": SharesAddUp,
    "possible percentage": PossiblePercentages,
    "order": InOrder,
    "same figure": Same,
    "stated": Stated,
}
# Labels that announce a sum, in the two languages of the programme.
TOTALS = frozenset({"total", "all", "todos", "suma"})


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Audit(Exported):
    """What an audit found.

    Attributes
    ----------
    frame : DataFrame
        One row a figure that does not hold: ``rule``, ``table``, ``row``, ``column``, ``printed``, ``implied``,
        ``implied_low`` and ``implied_high`` (with what rounding leaves open), ``holds``, ``explanation``.
    checked : DataFrame
        The same for every figure that was held against others.

    Examples
    --------
    >>> import pandas as pd, impact as im
    >>> printed = pd.DataFrame({"cost": ["management"], "appraisal": [4.43], "actual": [8.93], "percent": [276]})
    >>> audit = im.audit_table(printed, [im.Percentages("percent", "actual", "appraisal")])
    >>> audit.frame[["row", "column", "printed", "implied"]].round(1).values.tolist()
    [['management', 'percent', 276.0, 201.6]]
    >>> len(audit.checked), audit.clean
    (1, False)
    """

    TITLE: ClassVar[Text] = Text("Audit of printed tables", "Auditoría de tablas impresas")

    checked: pd.DataFrame

    @property
    def frame(self) -> pd.DataFrame:
        """The violations."""
        return self.checked[~self.checked["holds"].astype(bool)].reset_index(drop=True)

    @property
    def clean(self) -> bool:
        """Whether every figure holds."""
        return bool(self.checked["holds"].astype(bool).all())

    @property
    def note(self) -> Text:
        """How many figures were checked and how many do not hold."""
        return Text(
            "{figures} checked; {wrong} {wrong:does|do} not hold.",
            "{figures} {figures:revisada|revisadas}; {wrong} no se {wrong:sostiene|sostienen}.",
            figures=checks.counted(len(self.checked), "figure"),
            wrong=len(self.frame),
        )

    def __len__(self) -> int:
        return len(self.frame)

    def told(self, language: str = "en") -> str:
        """Return what does not hold as a text in a language."""
        shown = ("rule", "table", "row", "column", "printed", "implied", "explanation")
        return audit_text(self.frame, shown, self.note, language)

    def __repr__(self) -> str:
        return self.told()

    def _repr_html_(self) -> str:
        return html_view(self.frame, [self.note], False)


def audit_table(
    table: pd.DataFrame, rules: Sequence[Rule | Mapping[str, Any]] | None = None, name: str = "table"
) -> Audit:
    """Hold the figures of a published table against each other, rounding taken into account.

    Parameters
    ----------
    table : DataFrame
        As printed: long, with columns ``row``, ``column``, ``value`` and, for several tables, ``table``; or as it
        stands on the page, labels in the first column. A dash or an empty cell is no figure. Text keeps the
        decimals that were printed (``dtype=str``); a number shows those it has.
    rules : sequence of rules or dicts, optional
        ``im.Sums``, ``im.Percentages``, ``im.SharesAddUp``, ``im.PossiblePercentages``, ``im.InOrder``,
        ``im.Same``, ``im.Stated``, or dicts such as ``{"rule": "sum", "total": "all"}``. None: what the labels
        announce, by :func:`rules_of_labels`.
    name : str
        What the table is called where it has no name of its own.

    Returns
    -------
    Audit

    Raises
    ------
    OptionError
        A rule or one of its fields is unknown.
    DataError
        A cell holds no figure, or a rule names a row or column that is not there.

    Notes
    -----
    A printed figure stands for every number that rounds to it; whole numbers in a sum are counts and stand for
    themselves unless the rule says ``rounded``. A figure is a violation only where no numbers behind the printed ones
    satisfy the rule.

    Examples
    --------
    >>> import pandas as pd
    >>> import impact as im
    >>> printed = pd.DataFrame({"buyer": ["kept", "changed", "total"], "Lago": [15, 1, 16], "all": [43, 21, 64]})
    >>> im.audit_table(printed, [im.Sums("total")]).clean
    True
    >>> table = pd.DataFrame({"cost": ["management"], "appraisal": [4.43], "actual": [8.93], "percent": [276]})
    >>> im.audit_table(table, [im.Percentages("percent", "actual", "appraisal")]).frame["implied"].round(1).tolist()
    [201.6]
    """
    printed = Printed.of(table, name)
    chosen = rules_of_labels(printed) if rules is None else [_rule(rule) for rule in rules]
    found = [asdict(finding) for rule in chosen for finding in rule.findings(printed)]
    table_of = pd.DataFrame(found, columns=list(AUDIT_COLUMNS))
    return Audit(table_of.assign(explanation=kept_texts(one["explanation"] for one in found)))


def rules_of_labels(printed: Printed) -> list[Rule]:
    """Return the sums that labels announce.

    Parameters
    ----------
    printed : Printed

    Returns
    -------
    list of Rule
        A row or column called total, all or sum is held against the run of neighbouring ones that most often
        adds up to it; where none ever does, against all others. Percentages, shares and means are not added up.
    """
    rules: list[Rule] = []
    for table in printed.tables:
        one = printed.named(table)
        for along, labels in (("rows", one.rows()), ("columns", one.columns())):
            across = one.columns() if along == "rows" else one.rows()
            only = [label for label in across if not _is_derived(label)]
            parts = [label for label in labels if not (_is_total(label) or _is_derived(label))]
            for total in filter(_is_total, labels):
                run = _run_that_adds_up(one, along, total, parts, only)
                if run:
                    rules.append(Sums(total, run, along, only, table))
    return rules


def _run_that_adds_up(
    printed: Printed, along: str, total: str, parts: Sequence[str], only: Sequence[str]
) -> Sequence[str]:
    """Return the neighbouring labels whose sum is the total most often, the longest of equals."""
    runs = [parts[i:j] for i in range(len(parts)) for j in range(i + 2, len(parts) + 1)]
    held = [sum(finding.holds for finding in Sums(total, run, along, only).findings(printed)) for run in runs]
    best = max(zip(held, map(len, runs), range(len(runs)), strict=True), default=(0, 0, 0))
    if best[0]:
        return runs[best[2]]
    return parts if along == "rows" and len(parts) > 1 else ()


def _is_total(label: str) -> bool:
    return bool(set(label.lower().split()) & TOTALS) and "percent" not in label.lower()


def _is_derived(label: str) -> bool:
    words = ("percent", "%", "mean", "share", "porcentaje", "promedio", "media")
    return any(word in label.lower() for word in words)


def _rule(rule: Rule | Mapping[str, Any]) -> Rule:
    """Return a rule from a file's table of its fields, or itself."""
    if not isinstance(rule, Mapping):
        checks.instance(
            "rules",
            rule,
            Text("a rule such as im.Sums('total')", 'una regla, como rule = "sum", total = "total"'),
            isinstance(rule, Rule),
        )
        return rule
    fields = dict(rule)
    kind = fields.pop("rule", None)
    checks.one_of("rule", kind, tuple(RULES))
    known = [field.name for field in dataclass_fields(RULES[str(kind)])]
    unknown = sorted(set(fields) - set(known))
    if unknown:
        raise OptionError(
            Text(
                "The rule {kind!r} has no field {unknown!r}. It has: {known}.",
                "La regla {kind!r} no tiene el campo {unknown!r}. Tiene: {known}.",
                kind=kind,
                unknown=unknown[0],
                known=checks.listed(known, 12),
            )
        )
    try:
        built: Rule = RULES[str(kind)](**fields)
    except TypeError as problem:
        raise OptionError(
            Text(
                "The rule {kind!r} lacks a field: {problem}.",
                "A la regla {kind!r} le falta un campo: {problem}.",
                kind=kind,
                problem=problem,
            )
        ) from None
    return built
