"""Figures: what is drawn equals the table, words are there and inside the page, synthetic data says so."""

import io
from dataclasses import replace
from itertools import combinations

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

import impact as im

pytestmark = pytest.mark.filterwarnings("ignore::impact.FewClustersWarning", "ignore::impact.OverlapWarning")
TELEPHONE = 3.9
LONG = "tiempo de viaje al mercado más cercano, en horas y en el medio de transporte que el hogar usa más"


@pytest.fixture(scope="module")
def results():
    survey = im.synthetic.rural_alliances(3, groups=150)
    sample = im.Sample(survey.household, **(survey.roles() | {"outcomes": ["income_agr_pc_month"]}))
    matched = im.matched_strategies(sample)
    kernel = im.Kernel(im.PropensityScore(), bandwidth=0.2)
    fifths = im.quintile_effects(sample, kernel, "income_agr_pc_month", by=im.PredictedOutcome())
    return matched, im.strategy_effects(matched), fifths


@pytest.fixture(scope="module")
def one(results):
    return next(iter(results[0].values()))


@pytest.fixture
def figures(results, one):
    def draw(language):
        _, effects, fifths = results
        labels = {"travel_time_market": LONG}
        return [
            im.figures.overlap(one, language=language),
            im.figures.love_plot(im.balance(one), language=language, labels=labels),
            im.figures.strategies(effects, language=language, truth=100.0),
            im.figures.quintiles(fifths, language=language, truth=[160, 40, 52, 30, 25]),
            im.figures.calibration(one, language),
            im.figures.ecdf(one, "travel_time_market", language, LONG),
            im.figures.qq(one, "travel_time_market", language, LONG),
            im.figures.love_plot_of_all({"A": im.balance(one), "B": im.balance(one)}, language, labels),
            im.figures.sample_flow(one, language),
            im.figures.subgroups(fifths, language=language),
            im.figures.small_multiples(fifths, language),
        ]

    return draw


def drawn(axes):
    FigureCanvasAgg(axes.figure).draw()
    return axes.figure


def row_names(axes):
    return [text.get_text().replace("\n", " ") for text in axes.texts]


