"""An indicator knows its column and its level: two columns never share a name, wherever their terms are used."""

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact.survey.covariates import covariate_terms, encode


def colliding_survey(name: str = "educ2") -> pd.DataFrame:
    """Return 600 households: a category educ with a level 2, beside a number whose name may be educ2."""
    generator = np.random.default_rng(4)
    educ = generator.integers(1, 4, 600)
    number = generator.normal(size=600) + (educ == 2)
    chance = 1 / (1 + np.exp(-(0.9 * number - 0.8 * (educ == 2))))
    treated = (generator.random(600) < chance).astype(float)
    income = 10 * treated + 12 * number + 9 * (educ == 2) + generator.normal(size=600)
    return pd.DataFrame(
        {"treated": treated, "educ": pd.Categorical(educ.astype(str)), name: number, "income": income}
    )


def sample_of(frame: pd.DataFrame, number: str) -> im.Sample:
    return im.Sample(frame, treatment="treated", covariates=["educ", number], outcomes=["income"])


STRATEGIES = [
    im.NearestNeighbor(im.PropensityScore(), ratio=2),
    im.NearestNeighbor(im.Mahalanobis()),
    im.EntropyBalancing(),
    im.InverseProbability(im.PropensityScore()),
    im.Subclassification(im.PropensityScore()),
]


def test_the_matrix_keeps_both_columns_each_under_its_own_name():
    frame = colliding_survey()
    matrix = sample_of(frame, "educ2").matrix
    assert list(matrix.columns) == ["educ=2", "educ3", "educ2"]
    assert matrix["educ2"].to_numpy() == pytest.approx(frame["educ2"].to_numpy())
    assert (matrix["educ=2"] == (frame["educ"] == "2")).all()


@pytest.mark.parametrize("strategy", STRATEGIES, ids=lambda strategy: type(strategy).__name__)
@pytest.mark.parametrize("adjustment", [None, "linear"])
def test_a_name_changes_no_estimate(strategy, adjustment):
    rows = []
    for name in ("educ2", "years"):
        matched = im.match(sample_of(colliding_survey(name), name), strategy)
        rows.append(im.estimate(matched, bias_adjustment=adjustment).one("income"))
    assert rows[0].estimate == pytest.approx(rows[1].estimate, rel=1e-9)
    assert rows[0].std_error == pytest.approx(rows[1].std_error, rel=1e-9)
    assert rows[0].max_abs_smd == pytest.approx(rows[1].max_abs_smd, rel=1e-9)


