"""How results show themselves: p-values never as powers of ten, tables as wide as a page, everything in the language that is spoken."""

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact.language import Text, speaking
from impact.views import MOST, html_view, text_view


@pytest.fixture
def effects():
    age = np.arange(60.0)
    frame = pd.DataFrame({"treated": age % 2 == 0, "age": age, "a": age + 9 * (age % 2 == 0), "b": age})
    sample = im.Sample(frame, "treated", ["age"], outcomes=["a", "b"])
    return im.estimate(im.match(sample, im.NearestNeighbor(im.Euclidean(), ratio=2)))


@pytest.mark.parametrize("view", [html_view, text_view])
def test_small_p_values_are_no_powers_of_ten(view):
    shown = view(pd.DataFrame({"p_value": [1e-9, 0.04, np.nan], "romano_wolf": [0.5, 1e-5, 1.0]}))
    assert "0.001" in shown and "0.040" in shown and "e-" not in shown and "nan" not in shown.lower()


def test_a_table_of_effects_fits_a_page_and_says_what_it_left_out(effects):
    shown = effects._repr_html_()
    head = shown[: shown.index("</thead>")]
    assert head.count("<th>") <= MOST + 2
    assert "estimand ATT" in shown and "Further columns in .frame: " in shown
    missing = [name for name in effects.frame if name not in shown and effects.frame[name].notna().all()]
    assert not [name for name in missing if (effects.frame[name].astype(str) != "").any()]


def test_results_that_happen_to_be_the_same_stay_in_the_table():
    frame = pd.DataFrame(
        {f"x{k}": [1.0, 1.0] for k in range(MOST)} | {"unit": ["Bs", "Bs"], "coverage": [0.95, 0.95]}
    )
    shown = html_view(frame, first=("coverage",))
    assert "<th>coverage</th>" in shown and "unit Bs" in shown


def test_a_single_effect_stands_upright(effects):
    shown = effects.one("a")._repr_html_()
    assert shown.count("<th>") == 2 and "<td>estimand</td>" in shown


def test_a_view_is_spanish_where_spanish_is_spoken(effects):
    with speaking("es"):
        shown = effects._repr_html_()
        frame = pd.DataFrame({"outcome": ["x"], "estimate": [1234.5], "holds": [True]})
        small = html_view(frame, (Text("a note", "una nota"),), synthetic=True)
    for english in ("estimate", "On every row", "matched control mean", "matched on observed"):
        assert english not in shown
    assert "error estándar" in shown and "En cada fila: " in shown
    assert "DATOS SINTÉTICOS" in small and "una nota" in small and "sí" in small


@pytest.mark.parametrize("of", ["sample", "matched"])
def test_the_ledger_of_units_is_spanish_too(of):
    frame = pd.DataFrame({"treated": [1, 0] * 4, "age": [1.0, 1.0, 2.0, 2.0] * 2})
    sample = im.Sample(frame, "treated", ["age"])
    shown = sample if of == "sample" else im.match(sample, im.Exact())
    with speaking("es"):
        assert "analizadas, beneficiarios" in shown._repr_html_()
    assert "analysed, treated" in shown._repr_html_()


def test_a_synthetic_survey_shows_its_tables_not_its_columns():
    shown = im.synthetic.rural_alliances(1, groups=20)._repr_html_()
    assert "household" in shown and "income_agr_pc_month" not in shown
