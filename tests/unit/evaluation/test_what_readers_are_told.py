"""Warnings and notes of a report: what is said of several things stands once, and nothing is called by a code."""

import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact.evaluation.analyses.sensitivity import _e_value
from impact.evaluation.labels.names import report_names
from impact.evaluation.labels.schema_units import units_asked_for
from impact.evaluation.sections.warned import warned_lines
from impact.evaluation.verdicts.control_groups import verdict as control_groups
from impact.language import Text
from impact.report.contents import Table
from impact.report.tables.balance_by import balance_by_table
from impact.report.words.names import Names
from impact.report.words.style import Style
from impact.robustness.sensitivity.outcome_regression import outcome_regression

NAMES = Names({"region": "Región"}, {"region": {"Tropico": "Trópico"}, "product": {"coffee": "Café"}})
FEW = "{}: Descansa en unos {} grupos: los intervalos pueden cubrir menos."


def test_what_is_said_of_several_stands_once_with_their_numbers():
    """Grouped whatever the numbers and the analysis; the numbers of each stay; categories by their labels."""
    told = [
        FEW.format("Probabilidad, kernel", 8),
        "[quintiles]: Q3: 11 de 27 no encontraron comparación.",
        FEW.format("[quintiles]: Q1", "7,5"),
        FEW.format("[quintiles]: Q2", 6),
        "[subgroups]: coffee: 54 de 219 no encontraron comparación.",
        FEW.format("[subgroups]: coffee", 8),
    ]
    assert warned_lines(told, (), Style.of("es", NAMES)) == (
        f"{told[0]} Lo mismo, con las cifras de cada uno: [quintiles]: Q1 (7,5), Q2 (6); [subgroups]: Café (8).",
        f"{told[1]} Lo mismo, con las cifras de cada uno: [subgroups]: Café (54; 219).",
    )


def test_warnings_that_are_equal_but_for_what_they_are_about_need_no_numbers():
    """English, two strategies, the same words."""
    assert warned_lines(["A: Few groups.", "B: Few groups."], (), Style.of("en")) == (
        "A: Few groups. The same: B.",
    )


@pytest.mark.parametrize(
    "told",
    [
        ["Outcome 'a' has no unit: [[outcomes]].", "Outcome 'b' has no unit: [[outcomes]]."],
        ["One thing. And: 5 of them.", "Another thing. And: 5 of them."],
        ["Left out: 'a'. So: No.", "Left out: 'b'. So: No."],
        [],
    ],
)
def test_what_has_no_subject_stays_as_it_was_told(told):
    """Nothing is cut from a sentence to make a subject of it."""
    assert warned_lines(told, (), Style.of("en")) == tuple(told)


def test_outcomes_without_a_unit_are_told_of_once():
    """One line with all their names, as other warnings that say the same; nothing where each has one."""
    of = [im.Column(name) for name in ("income", "sales", "area")]
    (asked,) = units_asked_for(of, None)
    assert asked.en.startswith("Outcomes 'income', 'sales', 'area' have no unit, and their numbers stand")
    assert asked.es.startswith("Los resultados 'income', 'sales', 'area' no tienen unidad, y sus cifras")
    (asked,) = units_asked_for([of[0], im.Column("sales", unit="Bs")], None)
    assert asked.en.startswith("Outcome 'income' has no unit, and its numbers")
    assert list(units_asked_for([im.Column("sales", unit="Bs")], None)) == []


def test_a_level_of_a_category_is_never_called_by_its_code():
    """Its label stands in warnings, and wherever a text names the covariate's term."""
    frame = pd.DataFrame(
        {"t": np.arange(40) % 2, "region": ["Norte", "Tropico"] * 10 + ["Tropico", "Norte"] * 10}
    )
    sample = im.Sample(frame, treatment="t", covariates=["region"])
    style = Style.of("es", NAMES)
    assert warned_lines(["Fuera: 'regionTropico' (no varía)."], sample.terms, style) == (
        "Fuera: 'Región: Trópico' (no varía).",
    )
    configuration = SimpleNamespace(
        data=SimpleNamespace(schema=None), language="es", labels={"region": "Región"}
    )
    names = report_names(SimpleNamespace(configuration=configuration, sample=sample))
    assert replace(style, names=names).text(Text("'{name}'", name="regionTropico")) == "'Región: Tropico'"


