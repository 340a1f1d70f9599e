"""From a configuration to a finished evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from impact import checks
from impact.design.balance.table import balance
from impact.design.matched_sample import MatchedSample
from impact.effects.effect import EffectTable
from impact.effects.observed import with_values
from impact.evaluation.configuration import Configuration, read_configuration
from impact.evaluation.evaluation import Evaluation
from impact.evaluation.findings import DataFile, Findings
from impact.evaluation.schema_units import with_schema_units
from impact.robustness.dominant_group import DominantGroup, dominant_groups
from impact.robustness.four_strategies import matched_strategies, strategy_effects
from impact.survey.files.read import SurveyTable, read_survey
from impact.survey.outcome import Headcount, PovertyGap
from impact.survey.package.covariate_timing import refuse_bad_controls
from impact.survey.poverty.indices import fgt
from impact.survey.response import ResponseTable, response_by_arm
from impact.survey.sample import Sample
from impact.warn import collected_warnings

if TYPE_CHECKING:
    from impact.survey.poverty.table import PovertyTable

POVERTY_ALPHAS = (0.0, 1.0, 2.0)


def evaluate(path: str | Path) -> Evaluation:
    """Run a whole evaluation from its configuration file.

    Parameters
    ----------
    path : path
        An ``evaluation.toml``: data file, roles, outcomes, poverty lines, strategies, language.

    Returns
    -------
    Evaluation
        ``.sample``, ``.matched``, ``.effects``, ``.balance``, ``.poverty``, ``.quintiles``, ``.flow`` and ``.report(path)``.

    Raises
    ------
    OptionError
        The configuration is wrong; the message names file, line, table and key.
    DataError
        The data break a rule.
    SupportError, EstimationError
        Arms that do not overlap; a model that gives no answer.
    """
    return run(read_configuration(path))


def run(configuration: Configuration) -> Evaluation:
    """Run the evaluation that a configuration describes."""
    with collected_warnings() as raised:
        table = _read(configuration)
        frame = _prepared(table, configuration)
        response = _response(frame, configuration)
        sample = _sample(frame, configuration)
        matched, effects = _matches_and_effects(sample, configuration)
        main = matched[configuration.main_strategy]
        findings = Findings(
            configuration=configuration,
            data=DataFile(table.source, table.data_hash, len(frame)),
            sample=sample,
            matched=matched,
            effects=effects,
            balance={name: balance(one) for name, one in matched.items()},
            poverty=poverty_levels(main),
            flow=combined_flow(matched),
            response=response,
            dominant=_dominant(main, effects, configuration),
        )
        findings = replace(findings, answers=_answers(findings))
    return Evaluation(replace(findings, warnings=tuple(dict.fromkeys(raised))))


def configured_sample(configuration: Configuration) -> Sample:
    """Return the sample that a configuration describes, without estimating anything."""
    return _sample(_prepared(_read(configuration), configuration), configuration)


def _read(configuration: Configuration) -> SurveyTable:
    return read_survey(
        configuration.data.file,
        language=configuration.language,
        **configuration.data.options,
    )


def _prepared(table: SurveyTable, configuration: Configuration) -> pd.DataFrame:
    """Return the file's rows, indexed by the identifier where there is one, with codes as categories."""
    frame, roles = table.frame, configuration.roles
    checks.columns_present("[data] categorical", configuration.data.categorical, frame.columns)
    for name in configuration.data.categorical:
        labels = table.value_labels.get(name, {})
        frame[name] = (
            frame[name]
            .map(lambda value, labels=labels: labels.get(value, value), na_action="ignore")
            .astype("category")
        )
    if roles["id"] is not None:
        checks.columns_present("[roles] id", [roles["id"]], frame.columns)
        frame = frame.set_index(roles["id"], drop=False).rename_axis(None)
    return frame


