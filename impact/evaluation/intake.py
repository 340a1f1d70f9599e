"""The survey that a configuration names, through the one door: read, translated, checked, joined."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from impact.effects.heterogeneity.ranking import Baseline
from impact.errors import DataError, OptionError
from impact.evaluation.analyses.gate import Gate
from impact.evaluation.analyses.monitoring.records import ReadsFiles, admit_record
from impact.evaluation.columns_needed import require_columns
from impact.evaluation.labels.schema_units import outcomes_with_units
from impact.evaluation.reading.analysis import NamesColumns
from impact.evaluation.reading.named_columns import SURVEY, require_read
from impact.evaluation.reading.problems import Problems
from impact.language import Text, joined
from impact.survey.files.read import SurveyTable
from impact.survey.intake.intake import Intake, intake
from impact.survey.intake.plan import IntakePlan
from impact.survey.intake.roles_plan import intake_plan
from impact.survey.package.covariate_timing import refuse_bad_controls
from impact.survey.sample import Sample
from impact.warn import error_about, warning_about

if TYPE_CHECKING:
    from impact.evaluation.configuration import Configuration


def configured_intake(
    configuration: Configuration, accept: Collection[str] = (), without: Collection[str] = ()
) -> Intake:
    """Return the survey of a configuration as it was understood.

    Parameters
    ----------
    configuration : Configuration
    accept : collection of str
        Rules to live with, beside those of the file.
    without : collection of str
        Columns that nothing may see: the readers do not read them.

    Raises
    ------
    SurveyRefusedError
        The data break rules that are not accepted.
    """
    data, language = configuration.data, configuration.language
    if not data.tables and data.file.is_dir():
        raise OptionError(
            Text(
                (
                    "[data] file is a folder, {folder!r}. A folder of Parquet files that does not fit into memory is a registry: "
                    "impact registry FILE. Name one file otherwise."
                ),
                (
                    "[data] file es una carpeta, {folder!r}. Una carpeta de archivos Parquet que no cabe en la memoria es un "
                    "registro: impact registry ARCHIVO. Si no, nombre un archivo."
                ),
                folder=data.file.name,
            )
        )
    if data.schema is not None:
        refuse_bad_controls(configuration.roles["covariates"], data.schema, language)
    tables = {name: source.read(language, without) for name, source in data.sources(language).items()}
    return intake(tables, _plan(configuration, tables, accept, without), language)


def admit_further_files(configuration: Configuration, survey: Collection[str]) -> None:
    """Refuse what is wrong with what further analyses read: the waves of a panel, the programme's own records, columns that are not there.

    Parameters
    ----------
    configuration : Configuration
    survey : collection of str
        The columns of the survey.
    """
    problems = Problems(configuration.data.file.name)
    for analysis in configuration.analyses:
        table = f"[{analysis.TABLE}]"
        columns: dict[str, Collection[str]] = {SURVEY: survey}
        with warning_about(table):
            admit = getattr(analysis, "admit", None)
            if admit is not None:
                admit(configuration)
            if isinstance(analysis, ReadsFiles):
                for record in analysis.read_files():
                    with problems.kept(), error_about(table):
                        found = admit_record(configuration, record)
                        columns[record.file or SURVEY] = [*columns.get(record.file, ()), *found]
            if isinstance(analysis, NamesColumns):
                problems.of(require_read, table, analysis.columns_named(), columns)
    told = list(dict.fromkeys(problem.text for problem in problems.found))
    if len(told) > 1 and any(isinstance(problem, DataError) for problem in problems.found):
        raise DataError(joined(told, "\n"))
    problems.tell()


def configured_sample(configuration: Configuration, accept: Collection[str] = ()) -> Sample:
    """Return the sample that a configuration describes, without estimating anything."""
    return sample_of(configured_intake(configuration, accept), configuration)


def sample_of(read: Intake, configuration: Configuration) -> Sample:
    """Return the sample of a survey that was read for a configuration."""
    return Sample.from_intake(
        read,
        outcomes=outcomes_with_units(configuration.outcomes, configuration.data.schema),
        schema=configuration.data.schema,
        synthetic=configuration.synthetic,
        **configuration.roles,
    )


def _plan(
    configuration: Configuration,
    tables: dict[str, SurveyTable],
    accept: Collection[str],
    without: Collection[str],
) -> IntakePlan:
    data = configuration.data
    known = dict.fromkeys(column for table in tables.values() for column in table.frame.columns)
    require_columns(configuration, [*known, *without])
    return intake_plan(
        configuration.roles,
        configuration.outcomes,
        further=tuple(
            name for name in _ranked_by(configuration) if name in known
        ),  # one that is not there: columns_named
        schema=data.schema,
        keys={name: source.key for name, source in data.tables.items() if source.key is not None},
        treated=data.treated,
        control=data.control,
        rule=data.rule,
        gate=_gate(configuration).rule(configuration.roles["treatment"]),
        leave_out=frozenset(_gate(configuration).leave_out),
        eligibility=_gate(configuration).eligibility,
        wave=data.wave,
        missing_codes=data.missing_codes,
        categorical=data.categorical,
        numeric=data.numeric,
        merge_spellings=data.merge_spellings,
        accept=frozenset((*data.accept, *accept)),
    )


def _gate(configuration: Configuration) -> Gate:
    """Return what the configuration says of the pipeline: nothing where it has no such table."""
    asked: Gate | None = configuration.analysis("gate")
    return Gate() if asked is None else asked


def _ranked_by(configuration: Configuration) -> tuple[str, ...]:
    """Return the baselines by which units are ranked: columns of numbers like the outcomes."""
    rankings = (getattr(analysis, "by", None) for analysis in configuration.analyses)
    return tuple(ranking.column for ranking in rankings if isinstance(ranking, Baseline))
