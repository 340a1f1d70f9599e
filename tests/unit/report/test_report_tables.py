"""The table of strategies holds the effects' own numbers, in the published arrangement."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact.effects.effect import Effect, EffectTable
from impact.language import Language
from impact.report.cells import shown
from impact.report.contents import Estimate, Number, Row, Suppressed, Table
from impact.report.tables.effects import tidy_table
from impact.report.tables.strategies import strategy_details, strategy_table
from impact.report.tables.truth import truth_lines, truth_table
from impact.report.words.names import Names
from impact.report.words.style import Style
from impact.survey.shares import SHARE_OF_HOUSEHOLDS
from impact.synthetic.truth import KnownEffect

ENGLISH, SPANISH = Language("en"), Language("es")


def effect(strategy="kernel", outcome="income", **changes):
    base = Effect(
        strategy=strategy, outcome=outcome, subgroup="all", estimand="ATT", estimate=120.0, std_error=40.0,
        statistic=3.0, p_value=0.004, conf_low=40.0, conf_high=200.0, control_mean=400.0, percent_effect=30.0,
        percent_conf_low=8.0, percent_conf_high=52.0, n_treated=190, n_treated_total=200, share_on_support=0.95,
        n_control=150, n_clusters=30, ess_control=80.5, effective_control_clusters=12.4, max_abs_smd=0.084,
        unit="Bs/year", period="2014", population="matched treated (190 of 200)", comparator="matched controls",
        denominator="matched control mean", weights="match weight; households count once",
        identification="cross-section, matched on observed covariates", bias_adjustment="linear",
        variance="linearised by group, leave-own-group-out, t", seed=None, degrees_of_freedom=22.0, level=0.95, largest_cluster_share=0.11,
    )  # fmt: skip
    return replace(base, **changes)


@pytest.fixture
def effects():
    poor = {
        "outcome": "poor",
        "unit": SHARE_OF_HOUSEHOLDS,
        "estimate": -0.12,
        "std_error": 0.03,
        "conf_low": -0.18,
        "conf_high": -0.06,
    }
    return EffectTable(
        (
            effect(),
            effect(**poor, control_mean=0.62),
            effect("1-NN", estimate=90.0),
            effect("1-NN", **poor, control_mean=0.60),
        ),
        notes=("A note of the strategies.",),
        synthetic=True,
    )


def column(table, heading):
    return [row.cells[table.headings.index(heading)] for row in table.rows]


def test_outcomes_stand_in_rows_and_strategies_in_columns_on_one_screen(effects):
    table = strategy_table(effects, Style.of("en", Names({"income": "Income", "poor": "Poor"})))
    assert table.headings == ("Outcome", "kernel", "1-NN", "Bias adjustment")
    assert [row.cells[0] for row in table.rows] == ["Income (Bs/year, 2014)", "Poor (percentage points)"]
    assert [shown(cell, ENGLISH) for cell in column(table, "kernel")] == [
        "120 [40, 200]",
        "−12.0 [−18.0, −6.0]",
    ]


def test_what_lies_behind_stands_in_a_folded_table(effects):
    table = strategy_details(effects, Style())
    assert table.folded and [row.cells[0] for row in table.rows if row.opens] == [
        "income (Bs/year, 2014)",
        "poor (percentage points)",
        "What the estimates rest on",
    ]
    assert [row.cells[0] for row in table.rows[1:6]] == [
        "standard error", "degrees of freedom (t)", "matched control mean", "effect, % of that mean", "its 95 % interval",
    ]  # fmt: skip
    assert [row.cells[0] for row in table.rows[13:]] == [
        "matched treated", "all treated", "share kept", "controls used", "effective controls (ESS)", "largest |SMD| after matching",
        "groups with weight, both arms", "effective control groups", "largest control group's weight",
    ]  # fmt: skip


def test_every_number_is_the_effect_tables(effects):
    one = effects.one("income", "kernel")
    assert column(strategy_table(effects), "kernel")[0] == Estimate(
        one.estimate, one.conf_low, one.conf_high, 0
    )
    cells = column(strategy_details(effects), "kernel")
    numbers = [cells[k].value for k in (1, 2, 3, 4)]
    assert numbers == [one.std_error, one.degrees_of_freedom, one.control_mean, one.percent_effect]
    assert (cells[5].low, cells[5].high) == (one.percent_conf_low, one.percent_conf_high)
    assert [cell.value for cell in cells[13:]] == [
        one.n_treated, one.n_treated_total, 100 * one.share_on_support, one.n_control, one.ess_control, one.max_abs_smd, one.n_clusters,
        one.effective_control_clusters, 100 * one.largest_cluster_share,
    ]  # fmt: skip


def test_a_strategy_without_balance_is_marked_wherever_it_leads(effects):
    bad = EffectTable((effect("kernel"), effect("1-NN", max_abs_smd=0.31)))
    table = strategy_table(bad)
    assert table.headings == ("Outcome", "kernel", "1-NN †", "Bias adjustment")
    assert "† balance not reached: 1-NN, largest |SMD| 0.31." in table.notes


def test_an_outcome_that_some_lack_has_its_own_balance():
    few = effect("1-NN", outcome="wage", max_abs_smd=0.21, n_treated=40, n_control=30)
    table = strategy_table(EffectTable((effect("1-NN", max_abs_smd=0.05), few)))
    assert table.headings[1] == "1-NN †"
    assert "† balance not reached: 1-NN, largest |SMD| 0.21 among those with “wage”." in table.notes


def test_spanish_numbers_have_decimal_commas(effects):
    table = strategy_table(effects, Style.of("es", Names({"income": "Ingreso"})))
    assert table.headings[0] == "Resultado"
    assert shown(column(table, "kernel")[1], SPANISH) == "−12,0 [−18,0; −6,0]"
    assert shown(Number(12345.678, 2, " Bs"), SPANISH) == "12.345,68 Bs"
    assert "controles emparejados" in " ".join(table.notes)


def test_stars_are_off_unless_asked_for(effects):
    assert "*" not in "".join(shown(cell, ENGLISH) for cell in column(strategy_table(effects), "kernel"))
    starred = strategy_table(effects, stars=True)
    assert shown(column(starred, "kernel")[0], ENGLISH) == "120*** [40, 200]"
    assert any("p < 0.05" in note for note in starred.notes)


def test_notes_name_denominator_weights_variance_level_and_spread(effects):
    notes = " ".join(strategy_table(effects).notes)
    for part in (
        "matched control mean",
        "match weight",
        "leave-own-group-out",
        "95 %",
        "spread over strategies",
        "A note of",
    ):
        assert part in notes


def test_estimates_on_few_units_are_suppressed(effects):
    few = EffectTable((effect(n_control=4),))
    table = strategy_table(few)
    cells = column(table, "kernel")
    assert all(isinstance(cell, Suppressed) for cell in cells if cell != "")
    assert {shown(cell, ENGLISH) for cell in cells if cell != ""} == {"n < 5"}
    tidy = tidy_table("tidy", few, Style())
    assert {type(cell) for cell in tidy.rows[0].cells} == {str, Suppressed}
    assert isinstance(column(strategy_table(few, Style(minimum=4)), "kernel")[0], Estimate)


def test_a_refused_percentage_is_a_dash_with_its_reason():
    refused = {"percent_effect": np.nan, "percent_conf_low": np.nan, "percent_conf_high": np.nan}
    table = strategy_details(
        EffectTable((effect(**refused, denominator="none: the matched control mean …"),))
    )
    assert [shown(cell, ENGLISH) for cell in column(table, "kernel")[4:6]] == ["–", "–"]
    assert any("not clearly above zero" in note for note in table.notes)


def test_truth_stands_beside_every_estimate(effects):
    known = {("kernel", "income"): KnownEffect(100.0, 110.0), ("1-NN", "income"): KnownEffect(100.0, 300.0)}
    table = truth_table(effects, known, Style())
    assert [row.cells[0] for row in table.rows] == ["income (Bs/year, 2014)", "kernel", "1-NN"]
    assert [shown(cell, ENGLISH) for cell in table.rows[1].cells] == [
        "kernel",
        "120",
        "(40)",
        "[40, 200]",
        "110",
        "100",
        "yes",
    ]
    assert table.rows[2].cells[-1] == "no"
    lines = truth_lines(EffectTable((effects.one("income", "kernel"),)), known, Style())
    assert len(lines) == 2
    assert lines[1].split()[-4:] == ["200]", "110", "100", "yes"]
    assert len({len(line) for line in lines}) == 1


def test_a_row_must_fit_the_headings():
    with pytest.raises(ValueError, match="2 headings and a row of 1"):
        Table("t", "c", ("a", "b"), (Row(("x",)),))


def test_a_variance_is_named_in_spanish_throughout():
    row = np.arange(400)
    frame = pd.DataFrame(
        {"treated": row // 5 % 4 == 0, "age": row % 37, "group": row // 5, "income": 100 + row % 11}
    )
    sample = im.Sample(frame, treatment="treated", covariates=["age"], outcomes=["income"], cluster="group")
    pairs = im.match(sample, im.NearestNeighbor(im.Euclidean(), ratio=4))
    once = im.match(sample, im.Subclassification(im.PropensityScore(), 5))
    weights = im.match(sample, im.EntropyBalancing())

    def spanish(matched, **options):
        return im.estimate(matched, **options).one("income").variance.to("es")

    assert spanish(pairs, bias_adjustment="linear") == (
        "linealizados por grupo, con residuos de sesgo reducido (CR2), con pendientes estimadas, t"
    )
    assert spanish(once, bias_adjustment="linear", variance=im.CR1()) == (
        "regresión ponderada sobre el tratamiento, con ajuste dado, por grupo, CR1, t"
    )
    assert spanish(weights, variance=im.MEstimation()) == "estimación M por grupo, normal"
    assert spanish(pairs, variance=im.WildBootstrap(99)) == (
        "bootstrap salvaje (Rademacher, 99 réplicas) de: linealizados por grupo, con residuos de sesgo reducido (CR2)"
    )
    assert spanish(pairs, variance=im.AbadieImbens()) == "Abadie-Imbens (J=2, paper, poblacional)"


def test_an_adjustment_is_named_in_spanish_with_its_columns():
    label = im.LogLinkAdjustment(("land",), squares=True).label
    assert label == "log link, linear and squared in land"
    assert label.to("es") == "enlace logarítmico, lineal y cuadrático en land"
