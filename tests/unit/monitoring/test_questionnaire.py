"""Shares, means, totals and ratios: cases by hand, domains, small samples, suppression, wrong calls."""

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.stats import beta, binom, binomtest, t

import impact as im
from impact.report.tables import questionnaire as tables
from impact.report.words.style import Style

INTERVALS = ("logit", "wilson", "korn-graubard", "likelihood", "asin", "mean")


def answers(yes, no):
    return pd.DataFrame({"changed": [1] * yes + [0] * no})


def row(table):
    return table.frame.iloc[0]


def test_a_simple_random_sample_has_the_textbook_standard_error():
    found = row(im.share(answers(21, 43), "changed", interval="mean"))
    p, n = 21 / 64, 64
    error = np.sqrt(p * (1 - p) / (n - 1))
    assert found["std_error"] == pytest.approx(error, abs=1e-14)
    assert found["conf_high"] == pytest.approx(p + t.ppf(0.975, n - 1) * error, abs=1e-13)
    assert found["deff"] == pytest.approx(1.0)
    assert (found["n"], found["groups"], found["count"], found["degrees_of_freedom"]) == (64, 64, 21, 63)


def test_korn_graubard_is_clopper_pearson_at_the_effective_n_and_wilson_the_score_interval():
    found = row(im.share(answers(5, 20), "changed", interval="korn-graubard"))
    number = found["effective_n"]
    assert number == pytest.approx(24)  # n − 1: the variance's own
    assert found["conf_low"] == pytest.approx(beta.ppf(0.025, number * 0.2, number * 0.8 + 1))
    assert found["conf_high"] == pytest.approx(beta.ppf(0.975, number * 0.2 + 1, number * 0.8))
    found = row(im.share(answers(5, 20), "changed", interval="wilson"))
    for end in (found["conf_low"], found["conf_high"]):  # t with 24 degrees of freedom
        assert abs(end - 0.2) == pytest.approx(2.0638985616280205 * np.sqrt(end * (1 - end) / number))


def test_the_arcsine_is_centred_as_anscombe_does_in_small_samples_only():
    found = row(im.share(answers(5, 20), "changed", interval="asin"))
    reach = 2.0638985616280205 / (2 * np.sqrt(24.5))
    for end, sign in ((found["conf_low"], -1), (found["conf_high"], 1)):
        assert np.arcsin(np.sqrt(end)) == pytest.approx(np.arcsin(np.sqrt(5.175 / 24.75)) + sign * reach)
    found = row(im.share(answers(20, 80), "changed", interval="asin"))
    centre = (np.arcsin(np.sqrt(found["conf_low"])) + np.arcsin(np.sqrt(found["conf_high"]))) / 2
    assert centre == pytest.approx(np.arcsin(np.sqrt(0.2)))


def test_the_likelihood_interval_ends_where_the_deviance_says():
    found = row(im.share(answers(5, 20), "changed", interval="likelihood"))
    n, p = 25, 0.2
    ratio = n * found["std_error"] ** 2 / (p * (1 - p))
    cut = n / (n - 1) * ratio * t.ppf(0.975, n - 1) ** 2

    def excess(q):
        return 2 * (binom.logpmf(5, n, p) - binom.logpmf(5, n, q)) - cut

    assert found["conf_low"] == pytest.approx(brentq(excess, 1e-6, p), abs=1e-10)
    assert found["conf_high"] == pytest.approx(brentq(excess, p, 1 - 1e-6), abs=1e-10)


@pytest.mark.parametrize("interval", INTERVALS)
def test_intervals_nest_by_level_hold_the_share_and_mirror_each_other(interval):
    for level, inner in ((0.95, 0.8), (0.99, 0.95)):
        wide = row(im.share(answers(3, 17), "changed", interval=interval, level=level))
        narrow = row(im.share(answers(3, 17), "changed", interval=interval, level=inner))
        assert wide["conf_low"] < narrow["conf_low"] < 0.15 < narrow["conf_high"] < wide["conf_high"]
    other = row(im.share(answers(17, 3), "changed", interval=interval, level=0.99))
    assert other["conf_low"] == pytest.approx(1 - wide["conf_high"], abs=1e-9)


