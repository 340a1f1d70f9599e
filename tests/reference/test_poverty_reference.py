"""Poverty with standard errors against R's survey package (poverty/reference.R, poverty/versions.txt).

Both sides compute closed forms in double precision on the same rounded data, so that 1e-8 relative leaves
room for the order of summation only.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from impact.survey.clusters import SurveyDesign
from impact.survey.poverty.indices import fgt, sen_shorrocks_thon, watts
from impact.survey.poverty.relative_line import MeanLine, QuantileLine

FOLDER = Path(__file__).parent / "poverty"
SURVEY = pd.read_csv(FOLDER / "survey.csv")
REFERENCE = pd.read_csv(FOLDER / "reference.csv")
DESIGNS = {
    "full": {"weights": SURVEY["weight"], "cluster": SURVEY["cluster"], "stratum": SURVEY["stratum"]},
    "clusters": {"weights": SURVEY["weight"], "cluster": SURVEY["cluster"]},
    "strata": {"weights": SURVEY["weight"], "stratum": SURVEY["stratum"]},
    "equal": {},
}
RELATIVE = 1e-8


def reference(measure):
    return REFERENCE[REFERENCE["measure"] == measure]


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("line", [331.0, 580.0])
@pytest.mark.parametrize("strict", [True, False])
def test_fgt_with_standard_errors_of_households_persons_and_regions(design, line, strict):
    expected = reference("fgt")
    expected = expected[
        (expected["design"] == design) & (expected["line"] == line) & (expected["strict"] == strict)
    ]
    alphas = expected["alpha"].unique()
    ours = fgt(
        SURVEY["income"],
        line,
        alphas,
        **DESIGNS[design],
        persons=SURVEY["persons"],
        by=SURVEY["region"],
        strict=strict,
    ).frame
    key = ["alpha", "population", "subgroup"]
    both = expected.rename(columns={"region": "subgroup"}).merge(
        ours, on=key, suffixes=("_r", ""), validate="1:1"
    )
    assert len(both) == len(expected) == 25
    np.testing.assert_allclose(both["estimate"], both["estimate_r"], rtol=RELATIVE)
    np.testing.assert_allclose(both["std_error"], both["std_error_r"], rtol=RELATIVE)
    assert both["degrees_of_freedom"].tolist() == both["df"].tolist()


@pytest.mark.parametrize("line", [331.0, 580.0])
def test_watts_and_sen_shorrocks_thon(line):
    tables = {
        "watts": watts(SURVEY["income"], line, **DESIGNS["full"], floor=20.0),
        "sen-shorrocks-thon": sen_shorrocks_thon(SURVEY["income"], line, **DESIGNS["full"]),
    }
    for measure, table in tables.items():
        expected = reference(measure).set_index("line").loc[line]
        ours = table.frame.iloc[0]
        assert ours["estimate"] == pytest.approx(expected["estimate"], rel=RELATIVE)
        assert ours["std_error"] == pytest.approx(expected["std_error"], rel=RELATIVE)


def test_relative_lines_and_the_standard_error_of_the_mean_line():
    at_median = fgt(SURVEY["income"], QuantileLine(0.6), **DESIGNS["full"]).frame.iloc[0]
    assert at_median["line"] == pytest.approx(
        reference("line of 0.6 median")["estimate"].item(), rel=RELATIVE
    )
    assert at_median["estimate"] == pytest.approx(
        reference("headcount at 0.6 median")["estimate"].item(), rel=RELATIVE
    )
    at_mean = fgt(SURVEY["income"], MeanLine(0.5), 1, **DESIGNS["full"]).frame.iloc[0]
    expected = reference("line of 0.5 mean").iloc[0]
    assert at_mean["line"] == pytest.approx(expected["estimate"], rel=RELATIVE)
    assert at_mean["line_std_error"] == pytest.approx(expected["std_error"], rel=RELATIVE)


def test_the_data_hold_what_could_go_wrong():
    assert (SURVEY["income"] < 0).sum() == 4
    assert (SURVEY["income"] == 0).sum() == 2
    assert (SURVEY["income"] == 580.0).sum() == 4
    assert SurveyDesign.of(len(SURVEY), SURVEY["cluster"], SURVEY["stratum"]).degrees_of_freedom() == 34
