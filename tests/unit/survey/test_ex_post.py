"""What is after the programme belongs to the sample: its outcomes, its schema, its ex_post columns, and nothing else."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

import impact as im

OWN_SCHEMA = {
    "title": "Own survey",
    "title_es": "Encuesta propia",
    "roles": {
        "outcome": {"en": "outcome", "es": "resultado"},
        "covariate": {"en": "covariate", "es": "covariable"},
    },
    "timings": {"pre": {"en": "before", "es": "antes"}},
    "units": {},
    "missing_codes": [],
    "resources": [
        {
            "name": "household",
            "title": "Household",
            "title_es": "Hogar",
            "schema": {
                "primaryKey": ["hh"],
                "fields": [
                    {"name": "hh", "type": "string", "title": "Id", "title_es": "Id", "role": "covariate"},
                    {
                        "name": "tierra",
                        "type": "number",
                        "title": "Land",
                        "title_es": "Tierra",
                        "role": "outcome",
                    },
                    {
                        "name": "area_cultivated",
                        "type": "number",
                        "title": "Area before",
                        "title_es": "Superficie previa",
                        "role": "covariate",
                        "timing": "pre",
                    },
                ],
            },
        }
    ],
}


@pytest.fixture
def own_schema(tmp_path: Path) -> im.SurveySchema:
    path = tmp_path / "datapackage.yaml"
    path.write_text(yaml.safe_dump(OWN_SCHEMA), encoding="utf-8")
    return im.load_schema(path)


def household() -> pd.DataFrame:
    generator = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "age": generator.normal(40, 9, 400),
            "tierra": generator.normal(5, 1, 400),
            "area_cultivated": generator.normal(4, 1, 400),
            "zone": generator.integers(0, 2, 400),
        }
    )
    frame["treated"] = (generator.random(400) < 0.5).astype(float)
    return frame.assign(income=frame["age"] + 5 * frame["treated"] + generator.normal(size=400))


def sample_of(**more) -> im.Sample:
    return im.Sample(household(), treatment="treated", covariates=["age"], outcomes=["income"], **more)


STRATEGY = im.NearestNeighbor(im.PropensityScore(), ratio=2)


def test_the_projects_own_schema_refuses_its_outcome_as_a_baseline(own_schema):
    with pytest.raises(im.OptionError, match=r"'tierra' is by the sample's schema a value from after"):
        im.quintile_effects(
            sample_of(schema=own_schema), STRATEGY, "income", by=im.Baseline("tierra"), quantiles=2
        )


def test_a_true_baseline_with_a_name_of_the_packages_schema_is_used(own_schema):
    for more in ({"schema": own_schema}, {}):
        table = im.quintile_effects(
            sample_of(**more), STRATEGY, "income", by=im.Baseline("area_cultivated"), quantiles=2
        )
        assert len(table) == 2


def test_the_packages_schema_is_asked_where_the_sample_has_it():
    with pytest.raises(im.OptionError, match="schema a value from after"):
        im.quintile_effects(
            sample_of(schema=im.load_schema()), STRATEGY, "income", by=im.Baseline("area_cultivated")
        )


def test_columns_named_ex_post_are_refused_as_baseline_and_subgroup():
    sample = sample_of(ex_post=["zone"])
    with pytest.raises(im.OptionError, match="'zone' is by the sample's ex_post"):
        im.quintile_effects(sample, STRATEGY, "income", by=im.Baseline("zone"))
    with pytest.raises(im.OptionError, match="'zone' is by the sample's ex_post"):
        im.subgroup_effects(sample, STRATEGY, by="zone")


def test_a_covariate_after_the_programme_is_refused(own_schema):
    with pytest.raises(im.OptionError, match=r"'age' also stands in ex_post"):
        sample_of(ex_post=["age"])
    with pytest.raises(im.DataError, match=r"'tierra' \(Land\) has the role 'outcome'"):
        im.Sample(household(), "treated", ["age", "tierra"], ["income"], schema=own_schema)


def test_parts_of_a_sample_know_it_too(own_schema):
    sample = sample_of(schema=own_schema, ex_post=["zone"])
    part = sample.take(np.arange(400) < 300)
    assert part.is_after_programme("zone")
    assert part.is_after_programme("tierra")
    assert not part.is_after_programme("area_cultivated")


def test_chosen_outcomes_in_one_place():
    sample = sample_of()
    assert [outcome.name for outcome in sample.chosen()] == ["income"]
    assert [outcome.name for outcome in sample.chosen(["income", im.Column("tierra", label="land")])] == [
        "income",
        "land",
    ]
