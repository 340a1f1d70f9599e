"""``[treatment]``: who is treated, by value or label, or by the dates of the programme."""

from __future__ import annotations

from dataclasses import dataclass

from impact.errors import OptionError
from impact.evaluation.reading.build import build
from impact.evaluation.reading.toml_table import TomlTable
from impact.language import Text
from impact.survey.intake.plan import as_values
from impact.survey.package.rules import AssignmentRule
from impact.survey.package.schema import SurveySchema

Value = str | int | float | bool


@dataclass(frozen=True, slots=True)
class TreatmentKeys:
    """The keys of ``[treatment]``.

    Parameters
    ----------
    treated, control : value, or list of values
        Values or labels of the treatment column that mean each arm.
    rule : bool
        Derive treatment from dates: a group is treated if its first disbursement was made by its last interview. The columns are
        the schema's, or those named here.
    group, interview, table, date : str
        With ``rule``: columns of the group and of the interview date among the units; the table of the groups, and its date of
        first disbursement.
    """

    treated: Value | tuple[Value, ...] = ()
    control: Value | tuple[Value, ...] = ()
    rule: bool = False
    group: str | None = None
    interview: str | None = None
    table: str | None = None
    date: str | None = None

    def __post_init__(self) -> None:
        named = [name for name in ("group", "interview", "table", "date") if getattr(self, name) is not None]
        if self.rule and (as_values(self.treated) or as_values(self.control)):
            raise OptionError(
                Text(
                    "rule derives treatment from dates; leave out treated and control, or rule.",
                    "rule deriva el tratamiento de fechas; quite treated y control, o rule.",
                )
            )
        if not self.rule and named:
            raise OptionError(
                Text(
                    "{named} belongs to rule = true, which derives treatment from dates.",
                    "{named} corresponde a rule = true, que deriva el tratamiento de fechas.",
                    named=named[0],
                )
            )
        if self.rule and named and len(named) < 4:
            raise OptionError(
                Text(
                    "rule needs group, interview, table and date, or none of them with a schema that has them.",
                    "rule necesita group, interview, table y date, o ninguna de ellas con un esquema que las tenga.",
                )
            )


def treatment_keys(top: TomlTable) -> TreatmentKeys:
    """Return what a configuration says of treatment."""
    table = top.table("treatment")
    return TreatmentKeys() if table is None else build(TreatmentKeys, table)


def assignment_rule(
    top: TomlTable, keys: TreatmentKeys, schema: SurveySchema | None
) -> AssignmentRule | None:
    """Return the rule by which dates make treatment, or None."""
    if not keys.rule:
        return None
    if keys.group is not None:
        return AssignmentRule("", keys.group, str(keys.interview), str(keys.table), str(keys.date))
    known = () if schema is None else (table.rules.assignment for table in schema.tables.values())
    found = next((rule for rule in known if rule is not None), None)
    if found is None:
        table = top.table("treatment")
        assert table is not None
        raise table.error(
            Text(
                (
                    "key 'rule' needs a schema that says which dates make treatment ([data] schema = true), or the keys "
                    "group, interview, table and date."
                ),
                (
                    "la clave 'rule' necesita un esquema que diga qué fechas hacen el tratamiento ([data] schema = "
                    "true), o las claves group, interview, table y date."
                ),
            ),
            "rule",
        )
    return found
