"""The universe: every specification is what estimate() gives alone, infeasible ones say why, a killed run goes on, draws by group."""

import errno
import json
import time

import joblib
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import impact as im
from impact.effects.joint import joint_effects
from impact.language import speaking
from impact.robustness.universe.curve_inference import curve_inference
from impact.robustness.universe.influence import shapley_shares
from tests.surveys import alliances_sample

LOOSE = im.QualityRule(max_smd=1.0, min_share=0.5)


@pytest.fixture(scope="module")
def sample():
    outcomes = [im.Column("income_agr_pc_month", unit="Bs"), "area_cultivated"]
    return alliances_sample(5, 90, outcomes=outcomes)


@pytest.fixture(scope="module")
def choices(sample):
    return im.Choices(
        family={"nearest": im.NearestFamily(), "kernel": im.KernelFamily()},
        ratio={"1": 1, "4": 4},
        caliper={"none": None, "0.2 SD": 0.2},
        adjustment={"none": None, "linear": "linear"},
        winsorised={"none": None, "p99": 0.99},
    )


@pytest.fixture(scope="module")
def found(sample, choices):
    return im.universe(sample, choices=choices, replications=299, n_jobs=1, quality=LOOSE)


def test_each_specification_is_what_estimate_gives_alone(sample, found):
    own = found.frame.query(
        "family == 'nearest' and distance == 'Mahalanobis' and ratio == '4' and adjustment == 'linear'"
    )
    matched = im.match(sample, im.NearestNeighbor(im.Mahalanobis(), ratio=4))
    for winsorised, outcome in (
        ("none", "income_agr_pc_month"),
        ("p99", im.Winsorized("income_agr_pc_month", label="w")),
    ):
        row = own[(own["outcome"] == "income_agr_pc_month") & (own["winsorised"] == winsorised)].iloc[0]
        effect = im.estimate(matched, [outcome], bias_adjustment="linear").effects[0]
        for name in (
            "estimate",
            "std_error",
            "p_value",
            "conf_low",
            "conf_high",
            "control_mean",
            "max_abs_smd",
        ):
            assert row[name] == pytest.approx(getattr(effect, name), rel=1e-10), name


def test_the_product_is_complete_and_what_cannot_be_says_why(found, choices):
    assert (
        found.frame["specification"].nunique() + found.infeasible["specification"].nunique()
        == choices.number
        == 64
    )
    reasons = found.infeasible.drop_duplicates("reason")["reason"].tolist()
    assert any("kernel reads no ratio" in reason for reason in reasons)
    assert any("caliper in SDs needs a score" in reason for reason in reasons)
    assert found.infeasible.query("family == 'kernel' and ratio == '4'").shape[0] == 16


def test_the_contributions_of_the_curve_are_those_of_joint_effects(sample):
    """One match, two adjustments: the covariance from the stored contributions is joint_effects'."""
    from impact.robustness.universe.block import estimated
    from impact.robustness.universe.specifications import blocks_of

    one = im.Choices(
        distance={"m": im.Mahalanobis()}, ratio={"4": 4}, adjustment={"none": None, "linear": "linear"}
    )
    (block,), _ = blocks_of(one, sample)
    got = estimated(sample, block, one, sample.outcomes, False, 0.95)
    matched = im.match(sample, im.NearestNeighbor(im.Mahalanobis(), ratio=4))
    named = {"none": matched, "linear": matched}
    joint = joint_effects(named, bias_adjustment={"none": None, "linear": "linear"})
    np.testing.assert_allclose(
        got.contributions.T @ got.contributions, joint.covariance.to_numpy(), rtol=1e-9
    )


def test_what_fails_balance_is_shown_and_not_counted(sample, choices):
    strict = im.universe(
        sample, choices=choices, quality=im.QualityRule(max_smd=0.3), replications=199, n_jobs=1
    )
    one = strict.frame[strict.frame["outcome"] == "area_cultivated"]
    assert one["counted"].tolist() == (one["max_abs_smd"] <= 0.3).tolist()
    assert 0 < strict.one("area_cultivated")["counted"] < len(one)
    assert strict.one("area_cultivated")["median"] == pytest.approx(
        one.loc[one["counted"], "estimate"].median()
    )
    with pytest.raises(im.SupportError, match="passes the quality rule"):
        im.universe(sample, choices=choices, quality=im.QualityRule(max_smd=1e-6), replications=199, n_jobs=1)