def _response(frame: pd.DataFrame, configuration: Configuration) -> ResponseTable | None:
    source, roles = configuration.data, configuration.roles
    if source.response is None:
        return None
    checks.columns_present("[data] response", [source.response], frame.columns)
    return response_by_arm(
        frame,
        roles["treatment"],
        source.response,
        complete=source.complete,
        cluster=roles["cluster"],
        weight=roles["sampling_weight"],
        level=configuration.level,
    )


def _sample(frame: pd.DataFrame, configuration: Configuration) -> Sample:
    if configuration.data.schema is not None:
        language = configuration.language
        refuse_bad_controls(configuration.roles["covariates"], configuration.data.schema, language)
    return Sample(
        frame,
        outcomes=configuration.outcomes,
        schema=configuration.data.schema,
        synthetic=configuration.synthetic,
        **configuration.roles,
    )


def _matches_and_effects(
    sample: Sample, configuration: Configuration
) -> tuple[dict[str, MatchedSample], EffectTable]:
    """Match by every strategy and estimate every outcome on each match."""
    specifications = configuration.specifications
    matched = matched_strategies(sample, specifications, configuration.estimand, configuration.support)
    effects = strategy_effects(matched, level=configuration.level)
    return (
        {specification.name: one for specification, one in matched.items()},
        with_schema_units(effects, sample.outcomes, configuration.data.schema),
    )


def _dominant(
    main: MatchedSample, effects: EffectTable, configuration: Configuration
) -> tuple[DominantGroup, ...]:
    name = configuration.main_strategy
    leading = [effects.one(outcome, name) for outcome in configuration.figures]
    return dominant_groups(configuration.specification(name), main, leading, configuration.support)


def _answers(findings: Findings) -> dict[str, tuple[Any, ...]]:
    """Return the results of the further analyses that the configuration asks for, by table."""
    answers: dict[str, tuple[Any, ...]] = {}
    for analysis in findings.configuration.analyses:
        earlier = answers.get(analysis.TABLE, ())
        answers[analysis.TABLE] = (*earlier, analysis.answer(findings))
    return answers


def combined_flow(matched: Mapping[str, MatchedSample]) -> pd.DataFrame:
    """Return the flow of every strategy side by side: ``step``, then a column of units per strategy."""
    flows = {name: one.flow.set_index("step")["units"] for name, one in matched.items()}
    steps = list(dict.fromkeys(step for flow in flows.values() for step in flow.index))
    columns = {
        name: flow.reindex(steps, fill_value=0).astype(np.int64).to_numpy() for name, flow in flows.items()
    }
    return pd.DataFrame({"step": steps, **columns})


def poverty_levels(matched: MatchedSample) -> dict[str, PovertyTable]:
    """Return poverty among the matched treated and controls at each line that an outcome uses.

    Parameters
    ----------
    matched : MatchedSample
        Its weights count; a household without weight does not.

    Returns
    -------
    dict of str to PovertyTable
        By the line's name; "treated" and "control" are its subgroups. Counting persons where an outcome does.
    """
    poverty = [outcome for outcome in matched.sample.outcomes if isinstance(outcome, (Headcount, PovertyGap))]
    tables: dict[str, PovertyTable] = {}
    for outcome in poverty:
        name = str(getattr(outcome.line, "name", "") or f"{outcome.income} < {outcome.line}")
        if name in tables:
            continue
        same = [other for other in poverty if other.line == outcome.line and other.income == outcome.income]
        persons = next((other.persons for other in same if other.persons), None)
        part = with_values(matched, same)
        sample, used = part.sample, part.analysis_weight > 0
        frame = sample.frame.loc[used]
        tables[name] = fgt(
            frame[outcome.income],
            outcome.line,
            alpha=POVERTY_ALPHAS,
            weights=pd.Series(part.analysis_weight[used], index=frame.index),
            cluster=None if sample.cluster is None else frame[sample.cluster],
            persons=None if persons is None else frame[persons],
            by=pd.Series(np.where(sample.treated[used], "treated", "control"), index=frame.index),
            strict=next((other.strict for other in same if isinstance(other, Headcount)), True),
        )
    return tables
