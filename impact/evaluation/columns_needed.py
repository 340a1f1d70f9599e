"""Every key of the file that names a column, held against the columns there are, before anything is computed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING

from impact import checks
from impact.design.distances.formula import formula_matrix
from impact.design.proposal import columns_read
from impact.evaluation.reading.problems import Problems
from impact.language import Text
from impact.survey.sample import Sample
from impact.warn import error_about

if TYPE_CHECKING:
    from impact.evaluation.configuration import Configuration

_OF_COVARIATES = ("cutpoints", "grouping", "target", "covariates")
"""Options of a strategy or an adjustment that name covariates."""


def require_columns(configuration: Configuration, known: Collection[str]) -> None:
    """Name every key of ``[data]``, ``[roles]`` and ``[[outcomes]]`` whose column no table has, all of them at once."""
    data, roles = configuration.data, configuration.roles
    named: dict[str, Collection[str]] = {
        "[data] categorical": data.categorical,
        "[data] numeric": data.numeric,
        "[data] response": () if data.response is None else (data.response,),
        "[data] missing_codes": tuple(data.missing_codes) if isinstance(data.missing_codes, Mapping) else (),
        "[data] date_formats": tuple(data.options.get("date_formats", ())),
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


def require_columns_of_strategies(configuration: Configuration, sample: Sample) -> None:
    """Name every strategy that reads a column which the survey lacks: exact columns, calipers, cutpoints, the formula of a score."""
    problems = Problems(configuration.data.file.name)
    covariates = sample.frame[list(sample.covariates)]
    for specification in configuration.specifications:
        place = Text("[[strategies]] {name}", "[[strategies]] {name}", name=specification.name)
        with problems.kept():
            checks.columns_present(place, columns_read(specification.strategy), sample.frame.columns)
        for part in (specification.strategy, specification.bias_adjustment):
            for key, value in _options(part):
                with problems.kept(), error_about(place):
                    if key == "formula":
                        formula_matrix(value, covariates)
                    else:
                        checks.columns_present(key, value, sample.covariates)
    problems.tell()


def _options(part: object) -> Iterator[tuple[str, str]]:
    """Yield the options of a component, and of those within it, that name covariates."""
    if not is_dataclass(part):
        return
    for field in fields(part):
        value = getattr(part, field.name)
        if (field.name == "formula" and isinstance(value, str)) or (field.name in _OF_COVARIATES and value):
            yield field.name, value
        yield from _options(value)
