"""Which file or sheet holds which table of the survey."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from impact import checks
from impact.language import Text, refusal
from impact.survey.files.read import SurveyTable, read_survey
from impact.survey.files.spreadsheet import form_names, sheet_names
from impact.survey.package.schema import SurveySchema, given_or_own


def read_tables(
    files: Mapping[str, str | Path] | Iterable[str | Path],
    schema: SurveySchema | None = None,
    *,
    language: str = "en",
) -> dict[str, SurveyTable]:
    r"""Read the files of a survey and say which table each holds.

    Parameters
    ----------
    files : mapping of table name to path, or iterable of paths
        Without names, a file holds the table that it is named after (``household.dta``), and a workbook
        every table that one of its sheets is named after.
    schema : SurveySchema, optional
        None: the package's own schema for rural alliances.
    language : {"en", "es"}, default "en"
        Language of the messages.

    Returns
    -------
    dict of str to SurveyTable
        By table name, ready for ``validate``.

    Raises
    ------
    DataError
        A file cannot be read, holds no table of the schema by its name, or holds one that another file held.
    OptionError
        A given name is no table of the schema.

    Examples
    --------
    >>> import pathlib, tempfile, impact as im
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (folder / "household.csv").write_text("hh_id,head_age\nA-1,41\nA-2,35\n", encoding="utf-8")
    >>> tables = im.read_tables([folder / "household.csv"])
    >>> tables["household"].frame["head_age"].tolist()
    [41, 35]
    """
    schema = given_or_own(schema)
    tables: dict[str, SurveyTable] = {}
    if isinstance(files, Mapping):
        for name, path in files.items():
            checks.one_of(Text("The name of a table", "El nombre de una tabla"), name, tuple(schema.tables))
            tables[name] = read_survey(path, sheet=_sheet(Path(path), name, language), language=language)
        return tables
    for path in map(Path, files):
        for name in _names(path, schema, language):
            if name in tables:
                raise refusal(
                    language,
                    en=f"Table {name} must come once; {tables[name].source} and {path.name} both hold it.",
                    es=f"La tabla {name} debe venir una vez; está en {tables[name].source} y en {path.name}.",
                )
            tables[name] = read_survey(path, sheet=_sheet(path, name, language), language=language)
    return tables


def _names(path: Path, schema: SurveySchema, language: str) -> list[str]:
    """Return the tables that a file holds, by its own name or those of its sheets."""
    if path.suffix.lower() == ".xlsx" and path.is_file():
        sheets = [sheet for sheet in sheet_names(path, language) if sheet in schema.tables]
        if sheets:
            return sheets
        _require_a_filled_form(path, schema, language)
    if path.stem in schema.tables:
        return [path.stem]
    raise refusal(
        language,
        en=f"A file must bear the name of its table ({', '.join(schema.tables)}); got {path.name!r}. Rename "
        "it, or say "
        f"which table it holds: household={path.name}",
        es=f"Un archivo debe llevar el nombre de su tabla ({', '.join(schema.tables)}); se recibió "
        f"{path.name!r}. "
        f"Cámbiele el nombre, o indique qué tabla contiene: household={path.name}",
    )


def _require_a_filled_form(path: Path, schema: SurveySchema, language: str) -> None:
    forms = ", ".join(sheet for sheet in form_names(path, language) if sheet in schema.tables)
    if forms:
        raise refusal(
            language,
            en=f"{path.name} has no record yet: its forms ({forms}) hold headings alone. Fill in at least one row.",
            es=f"{path.name} no tiene registros todavía: sus formularios ({forms}) solo tienen encabezados. Llene "
            "al menos una fila.",
        )


def _sheet(path: Path, name: str, language: str) -> str | None:
    """Return the sheet that bears the table's name, where the file is a workbook that has one."""
    if path.suffix.lower() != ".xlsx" or not path.is_file():
        return None
    return name if name in sheet_names(path, language) else None