def test_balance_is_judged_on_all_covariates_whatever_the_match_used(sample):
    short = im.Choices(
        distance={"m": im.Mahalanobis()},
        covariates={"all": None, "one": ("assets_pre",)},
        adjustment={"none": None},
    )
    frame = im.universe(
        sample, ["area_cultivated"], short, im.QualityRule(10, 0), replications=199, n_jobs=1
    ).frame
    by = frame.set_index("covariates")["max_abs_smd"]
    assert by["one"] > 1.3 * by["all"]


def test_processes_and_backends_change_nothing(sample, choices, found):
    with joblib.parallel_config(backend="threading", n_jobs=2):
        again = im.universe(sample, choices=choices, replications=299, quality=LOOSE)
    pd.testing.assert_frame_equal(found.frame, again.frame)
    pd.testing.assert_frame_equal(found.summary, again.summary)


def test_a_killed_run_goes_on_where_it_stopped(sample, choices, found, tmp_path):
    whole = im.universe(sample, choices=choices, replications=299, n_jobs=1, folder=tmp_path, quality=LOOSE)
    pd.testing.assert_frame_equal(found.frame, whole.frame)
    kept = sorted(tmp_path.glob("*.npz"))
    for file in kept[::2]:
        file.unlink()
    (tmp_path / "unfinished.123.part").write_bytes(b"half")
    stamps = {file: file.stat().st_mtime_ns for file in kept[1::2]}
    time.sleep(0.01)
    again = im.universe(sample, choices=choices, replications=299, n_jobs=1, folder=tmp_path, quality=LOOSE)
    assert {file: file.stat().st_mtime_ns for file in stamps} == stamps and sorted(
        tmp_path.glob("*.npz")
    ) == kept
    pd.testing.assert_frame_equal(found.frame, again.frame)
    pd.testing.assert_frame_equal(found.summary, again.summary)


def test_other_data_do_not_read_what_was_kept(sample, tmp_path):
    small = im.Choices(distance={"m": im.Mahalanobis()})
    options = {"quality": LOOSE, "choices": small, "replications": 199, "n_jobs": 1, "folder": tmp_path}
    first = im.universe(sample, ["area_cultivated"], **options)
    richer = sample.with_frame(
        sample.frame.assign(area_cultivated=sample.frame["area_cultivated"] + sample.treated)
    )
    second = im.universe(richer, ["area_cultivated"], **options)
    assert second.frame["estimate"][0] == pytest.approx(first.frame["estimate"][0] + 1)
    with np.load(next(tmp_path.glob("*.npz")), allow_pickle=False) as file:
        assert json.loads(str(file["words"]))["rows"] == [[0, "area_cultivated"]]


def test_rows_in_another_order_give_the_same_curve(sample, found, choices):
    order = np.random.default_rng(0).permutation(len(sample))
    again = im.universe(sample.reordered(order), choices=choices, replications=299, n_jobs=1, quality=LOOSE)
    columns = ["estimate", "std_error", "max_abs_smd"]
    np.testing.assert_allclose(again.frame[columns], found.frame[columns], rtol=1e-7)
    assert again.summary["p_any"].tolist() == found.summary["p_any"].tolist()


def test_a_change_has_no_percentage_of_the_control_mean(sample):
    change = im.Change("income_agr_pc_month", "hh_size_pre")
    with pytest.raises(
        im.OptionError, match=r"change in income_agr_pc_month is a change.*Leave percent"
    ) as refused:
        im.universe(sample, [change], percent=True, replications=199, n_jobs=1)
    assert "es un cambio" in refused.value.text.to("es")


def test_percent_effects_let_forms_with_other_units_stand_side_by_side(sample):
    forms = im.Choices(
        distance={"m": im.Mahalanobis()},
        form={
            "per person": None,
            "household": lambda outcome: im.Column("income_agr_net", label=outcome.name),
        },
    )
    with pytest.raises(im.OptionError, match="percent=True"):
        im.universe(sample, ["income_agr_pc_month"], forms, n_jobs=1, quality=LOOSE)
    frame = im.universe(
        sample, ["income_agr_pc_month"], forms, percent=True, replications=199, n_jobs=1
    ).frame
    matched = im.match(sample, im.NearestNeighbor(im.Mahalanobis()))
    for form, column in (("per person", "income_agr_pc_month"), ("household", "income_agr_net")):
        effect = im.estimate(matched, [column], bias_adjustment="linear").effects[0]
        row = frame[frame["form"] == form].iloc[0]
        assert row["estimate"] == pytest.approx(effect.percent_effect, rel=1e-10)
        assert row["conf_low"] == pytest.approx(effect.percent_conf_low, rel=1e-10)


