"""The survey that a configuration names, through the one door: read, translated, checked, joined."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from impact import checks
from impact.effects.heterogeneity.ranking import Baseline
from impact.errors import DataError, OptionError
from impact.evaluation.analyses.gate import Gate
from impact.evaluation.analyses.monitoring.records import ReadsFiles, admit_record
from impact.evaluation.labels.schema_units import outcomes_with_units
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


def admit_further_files(configuration: Configuration) -> None:
    """Refuse what is wrong with the files that further analyses read: the waves of a panel, the programme's own records."""
    problems = Problems(configuration.data.file.name)
    for analysis in configuration.analyses:
        with warning_about(f"[{analysis.TABLE}]"):
            admit = getattr(analysis, "admit", None)
            if admit is not None:
                admit(configuration)
            if isinstance(analysis, ReadsFiles):
                for record in analysis.read_files():
                    with problems.kept(), error_about(f"[{analysis.TABLE}]"):
                        admit_record(configuration, record)
    told = list(dict.fromkeys(problem.text for problem in problems.found))
    if len(told) > 1:
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
    known = {column for table in tables.values() for column in table.frame.columns}
    _require_columns(configuration, known.union(without))
    return intake_plan(
        configuration.roles,
        configuration.outcomes,
        further=_ranked_by(configuration),
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


def _require_columns(configuration: Configuration, known: Collection[str]) -> None:
    """Name every key of the file whose column no table has, all of them at once."""
    data, roles = configuration.data, configuration.roles
    named: dict[str, Collection[str]] = {
        "[data] categorical": data.categorical,
        "[data] numeric": data.numeric,
        "[roles] covariates": roles["covariates"],
    }
    single = ["id", "cluster", "stratum", "sampling_weight"]
    for role in single if data.rule is not None else ["treatment", *single]:
        named[f"[roles] {role}"] = () if roles[role] is None else (roles[role],)
    for outcome in configuration.outcomes:
        read = (*outcome.columns, outcome.persons)
        named[f"[[outcomes]] {outcome.name}"] = tuple(column for column in read if column)
    problems = Problems(data.file.name)
    for place, columns in named.items():
        problems.of(checks.columns_present, place, columns, known)
    problems.tell()


def _gate(configuration: Configuration) -> Gate:
    """Return what the configuration says of the pipeline: nothing where it has no such table."""
    asked: Gate | None = configuration.analysis("gate")
    return Gate() if asked is None else asked


def _ranked_by(configuration: Configuration) -> tuple[str, ...]:
    """Return the baselines by which units are ranked: columns of numbers like the outcomes."""
    rankings = (getattr(analysis, "ranking", None) for analysis in configuration.analyses)
    return tuple(ranking.column for ranking in rankings if isinstance(ranking, Baseline))