def texts(axes):
    figure = drawn(axes)
    legends = [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    ticks = [label.get_text() for label in (*axes.get_xticklabels(), *axes.get_yticklabels())]
    return [
        axes.get_title(loc="left"),
        axes.get_xlabel(),
        figure.get_suptitle(),
        *row_names(axes),
        *legends,
        *ticks,
    ]


def visible_text(axes):
    """Every text's box as drawn: titles, axis labels, tick labels, row names, legends."""
    figure = drawn(axes)
    title = axes._left_title  # matplotlib has no public name for a title on the left
    artists = [title, axes.xaxis.label, axes.yaxis.label, *axes.texts, *figure.legends, *figure.texts]
    artists += [label for label in axes.get_yticklabels() + axes.get_xticklabels() if label.get_text()]
    boxes = [(artist, artist.get_window_extent()) for artist in artists]
    return [(artist, box) for artist, box in boxes if box.width > 0]


def in_view(axes, artist):
    """Whether a tick label belongs to a tick that is drawn: matplotlib keeps those beyond the limits."""
    for labels, limits, k in (
        (axes.get_xticklabels(), axes.get_xlim(), 0),
        (axes.get_yticklabels(), axes.get_ylim(), 1),
    ):
        if artist in labels:
            return min(limits) <= artist.get_position()[k] <= max(limits)
    return True


@pytest.mark.parametrize("width", [6.2, TELEPHONE])
@pytest.mark.parametrize("language", ["en", "es"])
def test_no_text_is_cut_or_overlaps_another(figures, language, width):
    for axes in figures(language):
        height = axes.figure.get_size_inches()[1]
        axes.figure.set_size_inches(width, height * (1.1 if width < 6 else 1))
        page = axes.figure.bbox
        boxes = [(artist, box) for artist, box in visible_text(axes) if in_view(axes, artist)]
        for artist, box in boxes:
            assert box.x0 >= page.x0 - 1 and box.x1 <= page.x1 + 1, (artist, box)
            assert box.y0 >= page.y0 - 1 and box.y1 <= page.y1 + 1, (artist, box)
        for (first, box), (second, other) in combinations(boxes, 2):
            assert not box.padded(-1).overlaps(other.padded(-1)), (first, second)


@pytest.mark.parametrize(("language", "words"), [("en", "SYNTHETIC DATA"), ("es", "DATOS SINTÉTICOS")])
def test_every_figure_says_synthetic(figures, language, words):
    assert all(words in texts(axes) for axes in figures(language))


def test_real_data_is_not_called_synthetic(one):
    axes = im.figures.love_plot(replace(im.balance(one), synthetic=False))
    assert axes.figure.get_suptitle() == ""


def test_strategies_draw_the_table(results):
    _, effects, _ = results
    axes = im.figures.strategies(
        effects, truth=123.0, truth_label="experiment", labels={"Propensity 1-NN": "vecino"}
    )
    points = axes.containers[0].lines[0].get_xdata()
    np.testing.assert_array_equal(points, effects.frame["estimate"])
    ends = np.array([segment[:, 0] for segment in axes.containers[0].lines[2][0].get_segments()])
    np.testing.assert_allclose(ends, effects.frame[["conf_low", "conf_high"]])
    assert row_names(axes) == ["vecino", *effects.frame["strategy"][1:]]
    assert "experiment" in texts(axes)
    assert 123.0 in [line.get_xdata()[0] for line in axes.lines]
    heights = axes.containers[0].lines[0].get_ydata()
    assert (np.diff(heights) < 0).all()  # the first strategy on top


def test_the_interval_is_named_by_its_level(results):
    _, effects, _ = results
    ninety = replace(effects, effects=tuple(replace(effect, level=0.9) for effect in effects))
    assert "90 % interval" in im.figures.strategies(ninety).get_xlabel()
    assert "intervalo del 95 %" in im.figures.strategies(effects, language="es").get_xlabel()


def test_fifths_draw_percent_effects_and_the_truth(results):
    _, _, fifths = results
    axes = im.figures.quintiles(fifths, truth=[1, 2, 3, 4, 5], language="es")
    np.testing.assert_array_equal(axes.containers[0].lines[0].get_xdata(), fifths.frame["percent_effect"])
    assert axes.collections[-1].get_offsets()[:, 0].tolist() == [1, 2, 3, 4, 5]
    with pytest.raises(im.OptionError, match="one value per fifth"):
        im.figures.quintiles(fifths, truth=[1.0])


def test_a_missing_percentage_is_said_in_its_row(results):
    _, _, fifths = results
    first = replace(
        fifths.effects[0], percent_effect=np.nan, percent_conf_low=np.nan, percent_conf_high=np.nan
    )
    axes = im.figures.quintiles(replace(fifths, effects=(first, *fifths.effects[1:])))
    assert row_names(axes)[0] == "Q1 (no percentage: control mean not clearly above 0)"
    assert row_names(im.figures.quintiles(fifths, percent=False))[0] == "Q1"
    none = replace(fifths, effects=(replace(first, estimate=np.nan, conf_low=np.nan, conf_high=np.nan),))
    drawn(im.figures.quintiles(none))
    assert row_names(im.figures.quintiles(none, percent=False)) == ["Q1 (not estimated)"]


def test_love_plot_draws_absolute_differences(one):
    table = im.balance(one)
    axes = im.figures.love_plot(table)
    before, after = (collection.get_offsets() for collection in axes.collections[-2:])
    frame = (
        table.frame.pivot(index="covariate", columns="stage", values="smd")
        .abs()
        .sort_values("before", ascending=False)
    )
    np.testing.assert_allclose(before[:, 0], frame["before"])
    np.testing.assert_allclose(after[:, 0], frame["after"])
    assert (np.diff(before[:, 1]) < 0).all()  # the largest on top
    assert row_names(axes)[0] == "score (distance)"
    assert "in SDs of the treated before matching" in axes.get_xlabel()
    assert "threshold 0.1" in texts(axes)
    assert "umbral 0,1" in texts(im.figures.love_plot(table, language="es"))


def test_love_plot_names_another_denominator(one):
    axes = im.figures.love_plot(im.balance(one, denominator="pooled", binary="raw"))
    assert "root mean variance of the arms" in axes.get_xlabel()
    assert "two-valued: plain differences" in axes.get_xlabel()


def test_love_plot_says_where_a_difference_is_infinite():
    frame = pd.DataFrame(
        {
            "treated": [1, 1, 1, 0, 0, 0, 0],
            "age": [30.0, 30, 30, 20, 28, 41, 90],
            "plot": [1.0, 2, 3, 1, 2, 3, 4],
        }
    )
    sample = im.Sample(frame, treatment="treated", covariates=["age", "plot"])
    table = im.balance(im.match(sample, im.NearestNeighbor(im.Euclidean())))
    axes = im.figures.love_plot(table)
    drawn(axes)
    assert row_names(axes)[0].startswith("age (before matching: ∞")


def test_overlap_bars_are_each_arms_weighted_shares(one):
    axes = im.figures.overlap(one, bins=7)
    score, treated = one.propensity.probability.to_numpy(), one.sample.treated
    edges = np.linspace(score.min(), score.max(), 8)
    for patch, arm, sign, weight in zip(
        axes.patches,
        (treated, treated, ~treated, ~treated),
        (1, 1, -1, -1),
        (one.analysis_weight, one.sampling_weight) * 2,
        strict=True,
    ):
        expected = np.histogram(score[arm], edges, weights=weight[arm])[0] / weight[arm].sum()
        np.testing.assert_allclose(patch.get_data().values, sign * expected)


def test_overlap_counts_the_units_without_a_score():
    rng = np.random.default_rng(5)
    age = rng.normal(40, 10, 300)
    frame = pd.DataFrame({"treated": rng.random(300) < 1 / (1 + np.exp(-(age - 45) / 4)), "age": age})
    sample = im.Sample(frame, treatment="treated", covariates=["age"])
    matched = im.match(sample, im.NearestNeighbor(im.PropensityScore()), support=im.MinMax(reestimate=True))
    assert (
        f"({len(matched.discarded)} units off support have no score)"
        in im.figures.overlap(matched).get_xlabel()
    )


def test_an_outcome_must_be_named_where_there_are_several(results):
    _, effects, _ = results
    with pytest.raises(im.OptionError, match="outcome must be one of 'income_agr_pc_month'; got 'income'"):
        im.figures.strategies(effects, outcome="income")


def test_no_global_state_is_touched(figures):
    import matplotlib.pyplot as plt

    before, open_figures = dict(mpl.rcParams), plt.get_fignums()
    figures("es")
    assert dict(mpl.rcParams) == before
    assert plt.get_fignums() == open_figures


def test_one_result_one_drawing(one):
    def drawing():
        stream = io.BytesIO()
        with mpl.rc_context({"svg.hashsalt": "impact"}):
            im.figures.love_plot(im.balance(one)).figure.savefig(
                stream, format="svg", metadata={"Date": None}
            )
        return stream.getvalue()

    assert drawing() == drawing()


@pytest.mark.parametrize(("code", "text"), [("en", "−1,234.50"), ("es", "−1.234,50")])
def test_numbers_are_written_as_the_language_does(code, text):
    from impact.language import Language

    assert Language(code).number(-1234.5, 2) == text
    assert Language(code).number(-0.001, 1).lstrip("−") in ("0.0", "0,0")
    assert "−" not in Language(code).number(-0.001, 1)
    assert Language(code).number(float("nan")) == "–"


def test_small_multiples_draw_every_outcome_on_the_same_rows(results):
    _, _, fifths = results
    twice = replace(
        fifths, effects=(*fifths.effects, *(replace(one, outcome="other") for one in fifths.effects[:-1]))
    )
    first = im.figures.small_multiples(twice, overall={"other": fifths.effects[0]}, labels={"other": "Land"})
    income, other = drawn(first).axes
    assert other.get_title(loc="left") == "Land"
    assert [label.get_text() for label in income.get_yticklabels()] == [one.subgroup for one in fifths]
    assert income.get_ylim() == other.get_ylim()
    np.testing.assert_allclose(income.lines[0].get_xdata(), [one.estimate for one in fifths])
    np.testing.assert_allclose(other.lines[0].get_xdata(), [one.estimate for one in fifths.effects[:-1]])
    assert [fifths.effects[0].estimate] * 2 in [list(line.get_xdata()) for line in other.lines]
    assert "Land, " in first.figure.get_label() and "of 4 told from zero" in first.figure.get_label()