def test_group_means_of_both_columns_are_used():
    frame = colliding_survey().assign(group=np.arange(600) // 6)
    frame["treated"] = (np.random.default_rng(1).random(100) < 0.4)[frame["group"]].astype(float)
    strategy = im.GroupFirst(im.NearestNeighbor(im.Mahalanobis()), im.NearestNeighbor(im.Mahalanobis()))
    estimates = []
    for name in ("educ2", "years"):
        renamed = frame.rename(columns={"educ2": name})
        sample = im.Sample(
            renamed,
            treatment="treated",
            covariates=["educ", name],
            outcomes=["income"],
            cluster="group",
            group_assigned=True,
        )
        estimates.append(im.estimate(im.match(sample, strategy)).one("income").estimate)
    assert estimates[0] == pytest.approx(estimates[1], rel=1e-12)


def test_an_exact_column_means_the_column_not_the_level():
    frame = colliding_survey().assign(educ2=np.arange(600) % 5)
    matched = im.match(sample_of(frame, "educ2"), im.NearestNeighbor(im.PropensityScore(), exact=("educ2",)))
    pairs = matched.pairs
    values = frame["educ2"]
    assert (values[pairs["treated"]].to_numpy() == values[pairs["control"]].to_numpy()).all()


def test_balance_rows_know_column_and_level():
    matched = im.match(sample_of(colliding_survey(), "educ2"), STRATEGIES[0])
    frame = im.balance(matched).frame
    rows = frame[(frame["stage"] == "after") & (frame["role"] == "covariate")]
    assert list(rows["covariate"]) == ["educ1", "educ=2", "educ3", "educ2"]
    assert list(rows["column"]) == ["educ", "educ", "educ", "educ2"]
    assert list(rows["level"]) == ["1", "2", "3", ""]


def test_formula_terms_keep_category_and_number_apart():
    propensity = im.PropensityScore(formula="educ + educ2").fit(sample_of(colliding_survey(), "educ2"))
    assert list(propensity.coefficients["term"]) == ["(Intercept)", "educ[T.2]", "educ[T.3]", "educ2"]


def test_two_categories_whose_levels_meet():
    frame = pd.DataFrame(
        {"zone": pd.Categorical(["a", "b1", "a", "b1"]), "zoneb": pd.Categorical(["1", "2", "2", "1"])}
    )
    names = [term.name for term in covariate_terms(frame, ["zone", "zoneb"])]
    assert names == ["zonea", "zone=b1", "zoneb=1", "zoneb2"]
    assert encode(frame, ["zone", "zoneb"]).shape == (4, 2)


def test_a_number_named_like_the_spelled_out_level():
    frame = pd.DataFrame(
        {
            "educ": pd.Categorical(["1", "2"]),
            "educ2": [0.5, 1.0],
            "educ=2": [3.0, 4.0],
        }
    )
    names = [term.name for term in covariate_terms(frame, list(frame))]
    assert names == ["educ1", "educ=2 (2)", "educ2", "educ=2"]


def test_a_covariate_called_distance_stays_in_the_report():
    from impact.report.tables.design import balance_table
    from impact.report.words.style import Style

    frame = colliding_survey("distance")
    matched = im.match(sample_of(frame, "distance"), STRATEGIES[0])
    shown = balance_table(im.balance(matched), "nearest", Style())
    assert [row.cells[0] for row in shown.rows] == ["educ: 1", "educ: 2", "educ: 3", "distance"]


def test_a_registered_statistic_has_its_column(monkeypatch):
    from impact.design.balance import table
    from impact.design.balance.statistics import BalanceStatistic

    gap = BalanceStatistic("gap", lambda arms: arms.difference, (-1.0, 1.0), "plain difference")
    monkeypatch.setattr(table, "STATISTICS", (*table.STATISTICS, gap))
    balance = im.balance(im.match(sample_of(colliding_survey(), "educ2"), STRATEGIES[0]))
    after = balance.frame[balance.frame["stage"] == "after"]
    assert after["gap"].to_numpy() == pytest.approx(
        (after["mean_treated"] - after["mean_control"]).to_numpy()
    )
    assert balance.summary["gap_missed"].tolist()[1] == int((after["gap"].abs() > 1).sum())


def test_numbers_kept_as_objects_are_numbers():
    frame = colliding_survey("years")
    as_objects = frame.assign(years=frame["years"].astype(object), income=frame["income"].astype(object))
    flags = pd.Series([True, False] * 300, dtype=object)
    plain, boxed = sample_of(frame, "years"), sample_of(as_objects, "years")
    assert boxed.matrix["years"].to_numpy() == pytest.approx(plain.matrix["years"].to_numpy())
    sample = im.Sample(as_objects.assign(flag=flags), "treated", ["years", "flag"], ["income"])
    assert sample.matrix["flag"].tolist() == [1.0, 0.0] * 300


@pytest.mark.parametrize("text", ["12", "about 12"])
def test_text_among_objects_is_still_refused_or_a_category(text):
    frame = colliding_survey("years")
    frame["years"] = frame["years"].astype(object)
    frame.loc[3, "years"] = text
    with pytest.raises(im.DataError, match="years"):
        sample_of(frame, "years")


def test_dates_kept_as_objects_are_dates():
    frame = colliding_survey("years")
    for dates in (
        pd.Series(pd.date_range("2014-01-01", periods=600)).dt.date,
        pd.Series(pd.period_range("2014-01", periods=600, freq="M")),
    ):
        with pytest.raises(im.DataError, match="holds dates"):
            sample_of(frame.assign(years=dates), "years")