def test_answers_all_alike_get_the_exact_interval_at_the_number_of_groups():
    frame = answers(0, 30).assign(group=np.repeat(range(10), 3))
    found = row(im.share(frame, "changed", cluster="group"))
    assert (found["estimate"], found["conf_low"]) == (0.0, 0.0)
    assert found["conf_high"] == pytest.approx(1 - 0.025 ** (1 / 10))
    assert "where all answer alike" in found["interval"]


def test_a_missing_answer_is_a_domain_not_a_dropped_group():
    frame = pd.DataFrame({"income": [1.0, 3.0, np.nan, np.nan, 2.0, 6.0], "group": list("aabbcc")})
    found = row(im.survey_mean(frame, "income", cluster="group"))
    # group totals of w d (y − 3)/4: −.5, 0, .5; with three groups, one of them without an answer
    assert found["std_error"] == pytest.approx(np.sqrt(3 / 2 * 0.5))
    assert (found["n"], found["groups"], found["missing"], found["degrees_of_freedom"]) == (4, 2, 2, 1)


def test_totals_and_ratios_by_hand():
    frame = pd.DataFrame({"paid": [30.0, 24, 38, 10], "all": [100.0, 80, 120, 50], "w": [2.0, 1, 1, 4]})
    total = row(im.survey_total(frame, "paid", weights="w"))
    weighted = frame["paid"] * frame["w"]
    assert total["estimate"] == weighted.sum()
    assert total["std_error"] == pytest.approx(np.sqrt(4 * weighted.var(ddof=1)))
    ratio = row(im.survey_ratio(frame, "paid", "all", weights="w"))
    estimate = weighted.sum() / (frame["all"] * frame["w"]).sum()
    residual = frame["w"] * (frame["paid"] - estimate * frame["all"]) / (frame["all"] * frame["w"]).sum()
    assert ratio["estimate"] == pytest.approx(estimate)
    assert ratio["std_error"] == pytest.approx(np.sqrt(4 / 3 * (residual**2).sum()))


def test_a_census_of_groups_has_no_sampling_error_and_half_of_them_has_half_the_variance():
    frame = pd.DataFrame({"x": [1.0, 2, 4, 8], "known": 4, "twice": 8})
    assert row(im.survey_mean(frame, "x", population_groups="known"))["std_error"] == 0
    half, all_ = im.survey_mean(frame, "x", population_groups="twice"), im.survey_mean(frame, "x")
    assert row(half)["std_error"] ** 2 == pytest.approx(row(all_)["std_error"] ** 2 / 2)
    with pytest.raises(im.DataError, match="at least the groups in the survey"):
        im.survey_mean(frame.assign(known=3), "x", population_groups="known")


def test_a_stratum_with_one_group_says_what_is_assumed():
    frame = pd.DataFrame({"x": [1.0, 3.0, 8.0], "region": ["a", "a", "b"]})
    table = im.survey_mean(frame, "x", stratum="region")
    # (1 − 3) and (3 − 1) around their stratum, and b's score around the mean of all, over n = 3
    assert row(table)["std_error"] == pytest.approx(np.sqrt(2 * (1 + 1) / 9 + (4 / 3) ** 2))
    assert "single group (b)" in table.notes[0]


def test_subgroups_of_two_columns_categories_and_empty_ones():
    frame = pd.DataFrame(
        {
            "q": pd.Categorical(["yes", "no", "yes", "no"], ["yes", "no", "never"]),
            "region": pd.Categorical(["b", "a", "b", "a"], ["b", "a", "c"]),
            "year": [1, 1, 2, 2],
        }
    )
    table = im.share(frame, "q", by="region")
    assert table.frame["subgroup"].tolist() == ["b"] * 3 + ["a"] * 3 + ["c"] * 3
    assert table.frame["category"].tolist()[:3] == ["yes", "no", "never"]
    assert table.frame["n"].tolist() == [2, 2, 2, 2, 2, 2, 0, 0, 0]
    assert "without an answer" in table.notes[-1]
    both = im.share(frame, "q", by=["region", "year"]).frame
    assert sorted(set(both["subgroup"])) == ["a / 1", "a / 2", "b / 1", "b / 2"]


def test_row_order_and_scale_of_the_weights_change_nothing():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(
        {"q": rng.random(200) < 0.3, "g": rng.integers(0, 30, 200), "w": rng.random(200) + 0.5}
    )
    frame["s"] = frame["g"] % 3
    first = im.share(frame, "q", "w", "g", "s", by="s").frame
    other = im.share(
        frame.sample(frac=1, random_state=1).assign(w=lambda f: f["w"] / 7), "q", "w", "g", "s", by="s"
    ).frame
    names = ["estimate", "std_error", "conf_low", "conf_high"]
    np.testing.assert_allclose(first[names], other[names], rtol=1e-12)


