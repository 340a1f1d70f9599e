"""EffectTable: fixed columns, one effect by its labels, joining, and views that escape and warn."""

import pickle
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pandas as pd
import pytest

from impact.effects.effect import EFFECT_COLUMNS, Effect, EffectTable, combined
from impact.errors import OptionError
from impact.language import Text, speaking

PUBLISHED = [
    "strategy",
    "outcome",
    "subgroup",
    "estimand",
    "estimate",
    "std_error",
    "statistic",
    "p_value",
    "conf_low",
    "conf_high",
    "control_mean",
    "percent_effect",
    "percent_conf_low",
    "percent_conf_high",
    "n_treated",
    "n_treated_total",
    "share_on_support",
    "n_control",
    "n_clusters",
    "ess_control",
    "effective_control_clusters",
    "max_abs_smd",
    "unit",
    "period",
    "population",
    "comparator",
    "denominator",
    "weights",
    "identification",
    "bias_adjustment",
    "variance",
    "seed",
]
INCOME = Effect(
    strategy="Nearest",
    outcome="income",
    subgroup="all",
    estimand="ATT",
    estimate=12.5,
    std_error=2.5,
    statistic=5.0,
    p_value=0.001,
    conf_low=7.5,
    conf_high=17.5,
    control_mean=50.0,
    percent_effect=25.0,
    percent_conf_low=15.0,
    percent_conf_high=35.0,
    n_treated=40,
    n_treated_total=41,
    share_on_support=40 / 41,
    n_control=30,
    n_clusters=12,
    ess_control=22.0,
    effective_control_clusters=8.0,
    max_abs_smd=0.08,
    unit="Bs/year",
    period="2014",
    population="matched treated (40 of 41)",
    comparator="matched controls",
    denominator="matched control mean",
    weights="match weight; households count once",
    identification="cross-section",
    bias_adjustment="none",
    variance="by group",
    seed=None,
    degrees_of_freedom=9.5,
    level=0.95,
    largest_cluster_share=0.2,
)
LAND = replace(
    INCOME,
    outcome="land",
    estimate=3.1,
    percent_effect=np.nan,
    denominator="none: the control mean is not clearly positive",
)


def test_columns_are_those_published_in_their_order_then_the_newer_ones():
    frame = EffectTable((INCOME, LAND)).frame
    assert list(frame.columns) == list(EFFECT_COLUMNS)
    assert list(frame.columns[: len(PUBLISHED)]) == PUBLISHED
    assert frame["outcome"].tolist() == ["income", "land"]
    assert frame.loc[0, "estimate"] == 12.5 and np.isnan(frame.loc[1, "percent_effect"])


@pytest.mark.parametrize("effects", [(), (INCOME,)], ids=["empty", "one"])
def test_columns_and_counts_keep_their_types_however_few_the_rows(effects):
    frame = EffectTable(effects).frame
    assert list(frame.columns) == list(EFFECT_COLUMNS) and len(frame) == len(effects)
    assert {
        str(frame[name].dtype) for name in ("n_treated", "n_treated_total", "n_control", "n_clusters")
    } == {"int64"}
    assert frame["seed"].dtype == "Int64"


def test_a_missing_seed_stays_missing_and_a_given_one_whole():
    frame = EffectTable((INCOME, replace(INCOME, seed=7))).frame
    assert frame["seed"].isna().tolist() == [True, False] and frame["seed"].iloc[1] == 7


def test_changing_the_frame_leaves_the_table():
    table = EffectTable((INCOME,))
    frame = table.frame
    frame.loc[0, "estimate"] = 0.0
    assert table.frame.loc[0, "estimate"] == 12.5


def test_one_finds_the_effect_of_its_labels():
    table = EffectTable((INCOME, LAND, replace(LAND, subgroup="Q1"), replace(INCOME, strategy="Kernel")))
    assert table.one("income", strategy="Kernel").strategy == "Kernel"
    assert table.one(subgroup="Q1") == replace(LAND, subgroup="Q1")
    assert EffectTable((INCOME,)).one() is INCOME


