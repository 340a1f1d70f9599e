"""The survey's data package, read once: what every field is in both languages, and what holds between them."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from impact import checks
from impact.errors import DataError
from impact.language import Text
from impact.survey.package.rules import TableRules, read_rules

DESCRIPTOR = "datapackage.yaml"
FIELD_TYPES = ("string", "integer", "number", "boolean", "date")


@dataclass(frozen=True, slots=True)
class Category:
    """One permitted answer: the stored value and its label."""

    value: str
    label: Text


@dataclass(frozen=True, slots=True)
class SurveyField:
    """One column of a survey table.

    Attributes
    ----------
    name : str
        Column name, the same in every file format.
    type : str
        ``string``, ``integer``, ``number``, ``boolean`` or ``date``.
    label, description : Text
        What the column holds and what to mind, in Spanish and English.
    unit : Text or None
        Unit of measurement.
    role, timing : str
        Keys of the schema's vocabularies ``roles`` and ``timings``; ``timing`` may be empty.
    sensitive : bool
        The value may identify or harm a person: it is masked in every report.
    required : bool
        The column must be there and hold a value in every row.
    unique : bool
        No value may come twice.
    minimum, maximum : float, str or None
        Range, both ends included; ISO text for a date.
    pattern : str or None
        Regular expression that the whole text must match.
    categories : tuple of Category
        Permitted answers; empty for an open field.
    missing_codes : tuple of str
        Codes that stand for a missing answer.
    """

    name: str
    type: str
    label: Text
    description: Text
    unit: Text | None
    role: str
    timing: str
    sensitive: bool
    required: bool
    unique: bool
    minimum: float | str | None
    maximum: float | str | None
    pattern: str | None
    categories: tuple[Category, ...]
    missing_codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """Columns whose values must exist in another table."""

    columns: tuple[str, ...]
    table: str
    references: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableSchema:
    """One survey table: its fields, its key, its links and its rules."""

    name: str
    label: Text
    fields: Mapping[str, SurveyField]
    primary_key: tuple[str, ...]
    foreign_keys: tuple[ForeignKey, ...]
    rules: TableRules


@dataclass(frozen=True, slots=True, repr=False)
class SurveySchema:
    """The tables of a survey and the vocabularies that their fields use.

    Attributes
    ----------
    title : Text
    tables : mapping of str to TableSchema
    roles, timings, missing_codes : mapping of str to Text
        Every short word of the descriptor with its Spanish and English text.

    Examples
    --------
    >>> import impact as im
    >>> schema = im.load_schema()
    >>> list(schema.tables)[:3]
    ['household', 'group', 'municipality']
    >>> schema.tables["household"].fields["head_age"].label.es
    'Edad del jefe(a)'
    """

    title: Text
    tables: Mapping[str, TableSchema]
    roles: Mapping[str, Text]
    timings: Mapping[str, Text]
    missing_codes: Mapping[str, Text]

    def __repr__(self) -> str:
        """Name the schema, not all that it holds: it stands among the roles of a survey."""
        fields = sum(len(table.fields) for table in self.tables.values())
        return f"SurveySchema({str(self.title)!r}, {len(self.tables)} tables, {fields} fields)"

    def with_role(self, role: str) -> tuple[str, ...]:
        """Return the columns of a role, table by table, each name once."""
        named = (
            name
            for table in self.tables.values()
            for name, field in table.fields.items()
            if field.role == role
        )
        return tuple(dict.fromkeys(named))

    def find(self, column: str) -> SurveyField | None:
        """Return the field of that name, looked up table by table in the order of the descriptor, or None."""
        for table in self.tables.values():
            if column in table.fields:
                return table.fields[column]
        return None


def data_schema_folder() -> Path:
    """Return the folder that holds the descriptor of the survey tables.

    In an installed package the folder lies inside ``impact``, in a source tree or editable installation
    beside it.

    Returns
    -------
    pathlib.Path
        Existing folder with ``datapackage.yaml``.

    Raises
    ------
    DataError
        The installation lacks the folder.

    Examples
    --------
    >>> (data_schema_folder() / "datapackage.yaml").is_file()
    True
    """
    from importlib import resources

    packaged = Path(str(resources.files("impact") / "data_schema"))
    beside = Path(__file__).resolve().parents[3] / "data_schema"
    for folder in (packaged, beside):
        if (folder / DESCRIPTOR).is_file():
            return folder
    raise DataError(
        Text(
            (
                "data_schema/{descriptor} must lie inside the installed package or beside it; got neither. Reinstall "
                "impact-evaluation."
            ),
            (
                "data_schema/{descriptor} debe estar dentro del paquete instalado o junto a él; no está en ninguno. "
                "Reinstale impact-evaluation."
            ),
            descriptor=DESCRIPTOR,
        )
    )


def load_schema(path: str | Path | None = None) -> SurveySchema:
    """Read a survey's data package.

    Parameters
    ----------
    path : path, optional
        A ``datapackage.yaml`` or its folder. None: the package's own schema for rural alliances.

    Returns
    -------
    SurveySchema

    Raises
    ------
    DataError
        The file is absent or not YAML, or a field lacks a label in either language, names an unknown type,
        role, timing or unit, or a key or rule names an absent field.

    Examples
    --------
    >>> schema = load_schema()
    >>> field = schema.tables["household"].fields["head_age"]
    >>> field.label.es, field.unit.es, field.minimum, field.maximum
    ('Edad del jefe(a)', 'años', 15, 99)
    """
    descriptor = Path(path) if path is not None else data_schema_folder()
    if descriptor.is_dir():
        descriptor = descriptor / DESCRIPTOR
    return _load(descriptor.resolve())


def require_schema(schema: object) -> None:
    """Refuse what is no schema where one may be given."""
    checks.instance(
        "schema",
        schema,
        Text(
            "a SurveySchema, such as im.load_schema(), or None",
            "un SurveySchema, como im.load_schema(), o None",
        ),
        schema is None or isinstance(schema, SurveySchema),
    )


def given_or_own(schema: SurveySchema | None) -> SurveySchema:
    """Return a schema, the package's own where none is given."""
    require_schema(schema)
    return load_schema() if schema is None else schema


