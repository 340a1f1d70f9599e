"""The auditor at a file: which table it is, which rules, and what was found as a file."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pandas as pd

from impact.errors import DataError, OptionError
from impact.language import Text
from impact.monitoring.audit.claims import ClaimAudit, audit_claims
from impact.monitoring.audit.table import Audit, audit_table
from impact.monitoring.audit.words import in_english_headings, in_language


def audit_file(table: str | Path, rules: str | Path | None = None) -> Audit | ClaimAudit:
    """Audit a file: a published table, or, where it has the columns ``claim`` and ``value``, claims.

    Parameters
    ----------
    table : path
        .csv (comma or semicolon) or .xlsx; every cell is read as it is printed, so that decimals are kept.
    rules : path, optional
        .toml with ``[[rules]]``, each with ``rule`` and its fields. Only for tables.

    Returns
    -------
    Audit or ClaimAudit

    Raises
    ------
    OptionError
        The file cannot be read as such, or the rules are wrong.
    """
    path = Path(table)
    printed = _read(path)
    if {"claim", "value"} <= set(printed.columns):
        if rules is not None:
            raise OptionError(
                Text(
                    "{name} holds claims, which need no rules. Leave out --rules.",
                    "{name} tiene afirmaciones, que no necesitan reglas. Quite --rules.",
                    name=path.name,
                )
            )
        return audit_claims(printed)
    return audit_table(printed, None if rules is None else _rules(Path(rules)), name=path.stem)


def holds_claims(table: str | Path) -> bool:
    """Return whether a file holds claims rather than a printed table."""
    return {"claim", "value"} <= set(_read(Path(table)).columns)


def write_audit(found: Audit | ClaimAudit, out: str | Path, language: str = "en") -> Path:
    """Write what an audit found in a language, .csv or .xlsx, and return the path."""
    path, frame = Path(out), in_language(found.frame, language)
    if path.suffix.lower() == ".csv":
        frame.to_csv(path, index=False, encoding="utf-8")
    elif path.suffix.lower() == ".xlsx":
        frame.to_excel(path, index=False)
    else:
        raise OptionError(
            Text(
                "out must end in .csv or .xlsx; got {name!r}.",
                "out debe terminar en .csv o .xlsx; se dio {name!r}.",
                name=path.name,
            )
        )
    return path


def _read(path: Path) -> pd.DataFrame:
    if path.suffix.lower() == ".xlsx":
        return in_english_headings(pd.read_excel(path, dtype=str))
    if path.suffix.lower() != ".csv":
        raise OptionError(
            Text(
                "The table must be a .csv or .xlsx file; got {name!r}.",
                "La tabla debe ser un archivo .csv o .xlsx; se dio {name!r}.",
                name=path.name,
            )
        )
    try:
        table = pd.read_csv(path, dtype=str, sep=None, engine="python", encoding="utf-8-sig")
    except (pd.errors.ParserError, UnicodeDecodeError) as problem:
        raise DataError(
            Text(
                "{name} cannot be read as a table: {problem}.",
                "{name} no se puede leer como tabla: {problem}.",
                name=path.name,
                problem=problem,
            )
        ) from None
    return in_english_headings(table)


def _rules(path: Path) -> list[dict[str, Any]]:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as problem:
        raise OptionError(
            Text(
                "{name} is no TOML: {problem}.",
                "{name} no es TOML: {problem}.",
                name=path.name,
                problem=problem,
            )
        ) from None
    rules = content.get("rules")
    if not isinstance(rules, list) or not rules:
        raise OptionError(
            Text(
                "{name} must hold [[rules]], each with rule = and its fields; it holds none.",
                "{name} debe tener [[rules]], cada una con rule = y sus campos; no tiene ninguna.",
                name=path.name,
            )
        )
    return rules