def test_one_says_how_many_effects_the_labels_pick_and_which_there_are():
    table = EffectTable((INCOME, LAND))
    with pytest.raises(
        OptionError, match=r"they pick 2\. The table has: Nearest / income / all, Nearest / land / all"
    ):
        table.one(strategy="Nearest")
    with pytest.raises(OptionError, match="they pick 0"):
        table.one("wealth")


def test_labelled_renames_only_what_is_given_and_keeps_notes_and_banner():
    table = EffectTable((INCOME, LAND), notes=("A note.",), synthetic=True)
    renamed = table.labelled(subgroup="Q1")
    assert {effect.subgroup for effect in renamed} == {"Q1"} and {effect.strategy for effect in renamed} == {
        "Nearest"
    }
    assert renamed.labelled(strategy="Mine").one("land").strategy == "Mine"
    assert (renamed.notes, renamed.synthetic) == (("A note.",), True)
    assert table.one("income").subgroup == "all"


def test_combined_keeps_the_order_and_says_each_note_once_and_synthetic_if_any_part_is():
    first, second = (
        EffectTable((INCOME,), ("Same.", "First.")),
        EffectTable((LAND,), ("Same.",), synthetic=True),
    )
    joined = combined([first, second], ["Last.", "First."])
    assert [effect.outcome for effect in joined] == ["income", "land"] and len(joined) == 2
    assert joined.notes == ("Same.", "First.", "Last.")
    assert joined.synthetic and not combined([first]).synthetic
    assert len(combined([])) == 0


def test_synthetic_data_say_so_first_in_text_and_html_and_real_data_never():
    table = EffectTable((INCOME,), synthetic=True)
    assert repr(table).startswith("SYNTHETIC DATA")
    assert table._repr_html_().startswith("<p><strong>SYNTHETIC DATA</strong></p>")
    real = EffectTable((INCOME,))
    assert "SYNTHETIC" not in repr(real) + real._repr_html_()


def test_labels_and_notes_are_escaped_in_html():
    table = EffectTable((replace(INCOME, subgroup="<script>", unit="a & b"),), notes=("<b>bold</b>",))
    html = table._repr_html_()
    assert "<script>" not in html and "<b>" not in html
    assert "&lt;script&gt;" in html and "&lt;b&gt;bold&lt;/b&gt;" in html and "a &amp; b" in html


def test_views_show_numbers_intervals_and_notes():
    text = repr(EffectTable((INCOME,), notes=("Strata: five.",)))
    assert "12.5" in text and "17.5" in text and text.endswith("Strata: five.")
    assert repr(EffectTable(())) == "(no effects)"
    assert repr(INCOME) == (
        "ATT on income (all): 12.5, SE 2.5, 95% interval 7.5 to 17.5 = +25.0 % of matched control mean"
    )
    assert "%" not in repr(LAND).split("interval")[1]


def test_an_effect_shows_itself_in_the_language_that_is_spoken():
    label = Text("matched control mean", "media de controles con pareja")
    effect = replace(INCOME, subgroup=Text("all", "todos"), denominator=label)
    with speaking("es"):
        assert repr(effect) == (
            "ATT en income (todos): 12,5, EE 2,5, intervalo del 95\xa0%: 7,5 a 17,5 = +25,0 % de: media de controles con pareja"
        )


def test_tables_are_frozen_pickle_and_take_any_sequence():
    table = EffectTable([INCOME, LAND], ("Note.",), True)
    with pytest.raises(FrozenInstanceError):
        table.synthetic = False
    copy = pickle.loads(pickle.dumps(table))
    pd.testing.assert_frame_equal(copy.frame, table.frame)
    assert (copy.notes, copy.synthetic, table.effects) == (table.notes, True, (INCOME, LAND))
