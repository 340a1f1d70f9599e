"""The pipeline gate of a configuration or of survey files by itself: whether the controls wait, and which do not."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Sequence
from pathlib import Path

from impact.errors import DataError, DataQualityWarning
from impact.evaluation.configuration import read_configuration
from impact.evaluation.intake import configured_intake
from impact.evaluation.run import gate_found
from impact.language import Text
from impact.robustness.pipeline.gate import PipelineGate, pipeline_gate
from impact.survey.package.schema import load_schema
from impact.survey.package.tables import read_tables
from impact.survey.validation.programme_dates import GATE_RULES


def gate_of_configuration(path: str | Path, accept: Collection[str] = ()) -> tuple[PipelineGate, str]:
    """Return the gate of a configuration's survey, nothing estimated, and its language.

    Parameters
    ----------
    path : path
        The ``evaluation.toml``.
    accept : collection of str
        Rules to live with, beside those of the file; breaches of the gate alone do not stop the reading.

    Raises
    ------
    DataError
        The configuration names no dates of the programme.
    """
    configuration = read_configuration(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataQualityWarning)  # what the gate finds, its own sentence says
        read = configured_intake(configuration, {*accept, *GATE_RULES})
    gate = gate_found(read, configuration, accept)
    if gate is None:
        raise DataError(
            Text(
                (
                    "The survey tells no dates of the programme. Name the tables ([tables] household, group) with [data] "
                    "schema = true, or the columns: [gate] group, interview, table, date."
                ),
                (
                    "La encuesta no dice ninguna fecha del programa. Nombre las tablas ([tables] household, group) con "
                    "[data] schema = true, o las columnas: [gate] group, interview, table, date."
                ),
            )
        )
    return gate, configuration.language


def gate_of_files(files: Sequence[str], accept: Collection[str] = (), language: str = "es") -> PipelineGate:
    """Return the gate of survey files named like the schema's tables, or given as ``table=file``."""
    package = load_schema()
    named = dict(entry.split("=", 1) for entry in files if "=" in entry)
    tables = read_tables([entry for entry in files if "=" not in entry], package, language=language)
    tables |= read_tables(named, package, language=language)
    return pipeline_gate(tables, accept=accept)
