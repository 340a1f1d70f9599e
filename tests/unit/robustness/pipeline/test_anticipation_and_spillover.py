"""Anticipation and spillover by hand, on a survey whose anticipation and spillover are known, and in a report."""

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact.evaluation.report_contents import report_contents
from impact.robustness.four_strategies import Specification
from impact.robustness.pipeline.spillover import nearest_treated

pytestmark = pytest.mark.filterwarnings("ignore::impact.errors.ImpactWarning")
EXACT = Specification("Exact", im.Exact())


def by_hand():
    frame = pd.DataFrame(
        {
            "treated": [1, 1, 0, 0, 0, 0],
            "x": [1, 2, 1, 2, 1, 2],
            "y": [12.0, 14.0, 10.0, 11.0, 8.0, 9.0],
            "place": ["a", "a", "a", "a", "b", "c"],
            "lat": [-17.0, -17.0, -17.0, -17.05, -17.1, -17.3],
            "lon": [-65.0] * 6,
        }
    )
    return im.Sample(frame, "treated", ["x"], ["y", im.Headcount("y", line=9.5)])


def test_a_mean_moves_by_the_control_mean_and_a_rate_is_counted_anew():
    matched = im.match(by_hand(), im.Exact())
    found = im.anticipation_bounds(matched, shifts=[0.1, -0.1])
    mean = found.of("y").set_index("shift")["estimate"]
    assert mean.to_dict() == pytest.approx({0.0: 13 - 9.5, -0.1: 13 - 8.55, 0.1: 13 - 10.45})
    assert found.vanishes == pytest.approx({"y": 3.5 / 9.5})
    rate = next(name for name in found.frame["outcome"] if name != "y")
    poor = found.of(rate).set_index("shift")["estimate"]
    # controls at 10, 11, 8, 9: two below 9.5; a tenth less 9, 9.9, 7.2, 8.1: three; a tenth more 11, 12.1, 8.8, 9.9: one
    assert poor.to_dict() == pytest.approx({0.0: -0.5, -0.1: -0.75, 0.1: -0.25})
    assert found.keeps_sign("y") and "would vanish at +37 %" in found.sentence("y")
    assert "Desaparecería con +37 %" in found.sentence("y", "es")


def test_the_known_anticipation_of_a_synthetic_survey_is_undone_by_its_shift():
    """Controls who earned 10 % less in advance: shifting them back by 1/.9 gives what a survey without anticipation gives."""
    effects = []
    for anticipation in (0.0, -0.1):
        survey = im.synthetic.rural_alliances(8, groups=60, anticipation=anticipation)
        roles = survey.roles() | {"outcomes": ["income_agr_pc_month"]}
        matched = im.match(im.Sample(survey.household, **roles), im.Kernel(im.PropensityScore()))
        found = im.anticipation_bounds(matched, shifts=[1 / 0.9 - 1])
        effects.append(found.frame["estimate"].to_numpy())
    assert effects[1][1] == pytest.approx(effects[0][0], rel=1e-9)
    assert abs(effects[1][0] - effects[0][0]) > 10


@pytest.mark.parametrize(
    ("shifts", "message"),
    [((), "at least one share"), ((-1.0,), "shifts"), ((0.0,), "differ from 0"), ((0.1, 0.1), "each share once"), (("much",), "shifts")],
)  # fmt: skip
def test_shifts_that_are_none_are_named(shifts, message):
    with pytest.raises(im.OptionError, match=message):
        im.anticipation_bounds(im.match(by_hand(), im.Exact()), shifts=shifts)


def test_controls_are_left_out_by_municipality_and_by_ring():
    found = im.spillover(by_hand(), EXACT, ["y"], "place", "lat", "lon", distances=[8, 1000])
    frame = found.frame
    assert frame["estimate"].tolist()[:3] == pytest.approx([13 - 9.5, 13 - 8.5, 13 - 8.5])
    assert frame["n_control"].tolist() == [4, 2, 2, 0] and frame["left_out"].tolist() == [0, 2, 2, 4]
    assert str(frame["reason"].iloc[3]) == "no control is left"
    assert frame["variant"].iloc[2].es == "controles a 8 km o más de todo grupo beneficiario"
    assert "lat" not in frame and "coordenadas" in " ".join(note.es for note in found.notes)
    assert found.sentence("y").startswith("y: 3.500 with all controls, 4.500")


def test_distances_are_those_of_a_great_circle():
    coordinates = np.array([[0.0, 0.0], [0.0, 1.0], [-17.78, -63.18], [np.nan, 0.0]])
    distance = nearest_treated(coordinates, np.array([True, False, False, False]))
    degree = 6371.0088 * np.pi / 180
    assert distance[:2] == pytest.approx([0.0, degree]) and np.isnan(distance[3])
    cosine = np.cos(np.radians(17.78)) * np.cos(np.radians(63.18))
    assert distance[2] == pytest.approx(6371.0088 * np.arccos(cosine), rel=1e-9)


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"municipality": None}, "got neither"),
        ({"latitude": "lat"}, "given together"),
        ({"municipality": "town"}, "town"),
        ({"latitude": "y", "longitude": "x", "distances": [0]}, "distances"),
        ({"latitude": "far", "longitude": "lon"}, "decimal degrees"),
    ],
)
def test_bad_input_is_named(keywords, message):
    sample = by_hand()
    sample = im.Sample(sample.frame.assign(far=[200.0] * 6), "treated", ["x"], ["y"])
    with pytest.raises(im.ImpactError, match=message):
        im.spillover(sample, EXACT, **({"municipality": "place"} | keywords))


TOML = """
language = "es"
synthetic = true
[data]
schema = true
[tables]
household = "household.csv"
group = "group.csv"
[roles]
treatment = "treated"
covariates = ["region", "education_index", "assets_pre"]
cluster = "group_id"
group_assigned = true
id = "hh_id"
[[outcomes]]
column = "income_labour"
[[strategies]]
name = "Kernel"
type = "kernel"
distance = "propensity score"
[anticipation]
shifts = [-0.1, 0.2]
[spillover]
latitude = "lat"
longitude = "lon"
distances = [10]
[sensitivity]
[placebo]
outcomes = ["livestock_tlu_pre", "land_owned_pre"]
treatment = 4
"""


def test_the_report_has_both_and_verdicts_on_sensitivity_and_placebo(tmp_path):
    survey = im.synthetic.rural_alliances(9, groups=50)
    survey.household.to_csv(tmp_path / "household.csv", index=False)
    survey.group.to_csv(tmp_path / "group.csv", index=False)
    (tmp_path / "evaluation.toml").write_text(TOML, encoding="utf-8")
    contents = report_contents(im.evaluate(tmp_path / "evaluation.toml").findings)
    sections = {one.name: one for one in contents.sections}
    assert (
        "por adelantado" in sections["anticipation"].title
        and len(sections["anticipation"].items[0].rows) == 4
    )
    assert len(sections["spillover"].items[0].rows) == 4
    latitudes = survey.group["lat"].astype(str)
    assert not any(value in str(sections["spillover"]) for value in latitudes)
    table = next(item for item in contents.sections[0].items if item.name == "verdicts")
    named = {row.cells[0] for row in table.rows}
    assert {"Regla de la fila de espera", "Placebo", "Sensibilidad a factores ocultos"} <= named
