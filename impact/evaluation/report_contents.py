"""The report of an evaluation: which tables and figures stand in which section."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from impact.design.distances.propensity import PropensityScore
from impact.effects.effect import EffectTable
from impact.evaluation.components import described
from impact.evaluation.findings import Findings
from impact.evaluation.names import report_names
from impact.progress import track
from impact.report.contents import Contents, Figure, Section, Table
from impact.report.drawing.images import drawn
from impact.report.tables.answer import answer_lines
from impact.report.tables.design import balance_summary_table, balance_table, propensity_table
from impact.report.tables.effects import (
    comparison_table,
    in_published_units,
    is_publishable,
    quintile_table,
    strategy_table,
    tidy_table,
)
from impact.report.tables.survey import flow_table, participants_table, poverty_table, response_table
from impact.report.tables.truth import facts_table, truth_table
from impact.report.versions import versions
from impact.report.words.labels import phrase, word
from impact.report.words.language import Language
from impact.report.words.names import Names

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def report_contents(findings: Findings) -> Contents:
    """Return what the report of an evaluation holds, in its language.

    Parameters
    ----------
    findings : Findings

    Returns
    -------
    Contents
        Sample flow and response, propensity model, overlap, balance, the table of strategies, poverty, fifths, estimate beside truth
        where it is known, and what is needed to make the numbers again.
    """
    configuration = findings.configuration
    names = report_names(findings)
    parts = (_answer, _sample, _design, _balance, _effects, _poverty, _quintiles, _truth, _reproduction)
    sections = [section for part in track(parts, "Report") for section in part(findings, names)]
    return Contents(
        title=configuration.title,
        language=configuration.language,
        synthetic=findings.sample.synthetic,
        sections=tuple(sections),
        lead=(_lead(findings),),
        data=tuple(_tidy_tables(findings)),
    )


def _lead(findings: Findings) -> str:
    sample, language = findings.sample, findings.configuration.language
    words = Language(language)
    groups = ""
    if sample.cluster:
        groups = word("lead_groups", language, groups=words.number(sample.frame[sample.cluster].nunique()))
    return word(
        "lead_sample",
        language,
        treated=words.number(int(sample.treated.sum())),
        control=words.number(int((~sample.treated).sum())),
        comparator=phrase(sample.comparator, language),
        groups=groups,
        estimand=findings.configuration.estimand,
    )


def _answer(findings: Findings, names: Names) -> Iterator[Section]:
    configuration = findings.configuration
    main = EffectTable(
        tuple(effect for effect in findings.effects if effect.strategy == configuration.main_strategy),
        synthetic=findings.sample.synthetic,
    )
    lines = answer_lines(
        main, configuration.figures, names, configuration.language, configuration.minimum_cell
    )
    yield Section("answer", word("section_answer", configuration.language), tuple(lines))


def _sample(findings: Findings, names: Names) -> Iterator[Section]:
    language, minimum, sample = (
        findings.configuration.language,
        findings.configuration.minimum_cell,
        findings.sample,
    )
    tables = [
        flow_table(findings.flow, names, language, minimum, sample.synthetic),
        participants_table(sample, language, minimum),
    ]
    if findings.response is not None:
        tables.append(response_table(findings.response, language, minimum, sample.synthetic))
    yield Section("sample", word("section_sample", language), (), tuple(tables))


def _design(findings: Findings, names: Names) -> Iterator[Section]:
    from impact.report import figures

    language, main = findings.configuration.language, findings.configuration.main_strategy
    matched = findings.matched[main]
    fitted = matched.propensity or PropensityScore().fit(findings.sample)
    caption = word("overlap_caption", language, strategy=names.of(phrase(main, language)))
    items = (
        propensity_table(fitted, findings.sample, names, language),
        _figure("overlap", caption, figures.overlap(matched, language=language), findings),
    )
    yield Section("design", word("section_design", language), (word("outcome_blind", language),), items)


def _balance(findings: Findings, names: Names) -> Iterator[Section]:
    from impact.report import figures

    configuration, covariates = findings.configuration, list(findings.sample.covariates)
    language, main = configuration.language, configuration.main_strategy
    table = findings.balance[main]
    without_score = replace(table, frame=table.frame[table.frame["covariate"] != "distance"])
    labels = {term: names.covariate(term, covariates) for term in without_score.frame["covariate"].unique()}
    caption = word("love_caption", language, strategy=names.of(phrase(main, language)))
    items = (
        balance_summary_table(findings.balance, names, language),
        _figure(
            "balance", caption, figures.love_plot(without_score, language=language, labels=labels), findings
        ),
        balance_table(table, main, names, covariates, language, configuration.minimum_cell),
    )
    yield Section("balance", word("section_balance", language), (), items)


def _effects(findings: Findings, names: Names) -> Iterator[Section]:
    from impact.report import figures

    configuration = findings.configuration
    language, minimum = configuration.language, configuration.minimum_cell
    shown = in_published_units(findings.effects, language, names)
    items: list[Table | Figure] = [
        strategy_table(findings.effects, names, language, minimum, configuration.stars)
    ]
    for outcome in configuration.figures:
        if not all(is_publishable(effect, minimum) for effect in shown if effect.outcome == outcome):
            continue
        truth = _true_effect(findings, outcome)
        caption = word("strategies_caption", language, outcome=names.of(outcome))
        axes = figures.strategies(shown, outcome, language=language, truth=truth, label=names.of(outcome))
        marked = word("truth_marked", language) if truth is not None else ""
        items.append(_figure(f"strategies_{outcome}", f"{caption}.{marked}", axes, findings))
    yield Section("effects", word("section_effects", language), (), tuple(items))


def _true_effect(findings: Findings, outcome: str) -> float | None:
    """Return the true effect on all treated in the published unit, or None where nobody knows it."""
    if findings.known is None:
        return None
    known = findings.known.effects.get((findings.configuration.main_strategy, outcome))
    share = findings.sample.outcome(outcome).unit.startswith("share of")
    return None if known is None else known.all_treated * (100 if share else 1)


def _poverty(findings: Findings, names: Names) -> Iterator[Section]:
    if not findings.poverty:
        return
    configuration = findings.configuration
    language, main = configuration.language, configuration.main_strategy
    levels = {names.line(name, language): table for name, table in findings.poverty.items()}
    table = poverty_table(
        levels, findings.matched[main], names.of(phrase(main, language)), language, configuration.minimum_cell
    )
    yield Section("poverty", word("section_poverty", language), (), (table,))


def _quintiles(findings: Findings, names: Names) -> Iterator[Section]:
    from impact.report import figures

    configuration, effects = findings.configuration, findings.quintiles
    plan = configuration.quintiles
    if effects is None or plan is None:
        return
    language, minimum = configuration.language, configuration.minimum_cell
    truth = None if findings.known is None else findings.known.fifths
    baseline = getattr(plan.ranking, "column", None)
    ranking = (
        word("quintile_ranking_predicted", language)
        if baseline is None
        else word("quintile_ranking_baseline", language, column=names.of(baseline))
    )
    paragraphs = (ranking, *((word("true_fifths", language),) if truth is not None else ()))
    items: list[Table | Figure] = [quintile_table(effects, truth, names, language, minimum)]
    if all(is_publishable(effect, minimum) for effect in effects):
        caption = word("quintiles_caption", language, outcome=names.of(plan.outcome))
        axes = figures.quintiles(
            in_published_units(effects, language, names),
            language=language,
            truth=truth,
            label=names.of(plan.outcome),
        )
        marked = word("truth_diamond", language) if truth is not None else ""
        items.insert(0, _figure("quintiles", f"{caption}.{marked}", axes, findings))
    if findings.comparison is not None:
        items.append(comparison_table(findings.comparison, next(iter(effects)).unit, language))
    yield Section("quintiles", word("section_quintiles", language), paragraphs, tuple(items))


def _truth(findings: Findings, names: Names) -> Iterator[Section]:
    if findings.known is None:
        return
    configuration = findings.configuration
    table = truth_table(
        findings.effects, findings.known.effects, names, configuration.language, configuration.minimum_cell
    )
    yield Section("truth", word("section_truth", configuration.language), (), (table,))


def _reproduction(findings: Findings, names: Names) -> Iterator[Section]:
    configuration = findings.configuration
    language = configuration.language
    facts = {
        word("data_file", language): findings.data.name,
        word("data_hash", language): findings.data.data_hash,
        word("configuration_hash", language): configuration.source_hash,
        word("rows_read", language): Language(language).number(findings.data.rows),
        word("seed", language): str(configuration.seed),
        word("estimand", language): configuration.estimand,
        word("support", language): word("none", language)
        if configuration.support is None
        else described(configuration.support),
        word("minimum", language): str(configuration.minimum_cell),
        word("covariates", language): ", ".join(names.of(name) for name in findings.sample.covariates),
    }
    for specification in configuration.specifications:
        key = word("strategy_rule", language, name=names.of(phrase(specification.name, language)))
        facts[key] = described(specification)
    for outcome in findings.sample.outcomes:
        facts[word("outcome_rule", language, name=names.of(outcome.name))] = described(outcome)
    facts |= {word("version_of", language, name=name): version for name, version in versions().items()}
    paragraphs = (f"{word('warnings_raised', language)}:", *findings.warnings) if findings.warnings else ()
    table = facts_table(facts, language, findings.sample.synthetic)
    yield Section("reproduction", word("section_reproduction", language), paragraphs, (table,))


def _tidy_tables(findings: Findings) -> Iterator[Table]:
    language, minimum = findings.configuration.language, findings.configuration.minimum_cell
    yield tidy_table("effects_tidy", findings.effects, language, minimum)
    if findings.quintiles is not None:
        yield tidy_table("quintiles_tidy", findings.quintiles, language, minimum)


def _figure(name: str, caption: str, axes: Axes, findings: Findings) -> Figure:
    return Figure(name, caption, drawn(axes.figure), synthetic=findings.sample.synthetic)
