"""``[data]`` and ``[roles]``: which file is evaluated, how it is read, and what its columns are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from impact.errors import ImpactError, OptionError
from impact.evaluation.reading.build import build
from impact.evaluation.reading.toml_table import TomlTable
from impact.survey.package.schema import SurveySchema, load_schema


@dataclass(frozen=True, slots=True)
class FileKeys:
    """The keys of ``[data]``."""

    file: str
    sheet: str | None = None
    separator: str | None = None
    decimal: str | None = None
    encoding: str | None = None
    date_formats: Mapping[str, str] | None = None
    categorical: tuple[str, ...] = ()
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
            raise OptionError("covariates must name at least one column.")

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


def data_source(top: TomlTable, folder: Path) -> DataSource:
    """Return the data file of a configuration, its path taken from the configuration's folder."""
    table = top.table("data")
    if table is None:
        raise top.error('table [data] is missing; it names the data file: [data] file = "survey.dta".')
    keys = build(FileKeys, table)
    return DataSource(
        file=folder / keys.file,
        options=keys.options,
        categorical=keys.categorical,
        schema=_schema(table, keys.schema, folder),
        response=keys.response,
        complete=keys.complete,
    )


def sample_roles(top: TomlTable) -> dict[str, Any]:
    """Return the keywords of ``im.Sample`` that a configuration gives."""
    table = top.table("roles")
    if table is None:
        raise top.error(
            "table [roles] is missing; it names the columns: treatment, covariates, cluster, sampling_weight, …"
        )
    return build(Roles, table).keywords


def _schema(table: TomlTable, value: bool | str, folder: Path) -> SurveySchema | None:
    """Return the data package that tells what may be a covariate: ``true`` for the package's own, or a path."""
    if isinstance(value, bool):
        return load_schema() if value else None
    try:
        return load_schema(folder / value)
    except ImpactError as problem:
        raise table.relocated(problem, "schema") from None
