"""init_evaluation(): a commented evaluation.toml from a data file, with what was guessed and why."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from pathlib import Path

from impact.errors import CollinearCovariatesError, ImpactError, ImpactWarning, OptionError
from impact.evaluation.configuration import read_configuration
from impact.evaluation.intake import configured_sample
from impact.evaluation.starting.guesses import ARMS_SAID, Guesses, guessed
from impact.language import Text, refusal
from impact.survey.files.read import SurveyTable, read_survey
from impact.survey.files.spreadsheet import sheet_names
from impact.survey.package.schema import load_schema

_HEAD = Text(
    "What follows was guessed from the columns of {file}: read every line, correct it, then run\n"
    "#     impact check {name}\n#     impact evaluate {name}",
    "Lo que sigue se dedujo de las columnas de {file}: lea cada línea, corríjala, y ejecute\n"
    "#     impact check {name}\n#     impact evaluate {name}",
    file="",
    name="",
)
_SCHEMA_LINE = Text(
    "the columns are those of the survey's data package: codes, answers, dates and rules are read from it",
    "las columnas son las del paquete de datos de la encuesta: de él se leen códigos, respuestas, fechas y reglas",
)
_CODES = Text("codes of a missing answer, if the file has any", "códigos de respuesta faltante, si los hay")
_DERIVED = Text(
    "nobody says who is treated: it follows from the dates of disbursement and interview",
    "ninguna columna dice quién recibió el programa: se deriva de las fechas de desembolso y de entrevista",
)
_NOT_FOUND = Text("NOT GUESSED: write the column's name", "NO SE DEDUJO: escriba el nombre de la columna")
_BY = Text("guessed by '{word}'", "deducido por '{word}'", word="")
_BY_SCHEMA = Text("by the data package", "por el paquete de datos")
_COVARIATES = Text(
    "only what the programme could not change: fixed, or from before it",
    "solo lo que el programa no pudo cambiar: fijo, o anterior a él",
)
_REPEATED = Text(
    "left out, as the others say the same: {columns}",
    "sin {columns}: las demás ya dicen lo mismo",
    columns=(),
)
_UNIT = Text("write the unit: it stands on every table", "escriba la unidad: aparece en cada cuadro")
_TREATED = Text(
    "if its values are no sí/no: which value means treated, which control",
    "si sus valores no son sí/no: qué valor es beneficiario y cuál control",
)
_ARMS = Text("the values say it: check which is which", "lo dicen los valores: revise cuál es cuál")
_BY_VALUES = Text("guessed by its values", "deducido por sus valores")
_GROUPS = Text(
    "the programme is given to groups: they are the unit of inference",
    "el programa se da a grupos: son la unidad de inferencia",
)


def init_evaluation(path: str | Path, out: str | Path | None = None, language: str = "es") -> Path:
    """Write a commented evaluation.toml for a data file.

    Parameters
    ----------
    path : path
        The data file. A workbook's sheets become tables that are joined by their keys.
    out : path, optional
        By default ``evaluation.toml`` beside the file. One that exists is left alone.
    language : {"es", "en"}
        Of the comments and of the evaluation.

    Returns
    -------
    pathlib.Path
        What was written.

    Raises
    ------
    OptionError
        The configuration exists.
    DataError
        The file cannot be read.
    """
    file = Path(path)
    target = file.with_name("evaluation.toml") if out is None else Path(out)
    if target.exists():
        raise OptionError(
            Text(
                f"{target.name!r} exists already and is left alone. Pass another path: --out.",
                f"{target.name!r} ya existe y no se toca. Indique otra ruta: --out.",
            ).to(language)
        )
    tables = _read(file, language)
    found = guessed(tables, load_schema())
    target.write_text(_written(file, target, tables, found, language), encoding="utf-8")
    while (repeated := _repeated(target, found)) is not None:
        found.covariates.remove(repeated)
        found.repeated.append(repeated)
        target.write_text(_written(file, target, tables, found, language), encoding="utf-8")
    return target


def _repeated(target: Path, found: Guesses) -> str | None:
    """Return a guessed covariate that says what the others say, as the department does beside the region; None without one.

    What else the data break is for ``impact check`` to tell.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ImpactWarning)
        try:
            configured_sample(read_configuration(target))
        except CollinearCovariatesError as problem:
            terms = tuple(problem.terms)
            behind = (
                name for name in reversed(found.covariates) if any(term.startswith(name) for term in terms)
            )
            return next(behind, None)
        except ImpactError:
            return None
    return None