def test_published_cells_cannot_be_found_by_subtraction():
    frame = pd.DataFrame({"buyer": ["fair"] * 2 + ["alliance"] * 20 + ["formal"] * 9})
    published = im.share(frame, "buyer").published(5)
    hidden = published.frame.set_index("category")["estimate"].isna()
    assert hidden.to_dict() == {"alliance": False, "fair": True, "formal": True}
    assert "suppressed" in published.notes[-1]
    assert im.share(frame, "buyer").published(1).frame["estimate"].notna().all()
    almost_all = im.share(answers(2, 40), "changed").published(5)
    assert np.isnan(row(almost_all)["estimate"])


def test_rao_scott_is_pearson_under_simple_random_sampling_and_symmetric():
    frame = pd.DataFrame(
        {"region": ["Lago"] * 16 + ["Tropico"] * 21, "changed": [1] + [0] * 15 + [1] * 16 + [0] * 5}
    )
    test = im.rao_scott(frame, "region", "changed")
    assert test.statistic == pytest.approx(
        17.88624824929972 * 36 / 37
    )  # scipy's chi2_contingency, uncorrected
    assert im.rao_scott(frame, "changed", "region").p_value == pytest.approx(test.p_value)
    assert "p < 0.001" in test.note


def test_the_difference_of_two_means_is_the_squared_t_test():
    frame = pd.DataFrame({"cows": [2.0, 4, 3, 9, 8, 7], "region": list("aaabbb")})
    test = im.difference_of_means(frame, "cows", "region")
    last = test.frame.iloc[-1]
    assert test.statistic == pytest.approx((last["difference"] / last["std_error"]) ** 2)
    assert test.p_value == pytest.approx(last["p_value"])
    assert test.degrees_of_freedom == (1.0, 4.0)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda f: im.share(f, "qq"), im.OptionError, "names 'qq'"),
        (lambda f: im.share(f, "q", interval="normal"), im.OptionError, "interval must be one of"),
        (lambda f: im.share(f, "q", level=95), im.OptionError, "level"),
        (lambda f: im.share(f, "nobody"), im.DataError, "Nobody answered 'nobody'"),
        (lambda f: im.share(f, "cows"), im.DataError, "yes/no, 0/1, or categories"),
        (lambda f: im.share(f, "q", weights="negative"), im.DataError, "at least 0"),
        (lambda f: im.share(f, "q", weights="zero"), im.DataError, "all 0"),
        (lambda f: im.share(f, "q", weights="gap"), im.DataError, "lacks a finite number in weights"),
        (lambda f: im.share(f, "q", cluster="lost"), im.DataError, "cluster must name a group"),
        (lambda f: im.share(f, "q", cluster="g", stratum="cows"), im.DataError, "one stratum"),
        (lambda f: im.survey_mean(f, "text"), im.DataError, "must hold numbers"),
        (lambda f: im.share(f.iloc[:0], "q"), im.DataError, "no rows"),
        (lambda f: im.rao_scott(f, "q", "same"), im.DataError, "two different answers"),
        (lambda f: im.difference_of_means(f, "cows", "same"), im.EstimationError, "at least 2 subgroups"),
    ],
)
def test_wrong_input_is_named(call, error, message):
    frame = pd.DataFrame(
        {
            "q": [1, 0, 1, 0],
            "cows": [2, 3, 4, 5],
            "nobody": np.nan,
            "negative": [1.0, -1, 1, 1],
            "zero": 0.0,
            "gap": [1.0, np.nan, 1, 1],
            "lost": ["a", None, "b", "b"],
            "g": list("aabb"),
            "text": list("xyzz"),
            "same": "one",
        }
    )
    with pytest.raises(error, match=message):
        call(frame)


