"""What every component keeps, whatever its kind: found by itself, held to labels, invariances, pickling and refusals."""

import dataclasses
import pickle
import warnings

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact.design.units import Units
from impact.errors import ImpactError, ImpactWarning, OptionError
from impact.evaluation.reading.kinds import KINDS
from impact.language import Text
from tests.properties.component_instances import NAMES_ALONE, WRONG, instances
from tests.surveys import grouped_sample, grouped_survey

pytestmark = pytest.mark.filterwarnings("ignore::impact.errors.ImpactWarning")


def each(noun):
    return pytest.mark.parametrize(
        "component",
        [pytest.param(one, id=f"{type(one).__name__}-{n}") for n, one in enumerate(instances(noun))],
    )


def shuffled(frame):
    return frame.sample(frac=1, random_state=5)


def units(frame):
    return Units.of(grouped_sample(frame), "ATT")


def bilingual(label):
    """Return whether a label is a text that reads otherwise in Spanish."""
    return isinstance(label, Text) and bool(label.en) and bool(label.es) and label.en != label.es


def same(first, second):
    """Return whether two values are alike, field by field and table by table."""
    if isinstance(first, (pd.DataFrame, pd.Series)):
        return first.equals(second)
    if dataclasses.is_dataclass(first):
        return all(same(getattr(first, f.name), getattr(second, f.name)) for f in dataclasses.fields(first))
    return repr(first) == repr(second) if hasattr(first, "get_params") else first == second


def copy(component):
    return pickle.loads(pickle.dumps(component))


# Every kind

FOUND = {name: found for kind in KINDS for name, found in kind.known().items()}
NOT_STRATEGIES = [kind.noun.en.split(" ", 1)[1] for kind in KINDS if kind.noun.en != "a strategy"]


@pytest.mark.parametrize(
    "component",
    [
        pytest.param(one, id=f"{type(one).__name__}-{number}")
        for noun in NOT_STRATEGIES
        for number, one in enumerate(instances(noun))
    ],
)
def test_a_component_comes_back_from_pickling_as_it_was(component):
    again = copy(component)
    assert type(again) is type(component) and repr(again) == repr(component)
    assert same(again, component)


@pytest.mark.parametrize("found", [pytest.param(one, id=one.__name__) for one in FOUND.values()])
def test_a_component_refuses_wrong_options_in_both_languages(found):
    name, options = found.__name__, dataclasses.fields(found)
    assert bool(options) == (name in WRONG or name in NAMES_ALONE), (
        f"add options that {name} refuses to WRONG in tests/properties/component_instances.py"
    )
    for wrong in WRONG.get(name, ()):
        with pytest.raises(ImpactError) as refusal:
            found(**wrong)
        assert bilingual(refusal.value.text), wrong


# Distances


def distances(component, frame):
    measure = component.measure(units(frame))
    rows = np.arange(len(frame))
    return pd.DataFrame(measure.block(rows, rows) * measure.unit, frame.index, frame.index)


@each("distance")
def test_a_distance_is_one_and_goes_with_the_units(component):
    frame = grouped_survey()
    table = distances(component, frame)
    assert np.isfinite(table.to_numpy()).all() and (table.to_numpy() >= 0).all()
    np.testing.assert_allclose(table, table.T, atol=1e-9)
    np.testing.assert_allclose(np.diag(table), 0, atol=1e-6)
    other = distances(copy(component), shuffled(frame)).loc[frame.index, frame.index]
    np.testing.assert_allclose(other, table, rtol=1e-7, atol=1e-7)
    assert bilingual(component.measure(units(frame)).label)


@each("distance")
def test_a_distance_does_not_see_outcomes(component):
    frame = grouped_survey()
    other = frame.assign(income=frame["income"].to_numpy()[::-1] * 7)
    np.testing.assert_array_equal(distances(component, frame), distances(component, other))


# Support rules


@each("support rule")
def test_a_support_rule_goes_with_the_units_and_knows_no_unit_of_measurement(component):
    frame = grouped_survey()
    kept = pd.Series(component.on_support(units(frame)), frame.index)
    assert kept.dtype == bool and kept.any()
    other = shuffled(frame)
    again = pd.Series(copy(component).on_support(units(other)), other.index)
    pd.testing.assert_series_equal(again.loc[frame.index], kept)
    scaled = frame.assign(herd=frame["herd"] * 1000 + 50)
    np.testing.assert_array_equal(component.on_support(units(scaled)), kept)


@each("support rule")
def test_what_a_support_rule_discards_is_discarded(component):
    frame = grouped_survey()
    matched = im.match(grouped_sample(frame), im.Kernel(im.PropensityScore()), support=component)
    off = frame.index[~component.on_support(units(frame))]
    assert set(matched.discarded) == set(off)
    assert (matched.weights.loc[off] == 0).all()


@each("support rule")
def test_a_support_rule_refuses_a_wrong_option(component):
    option = "drop" if hasattr(component, "drop") else "alpha"
    with pytest.raises(OptionError, match=option):
        type(component)(**{option: "nobody"})


# Outcomes


@each("kind of outcome")
def test_an_outcome_has_a_value_for_each_row_in_any_order(component):
    frame = grouped_survey()
    before = frame.copy()
    values = component.values(frame)
    assert values.dtype == np.float64 and values.shape == (len(frame),) and np.isfinite(values).all()
    pd.testing.assert_frame_equal(frame, before)
    other = shuffled(frame)
    again = pd.Series(copy(component).values(other), other.index).loc[frame.index]
    np.testing.assert_allclose(again, values, rtol=1e-12)


