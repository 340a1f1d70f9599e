"""From a configuration to a finished evaluation."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from impact.design.balance.overlap_coefficient import NON_OVERLAP
from impact.design.balance.table import balance
from impact.design.matched_sample import MatchedSample
from impact.effects.effect import EffectTable
from impact.evaluation.columns_needed import require_columns_of_strategies
from impact.evaluation.configuration import Configuration, read_configuration
from impact.evaluation.evaluation import Evaluation
from impact.evaluation.findings import DataFile, Findings
from impact.evaluation.intake import admit_further_files, configured_intake, sample_of
from impact.evaluation.labels.schema_units import units_asked_for, with_schema_units
from impact.evaluation.locked_design import read_lock, require_same, with_lock
from impact.evaluation.poverty_levels import poverty_levels
from impact.evaluation.reading.spoken import in_its_language
from impact.language import speaking
from impact.robustness.dominant_group import DominantGroup, dominant_groups
from impact.robustness.four_strategies import matched_strategies, strategy_effects
from impact.robustness.pipeline.gate import PipelineGate, gate_of
from impact.survey.intake.intake import Intake
from impact.survey.response.by_arm import ResponseTable, response_by_arm
from impact.survey.sample import Sample
from impact.warn import collected_warnings, error_about, warning_about

if TYPE_CHECKING:
    from impact.survey.poverty.table import PovertyTable


@in_its_language
def evaluate(path: str | Path, accept: Collection[str] = (), locked: str | Path | None = None) -> Evaluation:
    """Run a whole evaluation from its configuration file.

    Parameters
    ----------
    path : path
        An ``evaluation.toml``: data file, roles, outcomes, poverty lines, strategies, language.
    accept : collection of str
        Rules of the data whose breaches are lived with, beside those that the file accepts; the report prints them.
    locked : path, optional
        A ``design.lock`` written by ``im.lock_design`` before outcomes were seen: another design is refused, naming what differs, and the
        report says when the design was locked.

    Returns
    -------
    Evaluation
        ``.sample``, ``.matched``, ``.effects``, ``.balance``, ``.poverty``, ``.quintiles``, ``.flow`` and ``.report(path)``.

    Raises
    ------
    OptionError
        The configuration is wrong; the message names file, line, table and key.
    SurveyRefusedError
        The data break rules: all of them, by rule, table, group and row.
    DataError
        The data break a rule that the sample needs.
    SupportError, EstimationError
        Arms that do not overlap; a model that gives no answer.

    Examples
    --------
    >>> import pathlib, tempfile, numpy as np, pandas as pd, impact as im
    >>> folder, row = pathlib.Path(tempfile.mkdtemp()), np.arange(400)
    >>> frame = pd.DataFrame({"treated": row // 5 % 2, "age": row % 37, "group": row // 5})
    >>> frame.assign(income=100 + frame["age"] + 5 * frame["treated"] + row % 3).to_csv(folder / "survey.csv", index=False)
    >>> _ = (folder / "evaluation.toml").write_text('''
    ... data = {file = "survey.csv"}
    ... roles = {treatment = "treated", covariates = ["age"], cluster = "group"}
    ... outcomes = [{column = "income", unit = "Bs"}]
    ... strategies = [{name = "4-NN", type = "nearest neighbor", distance = "Mahalanobis", ratio = 4}]
    ... ''')
    >>> evaluation = im.evaluate(folder / "evaluation.toml")
    >>> round(evaluation.effects.one("income").estimate)  # of a true 5; evaluation.report("informe") writes the report
    5
    """
    configuration = read_configuration(path)
    if locked is None:
        return run(configuration, accept)
    lock = read_lock(locked)
    require_same(lock, configuration, accept)
    evaluation = run(configuration, accept)
    return replace(evaluation, findings=with_lock(evaluation.findings, lock))


def run(configuration: Configuration, accept: Collection[str] = ()) -> Evaluation:
    """Run the evaluation that a configuration describes."""
    data = configuration.data
    configuration = replace(configuration, data=replace(data, accept=(*data.accept, *accept)))
    with speaking(configuration.language, of_a_file=True), collected_warnings() as raised:
        read = configured_intake(configuration)
        admit_further_files(configuration, read.frame.columns)
        response = _response(read.frame, configuration)
        sample = sample_of(read, configuration)
        require_columns_of_strategies(configuration, sample)
        matched, effects = _matches_and_effects(sample, configuration)
        main = matched[configuration.main_strategy]
        findings = Findings(
            configuration=configuration,
            data=DataFile(read.source, read.data_hash, read.rows),
            sample=sample,
            matched=matched,
            effects=effects,
            balance={name: balance(one, further=(NON_OVERLAP,)) for name, one in matched.items()},
            poverty=_poverty(main, configuration),
            flow=combined_flow(matched),
            response=response,
            dominant=_dominant(main, effects, configuration),
            gate=gate_found(read, configuration),
        )
        findings = replace(findings, answers=_answers(findings))
    asked = [
        text.to(configuration.language)
        for text in units_asked_for(sample.outcomes, configuration.data.schema)
    ]
    return Evaluation(replace(findings, warnings=tuple(dict.fromkeys([*raised, *asked]))))


def _response(frame: pd.DataFrame, configuration: Configuration) -> ResponseTable | None:
    source, roles = configuration.data, configuration.roles
    if source.response is None:
        return None
    return response_by_arm(
        frame,
        roles["treatment"],
        source.response,
        complete=source.complete,
        cluster=roles["cluster"],
        weight=roles["sampling_weight"],
        level=configuration.level,
    )


def gate_found(
    read: Intake, configuration: Configuration, accept: Collection[str] = ()
) -> PipelineGate | None:
    """Return the gate, where the programme's dates are known: what is broken was accepted by name, or left out."""
    if read.dates is None or read.judged is None:
        return None
    asked = configuration.analysis("gate")
    return gate_of(
        read.dates,
        read.judged,
        configuration.roles["treatment"],
        {*configuration.data.accept, *accept},
        configuration.synthetic,
        () if asked is None else asked.eligibility,
        () if asked is None else asked.leave_out,
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


def _poverty(main: MatchedSample, configuration: Configuration) -> dict[str, PovertyTable]:
    specification = configuration.specification(configuration.main_strategy)
    return poverty_levels(main, specification.bias_adjustment, specification.variance, configuration.level)


def _answers(findings: Findings) -> dict[str, tuple[Any, ...]]:
    """Return the results of the further analyses that the configuration asks for, by table."""
    answers: dict[str, tuple[Any, ...]] = {}
    for analysis in findings.configuration.analyses:
        earlier = answers.get(analysis.TABLE, ())
        with warning_about(f"[{analysis.TABLE}]"), error_about(f"[{analysis.TABLE}]"):
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
