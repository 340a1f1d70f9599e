"""Effects by fifth in a registry are those of the same rows in memory."""

import pytest

import impact as im
from impact.language import speaking
from tests.registries import ROLES, assert_same_table, both, households, in_files

BASELINE = im.Baseline("income_before")
pytestmark = pytest.mark.filterwarnings("ignore::impact.errors.ImpactWarning")


@pytest.mark.parametrize(
    ("strategy", "weight"),
    [
        (im.NearestNeighbor(im.PropensityScore(), caliper=0.3), None),
        pytest.param(im.NearestNeighbor(im.Mahalanobis(), ratio=2), "weight", marks=pytest.mark.slow),
        pytest.param(im.EntropyBalancing(), None, marks=pytest.mark.slow),
        pytest.param(im.InverseProbability(im.PropensityScore()), "weight", marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_fifths_and_their_tests_are_those_of_memory(tmp_path, strategy, weight, seed):
    roles = {"cluster": "group", "sampling_weight": weight, "id": "household", "further": ["income_before"]}
    memory, registry = both(households(1200, seed, groups=60), tmp_path, 5, seed, **roles)
    one = im.quintile_effects(memory, strategy, "income", BASELINE, quantiles=3, bias_adjustment="linear")
    other = im.registry.quintile_effects(registry, strategy, "income", BASELINE, quantiles=3)
    assert_same_table(one.frame.drop(columns="max_abs_smd"), other.frame.drop(columns="max_abs_smd"), 1e-9)
    assert [str(note) for note in one.notes] == [str(note) for note in other.notes]
    working = registry.folder.path
    assert not [folder for folder in working.iterdir() if folder.is_dir()], "a fifth's files are left"


@pytest.mark.parametrize(
    ("language", "by", "says"),
    [
        ("en", im.PredictedOutcome(), "a predicted outcome needs all rows together"),
        ("es", im.PredictedOutcome(), "un resultado predicho necesita todas las filas juntas"),
        ("en", im.Baseline("assets"), "is an outcome, measured after the programme. Use by="),
        ("es", im.Baseline("assets"), "es un resultado, medido después del programa. Use Baseline"),
        ("en", im.Baseline("size"), "has not read. Name it in further="),
        ("es", im.Baseline("size"), "el registro no ha leído"),
    ],
)
def test_a_ranking_that_is_no_baseline_is_refused(tmp_path, language, by, says):
    sample = im.RegistrySample(in_files(households(), tmp_path), **ROLES, cluster="group")
    with speaking(language), pytest.raises(im.OptionError, match=says):
        im.registry.quintile_effects(sample, im.EntropyBalancing(), "income", by)