@each("kind of outcome")
def test_an_outcome_reads_the_columns_that_it_names(component):
    frame = grouped_survey()
    read = [*component.columns, *([component.persons] if component.persons else []), "region", "size"]
    np.testing.assert_array_equal(component.values(frame[list(dict.fromkeys(read))]), component.values(frame))
    with pytest.raises((ImpactError, KeyError)):
        component.values(frame.drop(columns=component.columns[0]))
    assert component.name and isinstance(component.period, str)


@each("kind of outcome")
def test_an_outcome_never_enters_the_design(component):
    with pytest.raises(ImpactError, match="outcome"):
        grouped_sample(grouped_survey(), covariates=[component.columns[0]], outcomes=[component])


# Variances

UNITS_STAND_FOR_THEMSELVES = {"AbadieImbens"}
"""They are stated for units sampled one by one, and take no notice of groups."""


def designs():
    yield im.NearestNeighbor(im.PropensityScore(), ratio=2)
    yield im.Kernel(im.PropensityScore(), bandwidth=0.2)
    yield im.InverseProbability(im.PropensityScore())


def effects(variance, frame, outcome="income"):
    """Return the estimate by the first design that a variance suits."""
    for design in designs():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ImpactWarning)
            try:
                return im.estimate(
                    im.match(grouped_sample(frame, outcomes=[outcome]), design), variance=variance
                ).one()
            except OptionError as problem:
                refusal = problem
    raise AssertionError(f"{variance} suits none of the designs: {refusal}")


@each("variance")
def test_a_standard_error_moves_with_the_unit_of_the_outcome_alone(component):
    frame = grouped_survey()
    base = effects(component, frame)
    assert 0 < base.std_error < np.inf and base.conf_low < base.estimate < base.conf_high
    moved = effects(copy(component), frame.assign(income=frame["income"] + 1000))
    assert moved.std_error == pytest.approx(base.std_error, rel=1e-7)
    scaled = effects(component, frame.assign(income=-3 * frame["income"]))
    assert scaled.std_error == pytest.approx(3 * base.std_error, rel=1e-7)


@each("variance")
def test_a_standard_error_does_not_depend_on_the_order_of_the_rows(component):
    frame = grouped_survey()
    base, other = effects(component, frame), effects(component, shuffled(frame))
    assert other.std_error == pytest.approx(base.std_error, rel=1e-8)
    assert (other.conf_low, other.conf_high) == pytest.approx((base.conf_low, base.conf_high), rel=1e-8)


@each("variance")
def test_a_variance_says_in_both_languages_what_it_is(component):
    assert bilingual(effects(component, grouped_survey()).variance)


@each("variance")
def test_no_variance_from_one_group(component):
    frame = grouped_survey()
    groups = frame["group"].where(~frame["treated"], -1)
    if type(component).__name__ in UNITS_STAND_FOR_THEMSELVES:
        assert effects(component, frame.assign(group=groups)).std_error == effects(component, frame).std_error
        return
    with pytest.raises(ImpactError):
        effects(component, frame.assign(group=groups))


# Adjustments


@each("bias adjustment")
def test_an_adjustment_has_terms_for_each_unit_and_a_name(component):
    matched = im.match(grouped_sample(), im.NearestNeighbor(im.PropensityScore()))
    terms = component.terms(matched)
    assert terms.ndim == 2 and len(terms) == len(matched.sample) and np.isfinite(terms).all()
    np.testing.assert_array_equal(copy(component).terms(matched), terms)
    assert bilingual(component.label)


@each("bias adjustment")
def test_what_the_programme_adds_is_added_to_the_effect(component):
    frame = grouped_survey()
    design = im.InverseProbability(im.PropensityScore())

    def effect(frame):
        return im.estimate(im.match(grouped_sample(frame), design), bias_adjustment=component).one().estimate

    base = effect(frame)
    assert effect(frame.assign(income=frame["income"] + 50 * frame["treated"])) == pytest.approx(
        base + 50, rel=1e-6
    )
    assert effect(shuffled(frame)) == pytest.approx(base, rel=1e-6)


# Rankings


@each("ranking")
def test_a_ranking_ranks_everybody_in_any_order(component):
    frame = grouped_survey()
    sample, other = grouped_sample(frame), grouped_sample(shuffled(frame))
    first = component.rankings(sample, sample.outcomes[0])
    second = copy(component).rankings(other, other.outcomes[0])
    assert len(first) == len(second) >= 1
    for one, again in zip(first, second, strict=True):
        assert one.values.shape == one.compared.shape == (len(frame),)
        assert np.isfinite(one.values).all() and one.compared.dtype == bool
        at = pd.Series(again.values, other.frame.index).loc[frame.index]
        np.testing.assert_allclose(at, one.values, rtol=1e-8)
    assert bilingual(component.label)


@each("ranking")
def test_a_ranking_does_not_see_what_the_treated_have_now(component):
    frame = grouped_survey()
    other = frame.assign(income=frame["income"] + 500 * frame["treated"] * frame["size"])
    for one, again in zip(
        *(component.rankings(s, s.outcomes[0]) for s in (grouped_sample(frame), grouped_sample(other))),
        strict=True,
    ):
        np.testing.assert_allclose(one.values, again.values, rtol=1e-9)


# Rules for residuals


@each("rule for residuals")
def test_a_rule_for_residuals_is_named_and_travels(component):
    assert bilingual(component.label)
    assert copy(component) == component