def _read(file: Path, language: str) -> dict[str, SurveyTable]:
    if file.suffix.lower() == ".toml":
        raise refusal(
            language,
            en="init needs a data file (.dta, .sav, .csv, .xlsx, .parquet); got a .toml file.",
            es="init necesita un archivo de datos (.dta, .sav, .csv, .xlsx, .parquet); se recibió un .toml.",
        )
    sheets = sheet_names(file, language) if file.suffix.lower() == ".xlsx" and file.is_file() else []
    if len(sheets) < 2:
        return {file.stem: read_survey(file, language=language)}
    tables = {}
    for sheet in sheets:
        if not sheet.startswith("Variables"):
            tables[sheet] = read_survey(file, sheet=sheet, language=language)
    return tables


def _written(
    file: Path, target: Path, tables: Mapping[str, SurveyTable], found: Guesses, language: str
) -> str:
    lines = [f"# {_HEAD.with_values(file=file.name, name=target.name).to(language)}", ""]
    title = Text("Impact evaluation", "Evaluación de impacto").to(language)
    lines += [f'title = "{title}"', f'language = "{language}"', ""]
    lines += _data(file, target, tables, found, language)
    lines += _roles(found, language)
    for name in found.outcomes or ["?"]:
        why = f"   # {_why(found, name, language)}" if found.outcomes else f"   # {_NOT_FOUND.to(language)}"
        lines += ["[[outcomes]]", f"column = {json.dumps(name, ensure_ascii=False)}{why}"]
        if not found.by_schema:
            lines.append(f'# unit = "Bs"   # {_UNIT.to(language)}')
        lines.append("")
    return "\n".join(lines)


def _data(
    file: Path, target: Path, tables: Mapping[str, SurveyTable], found: Guesses, language: str
) -> list[str]:
    try:
        place = file.resolve().relative_to(target.resolve().parent).as_posix()
    except ValueError:
        place = file.resolve().as_posix()
    quoted = json.dumps(place, ensure_ascii=False)
    lines = ["[data]", f"file = {quoted}"]
    if found.by_schema:
        lines.append(f"schema = true   # {_SCHEMA_LINE.to(language)}")
    lines.append(f'# missing_codes = [-98, -99, "NS/NR"]   # {_CODES.to(language)}')
    if found.response:
        lines.append(f"response = {json.dumps(found.response)}")
    lines.append("")
    joined = [name for name in tables if name == found.units or name in found.keys]
    if len(tables) > 1:
        for name in joined:
            lines += [
                f"[tables.{json.dumps(name, ensure_ascii=False)}]",
                f"sheet = {json.dumps(name, ensure_ascii=False)}",
            ]
            if name in found.keys:
                lines.append(f"key = {json.dumps(found.keys[name], ensure_ascii=False)}")
            lines.append("")
    return lines


def _roles(found: Guesses, language: str) -> list[str]:
    lines: list[str] = []
    if found.derived:
        lines += ["[treatment]", f"rule = true   # {_DERIVED.to(language)}", ""]
    lines.append("[roles]")
    if not found.derived:
        lines.append(_role(found, "treatment", language))
    covariates = json.dumps(found.covariates or ["?"], ensure_ascii=False)
    why = _COVARIATES if found.covariates else _NOT_FOUND
    lines.append(f"covariates = {covariates}   # {why.to(language)}")
    if found.repeated:
        lines.append(f"# {_REPEATED.with_values(columns=tuple(found.repeated)).to(language)}")
    for role in ("cluster", "sampling_weight", "id"):
        if getattr(found, role):
            lines.append(_role(found, role, language))
    if found.cluster:
        lines.append(f"group_assigned = true   # {_GROUPS.to(language)}")
    lines += ['missing = "drop"', ""]
    if found.derived:
        return lines
    if found.arms is not None:
        treated, control = (json.dumps(value, ensure_ascii=False) for value in found.arms)
        return [
            *lines,
            "[treatment]",
            f"treated = {treated}   # {_ARMS.to(language)}",
            f"control = [{control}]",
            "",
        ]
    return [
        *lines,
        "# [treatment]",
        f'# treated = "Sí"   # {_TREATED.to(language)}',
        '# control = ["No"]',
        "",
    ]


def _role(found: Guesses, role: str, language: str) -> str:
    column = getattr(found, role)
    why = _why(found, column, language) if column else _NOT_FOUND.to(language)
    return f"{role} = {json.dumps(column or '?', ensure_ascii=False)}   # {why}"


def _why(found: Guesses, column: str, language: str) -> str:
    reason = found.reasons.get(column, "")
    if reason == ARMS_SAID:
        return _BY_VALUES.to(language)
    return (_BY_SCHEMA if reason == "schema" else _BY.with_values(word=reason)).to(language)
