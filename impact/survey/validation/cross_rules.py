"""What must hold between tables: links, and treatment that follows from the group's dates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from impact.language import Text
from impact.survey.validation.violation import ComparedSides, Finding, Unchecked, found

if TYPE_CHECKING:
    import pandas as pd

    from impact.survey.package.rules import AssignmentRule
    from impact.survey.package.schema import ForeignKey
    from impact.survey.validation.typed_table import TypedTable


def foreign_keys(tables: Mapping[str, TypedTable]) -> tuple[list[Finding], list[Unchecked]]:
    """Find records that point to a record that the other table does not have.

    Parameters
    ----------
    tables : mapping of str to TypedTable

    Returns
    -------
    findings : list of Finding
    unchecked : list of Unchecked
        Links to tables that were not given.
    """
    findings: list[Finding] = []
    unchecked: list[Unchecked] = []
    for table in tables.values():
        for key in table.schema.foreign_keys:
            if not set(key.columns) <= set(table.frame.columns):
                continue
            other = tables.get(key.table)
            if other is None or not set(key.references) <= set(other.frame.columns):
                unchecked.append(_not_linked(table, key))
            else:
                findings += _orphans(table, other, key)
    return findings, unchecked


def _not_linked(table: TypedTable, key: ForeignKey) -> Unchecked:
    names = " + ".join(key.columns)
    return Unchecked(
        table.schema.name,
        "foreign_key",
        Text(
            en=f"{names} against table {key.table}: it was not given, or lacks {', '.join(key.references)}.",
            es=f"{names} frente a la tabla {key.table}: no se entregó, o no tiene "
            f"{', '.join(key.references)}.",
        ),
    )


def _orphans(table: TypedTable, other: TypedTable, key: ForeignKey) -> list[Finding]:
    import pandas as pd

    pointers = table.frame[list(key.columns)]
    complete = pointers.notna().all(axis=1).to_numpy()
    if len(key.columns) == 1:
        known = pointers[key.columns[0]].isin(other.frame[key.references[0]]).to_numpy()
    else:
        targets = pd.MultiIndex.from_frame(other.frame[list(key.references)].dropna().drop_duplicates())
        distinct = pointers.drop_duplicates()
        matched = distinct[pd.MultiIndex.from_frame(distinct).isin(targets)]
        known = pd.MultiIndex.from_frame(pointers).isin(pd.MultiIndex.from_frame(matched))
    names = " + ".join(key.columns)
    return found(
        table,
        key.columns[-1],
        "foreign_key",
        complete & ~known,
        problem=Text(
            en=f"{names} must exist in table {key.table}.",
            es=f"{names} debe existir en la tabla {key.table}.",
        ),
        remedy=Text(
            en=f"Correct the code, or add its record to table {key.table}.",
            es=f"Corrija el código, o agregue su registro a la tabla {key.table}.",
        ),
    )


def treatment_rules(tables: Mapping[str, TypedTable]) -> tuple[list[Finding], list[Unchecked]]:
    """Find treatment that varies within a group, contradicts its dates, or controls that were already paid.

    A group is treated if its first disbursement was made by its last interview. A control's first
    disbursement is missing or lies after its own interview: it is still in the pipeline.

    Parameters
    ----------
    tables : mapping of str to TypedTable

    Returns
    -------
    findings : list of Finding
    unchecked : list of Unchecked
    """
    findings: list[Finding] = []
    unchecked: list[Unchecked] = []
    for table in tables.values():
        rule = table.schema.rules.assignment
        if rule is None or rule.treatment not in table.frame.columns:
            continue
        if rule.group in table.frame.columns:
            findings += _varying(table, rule)
        groups = tables.get(rule.table)
        needed = {rule.group, rule.interview} <= set(table.frame.columns)
        if groups is None or not needed or not {rule.group, rule.date} <= set(groups.frame.columns):
            unchecked.append(_not_derived(table, rule))
        else:
            findings += _contradicted(table, groups, rule)
    return findings, unchecked


def _not_derived(table: TypedTable, rule: AssignmentRule) -> Unchecked:
    return Unchecked(
        table.schema.name,
        "treatment_dates",
        Text(
            en=f"{rule.treatment} against {rule.table}.{rule.date}: one of the tables or columns was not "
            "given.",
            es=f"{rule.treatment} frente a {rule.table}.{rule.date}: falta una de las tablas o columnas.",
        ),
    )


def _varying(table: TypedTable, rule: AssignmentRule) -> list[Finding]:
    """Point at the smaller side of each divided group, at all its members where the sides are equal."""
    treatment = table.frame[rule.treatment]
    share = treatment.groupby(table.frame[rule.group], sort=False, observed=True).transform("mean")
    divided = (share > 0) & (share < 1) & treatment.notna()
    minority = divided & ((treatment - share).abs() >= 0.5)
    return found(
        table,
        rule.treatment,
        "treatment_constant",
        minority.to_numpy(),
        problem=Text(
            en=f"{rule.treatment} must be the same for every record of one {rule.group}.",
            es=f"{rule.treatment} debe ser igual en todos los registros de un mismo {rule.group}.",
        ),
        remedy=Text(
            en=f"Correct {rule.treatment} or {rule.group}; treatment is assigned to groups.",
            es=f"Corrija {rule.treatment} o {rule.group}; el tratamiento se asigna a organizaciones.",
        ),
    )


def group_date(
    units: pd.DataFrame, groups: pd.DataFrame, rule: AssignmentRule, column: str
) -> pd.Series[Any]:
    """Return a date of each unit's group, missing where the group has none or is unknown."""
    import pandas as pd

    known = groups[[rule.group, column]].dropna(subset=[rule.group]).drop_duplicates(rule.group)
    dates = units[rule.group].map(known.set_index(rule.group)[column])
    return pd.to_datetime(dates)