@functools.cache
def _load(descriptor: Path) -> SurveySchema:
    import yaml

    try:
        content = yaml.safe_load(descriptor.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DataError(
            Text(
                "The schema must be a data package file; got {name}, which does not exist.",
                "El esquema debe ser un archivo de paquete de datos; se dio {name}, que no existe.",
                name=descriptor.name,
            )
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError) as problem:
        raise DataError(
            Text(
                "{name} must be YAML in UTF-8; got: {problem}.",
                "{name} debe ser YAML en UTF-8; se leyó: {problem}.",
                name=descriptor.name,
                problem=problem,
            )
        ) from None
    if not isinstance(content, dict) or not isinstance(content.get("resources"), list):
        raise DataError(
            Text(
                "{name} must be a data package with a list of resources.",
                "{name} debe ser un paquete de datos con una lista de resources.",
                name=descriptor.name,
            )
        )
    try:
        return _survey(content)
    except KeyError as missing:
        raise DataError(
            Text(
                "{name} lacks the entry {missing} in one of its parts.",
                "A {name} le falta la entrada {missing} en una de sus partes.",
                name=descriptor.name,
                missing=missing,
            )
        ) from None


def _survey(content: dict[str, Any]) -> SurveySchema:
    schema = SurveySchema(
        title=Text(en=content["title"], es=content["title_es"]),
        tables={part["name"]: _table(part, content) for part in content["resources"]},
        roles=_vocabulary(content["roles"]),
        timings=_vocabulary(content["timings"]),
        missing_codes={
            code["value"]: Text(en=code["label"], es=code["label_es"]) for code in content["missing_codes"]
        },
    )
    for table in schema.tables.values():
        _links_exist(table, schema)
    return schema


def _vocabulary(words: dict[str, dict[str, str]]) -> Mapping[str, Text]:
    return {word: Text(en=text["en"], es=text["es"]) for word, text in words.items()}


def _table(part: dict[str, Any], content: dict[str, Any]) -> TableSchema:
    schema = part["schema"]
    fields = {entry["name"]: _field(entry, part["name"], content) for entry in schema["fields"]}
    if len(fields) != len(schema["fields"]):
        raise DataError(
            Text(
                "Table {part} must name each field once.",
                "La tabla {part} debe nombrar cada campo una vez.",
                part=part["name"],
            )
        )
    return TableSchema(
        name=part["name"],
        label=Text(en=part["title"], es=part["title_es"]),
        fields=fields,
        primary_key=tuple(schema["primaryKey"]),
        foreign_keys=tuple(
            ForeignKey(tuple(key["fields"]), key["reference"]["resource"], tuple(key["reference"]["fields"]))
            for key in schema.get("foreignKeys", ())
        ),
        rules=read_rules(part.get("rules", {}), part["name"]),
    )


def _field(entry: dict[str, Any], table: str, content: dict[str, Any]) -> SurveyField:
    where = Text(
        "Field {name} of table {table}",
        "El campo {name} de la tabla {table}",
        name=entry["name"],
        table=table,
    )
    allowed = {"type": FIELD_TYPES, "role": tuple(content["roles"])}
    if "timing" in entry:
        allowed["timing"] = tuple(content["timings"])
    if "unit" in entry:
        allowed["unit"] = tuple(content["units"])
    for key, words in allowed.items():
        if entry[key] not in words:
            raise DataError(
                Text(
                    "{where} must have a {key} among {words}; got {entry!r}.",
                    "{where} debe tener {key} entre {words}; se dio {entry!r}.",
                    where=where,
                    key=key,
                    words=", ".join(words),
                    entry=entry[key],
                )
            )
    bounds = entry.get("constraints", {})
    unit = content["units"][entry["unit"]] if "unit" in entry else None
    return SurveyField(
        name=entry["name"],
        type=entry["type"],
        label=Text(en=entry["title"], es=entry["title_es"]),
        description=Text(en=entry["description"], es=entry["description_es"])
        if "description" in entry
        else Text("", ""),
        unit=Text(en=unit["en"], es=unit["es"]) if unit else None,
        role=entry["role"],
        timing=entry.get("timing", ""),
        sensitive=bool(entry.get("sensitive", False)),
        required=bool(bounds.get("required", False)),
        unique=bool(bounds.get("unique", False)),
        minimum=bounds.get("minimum"),
        maximum=bounds.get("maximum"),
        pattern=bounds.get("pattern"),
        categories=tuple(
            Category(item["value"], Text(item["label"], item["label_es"]))
            for item in entry.get("categories", ())
        ),
        missing_codes=tuple(code for code in entry.get("missingValues", ()) if code),
    )


def _links_exist(table: TableSchema, schema: SurveySchema) -> None:
    """Require that every key and rule of a table names fields that exist."""
    named = [(column, table.name) for column in (*table.primary_key, *table.rules.columns())]
    for key in table.foreign_keys:
        named += [(column, table.name) for column in key.columns] + [
            (column, key.table) for column in key.references
        ]
    if table.rules.assignment is not None:
        named.append((table.rules.assignment.date, table.rules.assignment.table))
    for column, owner in named:
        if owner not in schema.tables or column not in schema.tables[owner].fields:
            raise DataError(
                Text(
                    "A key or rule of table {name} names {owner}.{column}, which the schema does not have.",
                    "Una llave o regla de la tabla {name} nombra {owner}.{column}, que el esquema no tiene.",
                    name=table.name,
                    owner=owner,
                    column=column,
                )
            )
