"""A field's particulars as words: what a form, a codebook and a message say of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from impact.language import LANGUAGES, Text

if TYPE_CHECKING:
    import pandas as pd

    from impact.survey.package.schema import SurveyField, SurveySchema

TYPES = {
    "string": Text(en="text", es="texto"),
    "integer": Text(en="whole number", es="número entero"),
    "number": Text(en="number", es="número"),
    "boolean": Text(en="yes (1) or no (0)", es="sí (1) o no (0)"),
    "date": Text(en="date", es="fecha"),
}


def type_text(field: SurveyField, language: str) -> str:
    """Return the type in words; a field with categories is a choice."""
    if field.categories:
        return Text(en="choice", es="opción").to(language)
    return TYPES[field.type].to(language)


def range_text(field: SurveyField) -> str:
    """Return the range as it is written in both languages: ``15 – 99``, ``≥ 0``."""
    if field.minimum is None:
        return "" if field.maximum is None else f"≤ {field.maximum}"
    return f"≥ {field.minimum}" if field.maximum is None else f"{field.minimum} – {field.maximum}"


def categories_text(field: SurveyField, language: str) -> str:
    """Return the permitted answers with their labels, where these differ: ``refused = Refused; ...``."""
    labels = [(category.value, category.label.to(language)) for category in field.categories]
    return "; ".join(value if value == label else f"{value} = {label}" for value, label in labels)


def missing_text(field: SurveyField, schema: SurveySchema, language: str) -> str:
    """Return the missing codes with their meaning: ``-98 = Does not know; ...``."""
    known = schema.missing_codes
    return "; ".join(
        f"{code} = {known[code].to(language)}" if code in known else code for code in field.missing_codes
    )


def codebook_frame(schema: SurveySchema) -> pd.DataFrame:
    """Return one row per field of every table, each particular in both languages.

    Parameters
    ----------
    schema : SurveySchema

    Returns
    -------
    DataFrame
        Columns table, name, label_es, label_en, type_es, type_en, unit_es, unit_en, role_es, role_en,
        timing_es, timing_en, range, categories_es, categories_en, missing_es, missing_en, required,
        sensitive, description_es, description_en.

    Examples
    --------
    >>> from impact.survey.package.schema import load_schema
    >>> book = codebook_frame(load_schema()).set_index(["table", "name"])
    >>> book.loc[("household", "head_age"), ["label_es", "unit_es", "range"]].tolist()
    ['Edad del jefe(a)', 'años', '15 – 99']
    """
    import pandas as pd

    rows = [
        {"table": table.name, **_particulars(field, schema)}
        for table in schema.tables.values()
        for field in table.fields.values()
    ]
    return pd.DataFrame(rows)


def _particulars(field: SurveyField, schema: SurveySchema) -> dict[str, object]:
    nothing = Text("", "")
    unit, timing, role = (
        field.unit or nothing,
        schema.timings.get(field.timing, nothing),
        schema.roles[field.role],
    )
    return {
        "name": field.name,
        **{f"label_{language}": field.label.to(language) for language in LANGUAGES},
        **{f"type_{language}": type_text(field, language) for language in LANGUAGES},
        **{f"unit_{language}": unit.to(language) for language in LANGUAGES},
        **{f"role_{language}": role.to(language) for language in LANGUAGES},
        **{f"timing_{language}": timing.to(language) for language in LANGUAGES},
        "range": range_text(field),
        **{f"categories_{language}": categories_text(field, language) for language in LANGUAGES},
        **{f"missing_{language}": missing_text(field, schema, language) for language in LANGUAGES},
        "required": field.required,
        "sensitive": field.sensitive,
        **{f"description_{language}": field.description.to(language) for language in LANGUAGES},
    }