def treatment_from_dates(units: pd.DataFrame, groups: pd.DataFrame, rule: AssignmentRule) -> pd.Series:
    """Return treatment as the dates give it.

    Parameters
    ----------
    units : DataFrame, one row per unit
        With the rule's group and interview date.
    groups : DataFrame, one row per group
        With the rule's date of first disbursement.
    rule : AssignmentRule

    Returns
    -------
    Series of float64, index of ``units``
        1 where the group's first disbursement was made by its last interview, else 0; missing where the
        group is not in ``groups`` or none of its interviews is dated.

    Examples
    --------
    >>> import pandas as pd
    >>> from impact.survey.package.schema import load_schema
    >>> units = pd.DataFrame({"group_id": ["A", "B"], "interview_date": pd.to_datetime(["2014-07-01"] * 2)})
    >>> groups = pd.DataFrame({"group_id": ["A", "B"], "disb1_date": pd.to_datetime(["2010-01-01", None])})
    >>> treatment_from_dates(units, groups, load_schema().tables["household"].rules.assignment).tolist()
    [1.0, 0.0]
    """
    last = units.groupby(rule.group, sort=False, observed=True)[rule.interview].transform("max")
    paid = group_date(units, groups, rule, rule.date)
    judged = last.notna() & units[rule.group].isin(groups[rule.group].dropna())
    treated: pd.Series = (paid <= last).astype("float64").where(judged)
    return treated


def _not_yet_approved(table: TypedTable, groups: TypedTable, rule: AssignmentRule) -> list[Finding]:
    """Point at interviews of controls that were held before their group was approved, or without an approval date."""
    if rule.approval is None or rule.approval not in groups.frame.columns:
        return []
    interview, code = table.frame[rule.interview], table.frame[rule.group]
    approved = group_date(table.frame, groups.frame, rule, rule.approval)
    judged = (
        (table.frame[rule.treatment] == 0) & interview.notna() & code.isin(groups.frame[rule.group].dropna())
    )
    judged &= _in_last_wave(table)
    late = (judged & ~(approved <= interview)).to_numpy()
    source = f"{rule.table}.{rule.approval}"
    return found(
        table,
        rule.interview,
        "control_not_approved",
        late,
        problem=Text(
            en=f"A control's {source} must not be missing or after its interview.",
            es=f"En un control, {source} no debe faltar ni ser posterior a la entrevista.",
        ),
        remedy=Text(
            en=f"Correct {source} or the interview date; a group that nobody had approved is not in the pipeline.",
            es=f"Corrija {source} o la fecha de entrevista; una organización sin aprobar no está en espera.",
        ),
        compared=ComparedSides(interview.to_numpy()[late], approved.to_numpy()[late], "<"),
    )


def _in_last_wave(table: TypedTable) -> pd.Series[bool]:
    """Return the rows of the last wave: a baseline may lie before anybody was approved."""
    rule = table.schema.rules.groups
    wave = None if rule is None else table.frame.get(rule.wave)
    if wave is None:
        return table.frame.index.to_series().notna()
    last: pd.Series[bool] = (wave == wave.max()) | wave.isna()
    return last


def _contradicted(table: TypedTable, groups: TypedTable, rule: AssignmentRule) -> list[Finding]:
    treatment = table.frame[rule.treatment]
    paid = group_date(table.frame, groups.frame, rule, rule.date)
    already = ((treatment == 0) & (paid <= table.frame[rule.interview])).to_numpy()
    derived = treatment_from_dates(table.frame, groups.frame, rule)
    contradicts = (derived.notna() & treatment.notna() & (derived != treatment)).to_numpy() & ~already
    source = f"{rule.table}.{rule.date}"
    pipeline = found(
        table,
        rule.interview,
        "control_disbursed",
        already,
        problem=Text(
            en=f"A control's {source} must be missing or after its interview.",
            es=f"En un control, {source} debe faltar o ser posterior a la entrevista.",
        ),
        remedy=Text(
            en=f"Correct {source} or the interview date; a group that was paid before is no control.",
            es=f"Corrija {source} o la fecha de entrevista; una organización ya desembolsada no es control.",
        ),
        compared=ComparedSides(
            table.frame[rule.interview].to_numpy()[already], paid.to_numpy()[already], "≥"
        ),
    )
    return (
        pipeline
        + _not_yet_approved(table, groups, rule)
        + found(
            table,
            rule.treatment,
            "treatment_dates",
            contradicts,
            problem=Text(
                en=f"{rule.treatment} must follow from {source}: 1 if paid by the group's last interview, else "
                "0.",
                es=f"{rule.treatment} se deriva de {source}: 1 si se pagó hasta la última entrevista del grupo, "
                "si no 0.",
            ),
            remedy=Text(
                en=f"Correct {source}, or derive {rule.treatment} from it.",
                es=f"Corrija {source}, o derive {rule.treatment} de esa fecha.",
            ),
        )
    )