def test_the_trend_over_funding_years_is_cochran_armitage_and_no_evidence():
    trend = im.trend_in_shares([10, 11, 13, 14, 16], [19, 20, 21, 22, 26], range(2007, 2012))
    share, scores = 64 / 108, np.arange(5) - (np.array([19, 20, 21, 22, 26]) @ np.arange(5)) / 108
    spread = np.array([19, 20, 21, 22, 26]) @ scores**2
    gap = scores @ np.array([10, 11, 13, 14, 16])
    assert trend.statistic == pytest.approx(gap / np.sqrt(share * (1 - share) * spread))
    assert round(trend.statistic, 2) == 0.76
    assert trend.verdict.startswith("No evidence of a trend")
    assert im.trend_in_shares([2, 10, 18], [20, 20, 20], [1, 2, 3]).verdict.startswith("The share changes")
    # the detectable rise, if it were the true one, is found four times in five
    slope = trend.detectable_rise / 4 / trend.std_error
    from scipy.stats import norm

    assert norm.cdf(slope - norm.ppf(0.975)) == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("count", "total", "message"),
    [([3, 5], [2, 9], "between 0 and total"), ([1], [2], "at least 2"), ([0, 0], [4, 5], "with and without")],
)
def test_wrong_counts_are_named(count, total, message):
    with pytest.raises(im.DataError, match=message):
        im.trend_in_shares(count, total, range(len(count)))


def test_the_interval_suited_to_a_skewed_amount_by_hand():
    """Mean 4, S² in proportion to 9, 4, 1 and 36: 2,500/1,394 degrees of freedom on the logarithm."""
    from scipy.stats import t

    frame = pd.DataFrame({"income": [1.0, 2.0, 3.0, 10.0]})
    row = im.survey_mean(frame, "income", interval="suited").frame.iloc[0]
    error = np.sqrt(4 / 3 * 50 / 16)
    reach = t.ppf(0.975, 2500 / 1394) * error / 4
    assert row["interval"] == "log"
    assert row["degrees_of_freedom"] == pytest.approx(2500 / 1394)
    assert row["conf_low"] == pytest.approx(4 * np.exp(-reach))
    assert row["conf_high"] == pytest.approx(4 * np.exp(reach))


@pytest.mark.parametrize(
    ("values", "kind"),
    [([4.0, 5, 6, 7, 8], "t"), ([1.0, 2, 3, 10, 40], "log"), ([-1.0, 2, 3, 10, 40], "t")],
)
def test_the_suited_interval_follows_what_the_amount_is(values, kind):
    table = im.survey_mean(pd.DataFrame({"x": values}), "x", interval="suited").frame
    assert table["interval"].tolist() == [kind]
    assert im.questions(pd.DataFrame({"x": values}), means=["x"]).frame["interval"].tolist() == [kind]


def test_a_share_stated_at_the_end_of_wilsons_interval_has_p_of_one_less_the_level():
    table = im.share(answers(21, 43), "changed", interval="wilson")
    for end in table.frame[["conf_low", "conf_high"]].to_numpy()[0]:
        assert table.against(end)["p_value"].iloc[0] == pytest.approx(0.05)
    assert im.share(answers(0, 30), "changed").against(0.1)["p_value"].iloc[0] == pytest.approx(
        binomtest(0, 30, 0.1).pvalue
    )
    with pytest.raises(im.OptionError, match=r"stated must be a number in \[0, 1\]; got 30"):
        table.against(30)


@pytest.mark.parametrize("interval", ["t", "log"])
def test_a_ratio_stated_at_the_end_of_its_interval_has_p_of_one_less_the_level(interval):
    frame = pd.DataFrame({"paid": [30.0, 24, 38, 10], "all": [100.0, 80, 120, 50]})
    table = im.survey_ratio(frame, "paid", "all", interval=interval)
    end = table.frame["conf_low"].iloc[0]
    assert table.against(end)["p_value"].iloc[0] == pytest.approx(0.05)


def test_ratios_of_subgroups_are_compared_as_the_difference_of_two_independent_ratios():
    frame = pd.DataFrame(
        {"paid": [30.0, 24, 38, 10, 20, 14], "all": [100.0, 80, 120, 50, 40, 35], "region": list("aaabbb")}
    )
    found = im.difference_of_means(frame, "paid", "region", denominator="all").frame.iloc[1]
    ratio = im.survey_ratio(
        frame, "paid", "all", by="region"
    ).frame  # strata would make the errors exact sums
    assert found["difference"] == pytest.approx(ratio["estimate"].iloc[1] - ratio["estimate"].iloc[0])
    residual = (
        frame["paid"] - frame["region"].map(dict(zip("ab", ratio["estimate"], strict=True))) * frame["all"]
    )
    scores = residual / frame["region"].map(frame.groupby("region")["all"].sum())
    scores *= np.where(frame["region"] == "a", -1, 1)
    assert found["std_error"] == pytest.approx(np.sqrt(6 / 5 * (scores**2).sum()))


