"""``[data]`` and ``[roles]``: which file is evaluated, how it is read, and what its columns are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from impact.errors import ImpactError, OptionError
from impact.evaluation.keys.tables import TableSource, further_tables, sheets_of_schema
from impact.evaluation.keys.treatment import assignment_rule, treatment_keys
from impact.evaluation.reading.build import build
from impact.evaluation.reading.toml_table import TomlTable
from impact.language import Text
from impact.survey.intake.intake import ONE_TABLE
from impact.survey.intake.plan import as_values
from impact.survey.package.rules import AssignmentRule
from impact.survey.package.schema import SurveySchema, load_schema


@dataclass(frozen=True, slots=True)
class FileKeys:
    """The keys of ``[data]``.

    Parameters
    ----------
    file : str
        Stata, SPSS, CSV, Excel or Parquet file, beside the configuration. A workbook whose sheets bear the names of the schema's
        tables is read whole.
    sheet : str, optional
        Sheet of a workbook with several.
    separator, decimal, encoding : str, optional
        Of a text file: found out where it allows one reading only.
    date_formats : table of texts, optional
        How a column writes its dates, such as "%d/%m/%Y".
    categorical, numeric : list of str
        Covariates that are categories, or quantities, whatever their labels. A column with a label for every value is a category.
    missing_codes : list, or table of lists by column
        Codes of a missing answer: [-98, -99, "NS/NR"].
    merge_spellings : bool
        Let values that differ in case, accents and spaces be one.
    wave : number or str, optional
        The wave that is evaluated, where the table holds several.
    period : str
        Reference period of the outcomes, such as "2014", where an outcome gives none of its own; a poverty outcome has that of its line.
    accept : list of str
        Rules whose breaches the analyst lives with; the report prints them.
    schema : bool or str
        true for the package's own data package, or the path of a datapackage.yaml.
    response : str, optional
        Column with the outcome of the interview.
    complete : str
        Its value for a complete interview.
    """

    file: str = ""
    sheet: str | None = None
    separator: str | None = None
    decimal: str | None = None
    encoding: str | None = None
    date_formats: Mapping[str, str] | None = None
    categorical: tuple[str, ...] = ()
    numeric: tuple[str, ...] = ()
    missing_codes: tuple[str | float, ...] | Mapping[str, tuple[str | float, ...]] = ()
    merge_spellings: bool = False
    wave: float | str | None = None
    period: str = ""
    accept: tuple[str, ...] = ()
    schema: bool | str = False
    response: str | None = None
    complete: str = "complete"

    @property
    def options(self) -> dict[str, Any]:
        """Keywords of ``read_survey``."""
        names = ("sheet", "separator", "decimal", "encoding", "date_formats")
        return {name: value for name in names if (value := getattr(self, name)) is not None}


@dataclass(frozen=True, slots=True)
class Roles:
    """The keys of ``[roles]``: keywords of ``im.Sample``."""

    treatment: str
    covariates: tuple[str, ...]
    cluster: str | None = None
    sampling_weight: str | None = None
    stratum: str | None = None
    id: str | None = None
    missing: Literal["raise", "drop"] = "raise"
    group_assigned: bool = False
    comparator: str = "controls"

    def __post_init__(self) -> None:
        if not self.covariates:
            raise OptionError(
                Text(
                    "covariates must name at least one column.",
                    "covariates debe nombrar al menos una columna.",
                )
            )

    @property
    def keywords(self) -> dict[str, Any]:
        """As ``im.Sample`` takes them."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__} | {
            "covariates": list(self.covariates)
        }


@dataclass(frozen=True, slots=True)
class DataSource:
    """Which file is evaluated and how it is read."""

    file: Path
    options: Mapping[str, Any] = field(default_factory=dict)
    categorical: tuple[str, ...] = ()
    schema: SurveySchema | None = None
    response: str | None = None
    complete: str = "complete"
    numeric: tuple[str, ...] = ()
    missing_codes: tuple[object, ...] | Mapping[str, tuple[object, ...]] = ()
    merge_spellings: bool = False
    wave: float | str | None = None
    accept: tuple[str, ...] = ()
    tables: Mapping[str, TableSource] = field(default_factory=dict)
    treated: tuple[object, ...] = ()
    control: tuple[object, ...] = ()
    rule: AssignmentRule | None = None

    def sources(self, language: str) -> dict[str, TableSource]:
        """Return every table that is read, by name: those of ``[tables]``, the schema's sheets of a workbook, or the one file."""
        if self.tables:
            return dict(self.tables)
        found = sheets_of_schema(self.file, self.options, self.schema, language)
        return found or {self._name: TableSource(self.file, self.options)}

    @property
    def folder(self) -> Path:
        """Where further files are found: beside the data file, or beside the configuration where ``[tables]`` names the data."""
        return self.file if self.tables and self.file.is_dir() else self.file.parent

    @property
    def _name(self) -> str:
        """The name of a table that stands alone: the schema's where the file bears it."""
        stem = self.file.stem
        known = () if self.schema is None else tuple(self.schema.tables)
        return stem if stem in known else ONE_TABLE