def test_an_outcome_that_one_adjustment_cannot_take_fails_alone(sample):
    negative = sample.frame["income_agr_pc_month"] - sample.frame["income_agr_pc_month"].mean()
    both = sample.with_frame(sample.frame.assign(gap=negative), outcomes=(im.Column("gap"), *sample.outcomes))
    one = im.Choices(
        distance={"m": im.Mahalanobis()}, adjustment={"none": None, "log": im.LogLinkAdjustment()}
    )
    result = im.universe(both, choices=one, replications=199, n_jobs=1, quality=LOOSE)
    assert set(result.infeasible["outcome"]) == {"gap"} and len(result.frame) == 5


def test_sentences_name_the_choice_that_moves_most(found):
    row = found.one("area_cultivated")
    assert f"over {row['counted']} specifications" in found.sentence("area_cultivated")
    spanish = found.sentence("area_cultivated", "es", "área cultivada")
    assert "área cultivada: sobre" in spanish and "decisión que más lo mueve" in spanish
    assert "SYNTHETIC" in repr(found)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"ratio": {}}, "empty universe"),
        ({"family": {"nearest": "nearest"}}, "a family such as"),
        ({"covariates": {"few": ("agee",)}}, "does not have"),
        ({"ratio": [1, 4]}, "mapping of names"),
    ],
)
def test_impossible_universes_are_named(sample, options, message):
    with pytest.raises(im.OptionError, match=message):
        im.universe(sample, choices=im.Choices(**options), n_jobs=1)


def test_a_universe_without_one_feasible_specification_says_why(sample):
    nothing = im.Choices(distance={"m": im.Mahalanobis()}, caliper={"0.2": 0.2})
    with pytest.raises(im.SupportError, match="caliper in SDs needs a score"):
        im.universe(sample, choices=nothing, n_jobs=1, quality=LOOSE)


@given(st.integers(0, 10_000))
def test_shapley_shares_add_up_and_see_only_what_moves(seed):
    generator = np.random.default_rng(seed)
    levels = np.stack(np.meshgrid([0, 1], [0, 1, 2], [0, 1]), -1).reshape(-1, 3)
    main = generator.normal(size=3)
    shares = shapley_shares(main[levels[:, 1]], levels)
    np.testing.assert_allclose(shares, [0, 1, 0], atol=1e-9)
    mixed = shapley_shares(generator.normal(size=12), levels)
    assert mixed.sum() == pytest.approx(1) and (mixed > -1e-12).all()


def test_an_interaction_is_split_between_its_two_choices():
    levels = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    np.testing.assert_allclose(shapley_shares(np.array([1.0, -1, -1, 1]), levels), [0.5, 0.5])


@pytest.mark.parametrize("freedom", [6.0, 40.0, np.inf])
def test_a_curve_of_one_specification_is_its_own_t_test(freedom):
    contributions = np.random.default_rng(1).normal(size=(60, 1)) / 60
    error = float(np.sqrt((contributions**2).sum()))
    joint = curve_inference(np.array([2.1 * error]), contributions, np.array([freedom]), 39_999, 0, 0.95)
    own = 2 * stats.t.sf(2.1, freedom)
    noise = 4 * np.sqrt(own * (1 - own) / 39_999)
    assert joint.p_any == pytest.approx(own, abs=noise) == joint.p_median
    reach = (joint.median_high - joint.median) / error
    assert reach == pytest.approx(stats.t.ppf(0.975, freedom), rel=0.04)
    assert joint.p_share == pytest.approx(0.05 if own < 0.05 else 1, abs=noise)


def test_the_smallest_p_value_of_independent_specifications_is_sidak_s():
    """With many degrees of freedom the scale is common knowledge: five independent estimates, p = 1 − (1 − p₁)⁵."""
    contributions = np.zeros((500, 5))
    for k in range(5):
        contributions[k * 100 : (k + 1) * 100, k] = 0.1
    estimates = np.array([2.5, 0.3, -0.2, 0.1, 0.4])
    joint = curve_inference(estimates, contributions, np.full(5, np.inf), 39_999, 0, 0.95)
    assert joint.p_any == pytest.approx(1 - (1 - 2 * stats.norm.sf(2.5)) ** 5, abs=0.006)