def test_every_question_is_tested_as_by_itself_and_one_that_all_answer_alike_says_why_not():
    frame = pd.DataFrame(
        {"region": list("aab") * 10, "milk": [1, 0, 1, 1, 0, 0] * 5, "herd": range(30), "same": 1, "town": list(range(10)) * 3}
    )  # fmt: skip
    table = im.subgroup_tests(
        frame, ["region"], ["milk", "same"], ["herd"], cluster="town", ratios={"per": ("herd", "same")}
    )
    found = table.frame.set_index("question")
    milk = im.rao_scott(frame, "milk", "region", cluster="town")
    herd = im.difference_of_means(frame, "herd", "region", cluster="town")
    assert found.loc["milk", "p_value"] == milk.p_value and found.loc["herd", "statistic"] == herd.statistic
    assert found.loc["per", "p_value"] == pytest.approx(herd.p_value)
    assert "at least two different answers" in found.loc["same", "reason"] and np.isnan(
        found.loc["same", "p_holm"]
    )
    smallest = found["p_value"].min()
    assert found["p_holm"].min() == pytest.approx(min(1.0, 3 * smallest))  # three that could be tested
    assert "al menos dos respuestas" in found.loc["same", "reason"].to("es")
    with pytest.raises(im.DataError, match="at least one question"):
        im.subgroup_tests(frame, "region")


def of_three_regions(few, yes):
    """Twenty of Lago, twelve of Chaco and a few of Valle, so many of whom have milk."""
    milk = [1] * 6 + [0] * 14 + [1] * 9 + [0] * 3 + [1] * yes + [0] * (few - yes)
    regions = ["Lago"] * 20 + ["Chaco"] * 12 + ["Valle"] * few
    return pd.DataFrame({"region": regions, "milk": milk, "herd": range(len(milk))})


def numbers_of(sheet):
    """Every row of an exported workbook that holds a number, by its first cell."""
    rows = [row for row in sheet.iter_rows(values_only=True) if row[0]]
    found = {row[0]: [cell for cell in row[1:] if isinstance(cell, float | int)] for row in rows}
    return {name: cells for name, cells in found.items() if cells}


@pytest.mark.parametrize("truth", [(3, 1), (2, 2), (4, 0), (1, 1)])
def test_a_hidden_subgroup_is_not_the_one_that_gives_the_exported_f(truth, tmp_path):
    """A reader who knows the other regions tries every subgroup of up to four for its number, its F, its p and its degrees of freedom."""
    tests = im.subgroup_tests(of_three_regions(*truth), "region", ["milk"], ["herd"])
    tried = {(few, yes) for few in range(1, 5) for yes in range(few + 1)}

    def told(few, yes):
        return im.subgroup_tests(of_three_regions(few, yes), "region", ["milk"]).frame.iloc[0]

    def fitting(exported):
        """The subgroups that give every number that is exported of a question."""
        return {
            one
            for one in tried
            if all(any(abs(value - other) < 0.006 for other in told(*one)[2:7]) for value in exported)
        }

    row = tests.frame.iloc[0]
    assert fitting([row["statistic"], row["p_value"]]) == {truth}  # what was exported until now
    sheet = openpyxl.load_workbook(tests.to_excel(tmp_path / "tests.xlsx", language="es")).worksheets[0]
    assert numbers_of(sheet) == {}  # of both questions: Valle answered both
    assert fitting([]) == tried
    for form in (tests.to_html("es"), tests.to_latex("es")):
        assert "Valle" not in form and f"{row['statistic']:.2f}".replace(".", ",") not in form
    said = tests.published()
    assert said.frame.loc[:, "statistic":"groups"].isna().all(axis=None) and said.published() is said
    assert "2 pruebas sin publicar: hay menos de 5 respuestas" in said.notes[-1].to("es")
    assert tests.published(1) is tests  # nobody asked to hide anything