def data_source(top: TomlTable, folder: Path) -> DataSource:
    """Return the data file of a configuration, its path taken from the configuration's folder."""
    table = top.table("data")
    if table is None:
        raise top.error(
            Text(
                'table [data] is missing; it names the data file: [data] file = "survey.dta".',
                'falta la tabla [data]; nombra el archivo de datos: [data] file = "encuesta.dta".',
            )
        )
    keys = build(FileKeys, table)
    if not keys.file and "tables" not in top.values:
        raise table.error(
            Text(
                "key 'file' is missing; it names the data file in quotes.",
                "falta la clave 'file'; nombra entre comillas el archivo de datos.",
            )
        )
    schema = _schema(table, keys.schema, folder)
    tables = further_tables(top, folder, folder / keys.file)
    _refuse_unread(table, keys, tables, folder)
    treatment = treatment_keys(top)
    return DataSource(
        file=folder / keys.file,
        numeric=keys.numeric,
        missing_codes=keys.missing_codes,
        merge_spellings=keys.merge_spellings,
        wave=keys.wave,
        accept=keys.accept,
        tables=tables,
        treated=as_values(treatment.treated),
        control=as_values(treatment.control),
        rule=assignment_rule(top, treatment, schema),
        options=keys.options,
        categorical=keys.categorical,
        schema=schema,
        response=keys.response,
        complete=keys.complete,
    )


def _refuse_unread(table: TomlTable, keys: FileKeys, tables: Mapping[str, TableSource], folder: Path) -> None:
    """Refuse what [data] says of a file beside [tables] that no table reads."""
    if not tables:
        return
    if keys.file and all(source.file != folder / keys.file for source in tables.values()):
        raise table.error(
            Text(
                "key 'file' is read by no table: where the file has [tables], every table is named there. Leave it out, or name it as one: "
                '[tables.household] file = "{file}".',
                "ninguna tabla lee la clave 'file': donde hay [tables], allí se nombra cada tabla. Quítela, o nómbrela como una más: "
                '[tables.household] file = "{file}".',
                file=keys.file,
            ),
            "file",
        )
    said_again = any(
        source.file == folder / keys.file and source.options == keys.options for source in tables.values()
    )
    if keys.options and not said_again:
        name = next(iter(keys.options))
        raise table.error(
            Text(
                "key '{name}' is read by no table: where the file has [tables], each says how it is read. Write it in [tables.{first}].",
                "ninguna tabla lee la clave '{name}': donde hay [tables], cada una dice cómo se lee. Escríbala en [tables.{first}].",
                name=name,
                first=next(iter(tables)),
            ),
            name,
        )


def sample_roles(top: TomlTable) -> dict[str, Any]:
    """Return the keywords of ``im.Sample`` that a configuration gives."""
    table = top.table("roles")
    if table is None:
        raise top.error(
            Text(
                "table [roles] is missing; it names the columns: treatment, covariates, cluster, sampling_weight, …",
                "falta la tabla [roles]; nombra las columnas: treatment, covariates, cluster, sampling_weight, …",
            )
        )
    rule = top.values.get("treatment", {})
    if isinstance(rule, dict) and rule.get("rule") is True and "treatment" not in table.values:
        table = table.holding("treatment", "treated")
    return build(Roles, table).keywords


def _schema(table: TomlTable, value: bool | str, folder: Path) -> SurveySchema | None:
    """Return the data package that tells what may be a covariate: ``true`` for the package's own, or a path."""
    if isinstance(value, bool):
        return load_schema() if value else None
    try:
        return load_schema(folder / value)
    except ImpactError as problem:
        raise table.relocated(problem, "schema") from None