@pytest.mark.slow
@pytest.mark.parametrize("groups", [40, 60, 150])
def test_joint_tests_reject_a_true_null_as_often_as_they_say(groups):
    """200 null surveys, six overlapping specifications: rejection at 5 % within three binomial standard errors."""
    rejected, covered = np.zeros(3), 0
    for seed in range(200):
        generator = np.random.default_rng(seed)
        group = np.repeat(np.arange(groups), 6)
        treated = group % 2
        age, educ = (generator.normal(size=len(group)) + 0.3 * treated for _ in range(2))
        income = age + educ + 0.6 * generator.normal(size=groups)[group] + generator.normal(size=len(group))
        frame = pd.DataFrame({"treated": treated, "age": age, "educ": educ, "group": group, "income": income})
        sample = im.Sample(
            frame, treatment="treated", covariates=["age", "educ"], outcomes=["income"], cluster="group"
        )
        choices = im.Choices(
            family={"nearest": im.NearestFamily(), "kernel": im.KernelFamily()},
            ratio={"1": 1, "4": 4},
            adjustment={"linear": "linear"},
        )
        row = im.universe(
            sample, choices=choices, quality=im.QualityRule(2, 0), replications=199, seed=seed, n_jobs=1
        ).one()
        rejected += [row["p_any"] <= 0.05, row["p_median"] <= 0.05, row["p_share"] <= 0.05]
        covered += row["median_low"] <= 0 <= row["median_high"]
    margin = 3 * np.sqrt(0.05 * 0.95 / 200)
    assert (rejected / 200 <= 0.05 + margin).all() and rejected[1] > 0, rejected / 200
    assert abs(covered / 200 - 0.95) <= margin, covered / 200


SMALL = im.Choices(distance={"m": im.Mahalanobis()}, ratio={"1": 1, "2": 2})


@pytest.fixture
def kept_options(tmp_path):
    return {"quality": LOOSE, "choices": SMALL, "replications": 199, "n_jobs": 1, "folder": tmp_path}


def test_other_roles_of_the_columns_do_not_read_what_was_kept(sample, kept_options):
    weighted = im.universe(sample, ["area_cultivated"], **kept_options)
    unweighted = sample.with_frame(sample.frame, sampling_weight=None)
    alone = im.universe(unweighted, ["area_cultivated"], **(kept_options | {"folder": None}))
    found = im.universe(unweighted, ["area_cultivated"], **kept_options)
    pd.testing.assert_frame_equal(found.frame, alone.frame, check_exact=True)
    assert (found.frame["estimate"] != weighted.frame["estimate"]).all()


def test_a_damaged_file_of_a_match_is_made_anew(sample, kept_options, tmp_path):
    whole = im.universe(sample, ["area_cultivated"], **kept_options)
    first, second = sorted(tmp_path.glob("*.npz"))
    kept = first.read_bytes(), second.read_bytes()
    first.write_bytes(b"")
    second.write_bytes(kept[1][:200])
    again = im.universe(sample, ["area_cultivated"], **kept_options)
    pd.testing.assert_frame_equal(again.frame, whole.frame, check_exact=True)
    assert (first.stat().st_size, second.stat().st_size) == tuple(map(len, kept))


def test_a_full_disk_is_said_and_leaves_nothing_half_written(sample, kept_options, tmp_path, monkeypatch):
    def full(file):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as machine:
        machine.setattr("os.fsync", full)
        with speaking("es"), pytest.raises(im.StorageError, match="el disco está lleno"):
            im.universe(sample, ["area_cultivated"], **kept_options)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").touch()
    with pytest.raises(im.StorageError, match="a file stands in its place"):
        im.universe(sample, ["area_cultivated"], **(kept_options | {"folder": tmp_path / "file"}))


@pytest.mark.slow
def test_workers_in_another_folder_keep_nothing_there(sample, kept_options, tmp_path, monkeypatch):
    distributed = pytest.importorskip("distributed")
    whole = im.universe(sample, ["area_cultivated"], **(kept_options | {"folder": None}))
    (tmp_path / "here").mkdir()
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as two:
        monkeypatch.chdir(tmp_path / "here")  # the workers stay where they were started
        with distributed.Client(two), joblib.parallel_config(backend="dask"):
            options = kept_options | {"folder": "kept", "n_jobs": None}
            there = im.universe(sample, ["area_cultivated"], **options)
    assert len(list((tmp_path / "here" / "kept").glob("*.npz"))) == 2
    pd.testing.assert_frame_equal(there.frame, whole.frame, check_exact=True)