def test_holms_p_of_the_tests_that_are_shown_tells_nothing_of_those_that_are_hidden():
    """It is that of as many tests of which the hidden ones have p = 1, whatever they have."""
    shown = of_three_regions(8, 3).assign(
        goats=lambda frame: frame["herd"] % 7 + 3 * (frame["region"] == "Lago")
    )
    for yes in (1, 6):
        shown["rare"] = np.r_[np.ones(yes), np.zeros(len(shown) - yes)]
        tests = im.subgroup_tests(shown, "region", ["rare"], ["herd", "goats"])
        found = tests.published().frame.set_index("question")
        p_values = tests.frame.set_index("question")["p_value"]
        assert np.isnan(found.loc["rare", "p_holm"]) == (yes == 1)
        if yes == 1:  # one person: hidden
            first, second = np.sort(p_values[["herd", "goats"]])
            assert np.sort(found["p_holm"].dropna()) == pytest.approx(
                [min(1, 3 * first), min(1, max(3 * first, 2 * second))]
            )


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 12), min_size=6, max_size=6), st.integers(2, 6))
def test_a_test_is_hidden_where_the_table_of_estimates_hides_a_subgroup(counts, minimum):
    """The same rule of small cells in both: a share by answer, a mean by those who answered."""
    cells = [(region, milk) for region in "abc" for milk in (0, 1)]
    rows = [cell for cell, number in zip(cells, counts, strict=True) for _ in range(number)]
    said = pd.DataFrame(rows, columns=["region", "milk"]).assign(herd=range(len(rows)))
    if said["region"].nunique() < 2 or said["milk"].nunique() < 2:
        return
    tests = (
        im.subgroup_tests(said, "region", ["milk"], ["herd"]).published(minimum).frame.set_index("question")
    )
    shown = im.questions(said, ["milk"], ["herd"], by="region").published(minimum).frame
    for question, row in tests[tests["reason"] == ""].iterrows():
        assert np.isnan(row["n"]) == shown.loc[shown["question"] == question, "n"].isna().any()


def test_a_single_test_of_small_cells_exports_no_number(tmp_path):
    """Its shares times its number are the cells, and its means are the few's own."""
    said = of_three_regions(3, 1)
    for test in (im.rao_scott(said, "milk", "region"), im.difference_of_means(said, "herd", "region")):
        sheet = openpyxl.load_workbook(test.to_excel(tmp_path / "one.xlsx")).worksheets[0]
        assert numbers_of(sheet) == {} and "fewer than 5 rows" in test.to_html()
        assert f"{test.statistic:.3f}" not in test.to_html() + test.to_latex()
    large = im.difference_of_means(of_three_regions(8, 3), "herd", "region")
    assert "Lago" in numbers_of(openpyxl.load_workbook(large.to_excel(tmp_path / "two.xlsx")).worksheets[0])


def test_a_question_without_a_test_has_no_number_of_answers():
    said = of_three_regions(8, 3).assign(same=1)
    (row,) = tables.tests_table(im.subgroup_tests(said, "region", ["same"]), Style.of("es")).rows
    assert row.cells[-1] == "–"


def test_a_hidden_subgroup_does_not_follow_from_the_same_question_asked_of_everybody():
    """Everybody's number and shares less those of the subgroups shown, for an amount and for each answer."""
    said = pd.DataFrame(
        {
            "region": ["Lago"] * 20 + ["Chaco"] * 12 + ["Valle"] * 3,
            "herd": range(35),
            "milk": [0, 1] * 17 + [0],
        }
    )
    everybody = im.questions(said, shares=["milk"], means=["herd"]).published(5).frame
    table = im.questions(said, shares=["milk"], means=["herd"], by="region")

    def recovered(published):
        """Every number behind a single hidden cell, as a reader has it."""
        found = []
        for _, total in everybody.iterrows():
            same = published[published["question"] == total["question"]]
            if not pd.isna(total["category"]):
                same = same[same["category"] == total["category"]]
            if same["n"].isna().sum() == 1:
                found.append(total["n"] - same["n"].sum())
        return found

    assert recovered(table.published(5).frame) == [3, 3]  # of two answers one has a row
    closed = table.published(5, totals=["milk", "herd"]).frame
    assert recovered(closed) == []
    shown = closed[closed["n"].notna()]
    assert set(shown["subgroup"]) == {"Lago"} and (shown["n"] == 20).all()  # no more is hidden than must be
    assert table.published(1, totals=["milk", "herd"]).frame["n"].notna().all()