def test_the_note_of_a_balance_by_region_calls_regions_by_their_labels():
    """What the joint test leaves out in each region is named as the table names it."""
    frame = pd.DataFrame(
        {"t": np.arange(80) % 2, "age": np.arange(80) % 7, "region": np.repeat(["Norte", "Tropico"], 40)}
    )
    sample = im.Sample(frame, treatment="t", covariates=["age", "region"])
    found = im.balance_by(im.match(sample, im.NearestNeighbor(im.Euclidean())), "region")
    table = balance_by_table(found, Style.of("es", NAMES), sample.terms, "region")
    assert "Norte, Trópico: 'regionTropico' (no varía)" in table.notes[0]  # once for both
    assert "Tropico: '" not in table.notes[0]
    rows = [str(row.cells[0]) for row in table.rows]
    assert (
        rows.count("Región: Trópico") == 1 and rows.count("age") == 3
    )  # the region is compared over all, not within one


def test_notes_begin_with_a_capital_and_the_effective_groups_of_one_strategy_stand_once():
    table = Table(
        "t", "caption", ("a",), (), ("counted: all.", "p: of each.", "n < 5: hidden.", "claims.csv: one.")
    )
    assert table.notes == ("Counted: all.", "p: of each.", "n < 5: hidden.", "claims.csv: one.")
    effects = [
        SimpleNamespace(strategy=name, effective_control_clusters=n) for name, n in (("A", 52.0), ("B", 30.0))
    ]
    findings = SimpleNamespace(
        sample=SimpleNamespace(cluster="group"),
        configuration=SimpleNamespace(main_strategy="A"),
        effects=effects,
    )
    assert control_groups(findings, Style.of("es")).found.es == "52; lo mínimo entre las estrategias, 30"
    findings.effects = effects[:1]
    assert control_groups(findings, Style.of("es")).found == "52"


def test_an_effect_without_percentage_has_no_e_value_and_no_key_is_asked_for():
    """The file has no standard deviation to give."""
    effect = SimpleNamespace(percent_effect=math.nan, outcome="maize", denominator="ninguno")
    reason = _e_value(effect)
    assert (
        reason.es
        == "El valor E sale del efecto en porcentaje, y el efecto en «maize» no lo tiene. Denominador: ninguno."
    )
    assert "sd" not in reason.en


def test_a_regression_names_the_sampling_weight_only_where_there_is_one():
    """Households without one count once: no weight is named that they do not have."""
    frame = pd.DataFrame({"t": np.arange(60) % 2, "age": np.arange(60) % 7, "y": np.arange(60) % 5, "w": 1.0})
    for weight, said in ((None, "match weight (Kernel),"), ("w", "match weight (Kernel) × sampling weight,")):
        sample = im.Sample(frame, treatment="t", covariates=["age"], outcomes=["y"], sampling_weight=weight)
        label = outcome_regression(im.match(sample, im.Kernel(im.PropensityScore())), "y").label
        assert said in f"{label},".replace(";", ",")


def test_english_units_and_methods_are_words_too():
    """As the data package's own columns write them: one unit has one name on a page; a unit that the file names stays as typed."""
    english, spanish = Style.of("en"), Style.of("es")
    assert (
        english.text("Bs/person/month") == "Bs per person and month" and english.text("Bs/year") == "Bs/year"
    )
    assert (
        spanish.text("Bs/person/month") == "Bs por persona y mes" and spanish.text("Bs/year") == "Bs por año"
    )
    assert (english.text("wilson"), spanish.text("wilson")) == ("Wilson", "Wilson")
