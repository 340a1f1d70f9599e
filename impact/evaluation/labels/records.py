"""What the report calls the columns and categories of the programme's own records: the data package's labels."""

from __future__ import annotations

from dataclasses import replace

from impact.evaluation.findings import Findings
from impact.report.words.names import Names
from impact.report.words.style import Style
from impact.survey.package.schema import load_schema


def with_record_names(findings: Findings, style: Style) -> Style:
    """Return the style that also knows the columns, categories and units of tables beside the survey."""
    schema = findings.configuration.data.schema or load_schema()
    fields = [field for table in schema.tables.values() for field in table.fields.values()]
    language = style.language
    categories = {one.value: language.text(one.label) for field in fields for one in field.categories}
    columns = {field.name: language.text(field.label) for field in fields}
    units = {field.name: language.text(field.unit) for field in fields if field.unit is not None}
    labels = categories | columns | dict(style.names.labels)
    return replace(style, names=Names(labels, style.names.levels, units))
