"""Figures: what is drawn equals the table, words are there and inside the page, synthetic data says so."""

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

import impact as im

pytestmark = pytest.mark.filterwarnings("ignore::impact.FewClustersWarning")


@pytest.fixture(scope="module")
def results():
    survey = im.synthetic.rural_alliances(3, groups=150)
    sample = im.Sample(survey.household, **(survey.roles() | {"outcomes": ["income_agr_pc_month"]}))
    matched = im.matched_strategies(sample)
    fifths = im.quintile_effects(sample, im.Kernel(im.PropensityScore(), bandwidth=0.2), "income_agr_pc_month", by=im.PredictedOutcome())
    return matched, im.strategy_effects(matched), fifths


def texts(axes):
    figure = axes.figure
    FigureCanvasAgg(figure).draw()
    found = [axes.get_title(loc="left"), axes.get_xlabel(), *(label.get_text() for label in (*axes.get_yticklabels(), *axes.get_xticklabels()))]
    found += [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    return [*found, figure.get_suptitle()]


def assert_inside_the_page(axes):
    figure = axes.figure
    FigureCanvasAgg(figure).draw()
    page = figure.bbox
    artists = [axes.xaxis.label, axes.yaxis.label, axes.title, *axes.get_yticklabels(), *figure.legends, *figure.texts]
    for artist in artists:
        box = artist.get_window_extent()
        if box.width:
            assert box.x0 >= page.x0 - 1 and box.x1 <= page.x1 + 1 and box.y0 >= page.y0 - 1 and box.y1 <= page.y1 + 1, artist


@pytest.mark.parametrize(("language", "words"), [("en", "SYNTHETIC DATA"), ("es", "DATOS SINTÉTICOS")])
def test_every_figure_says_synthetic_and_fits(results, language, words):
    matched, effects, fifths = results
    one = next(iter(matched.values()))
    figures = [
        im.figures.overlap(one, language=language),
        im.figures.love_plot(im.balance(one), language=language, labels={"travel_time_market": "a very long name of a covariate, in words"}),
        im.figures.strategies(effects, language=language, truth=100.0),
        im.figures.quintiles(fifths, language=language, truth=[160, 40, 52, 30, 25]),
    ]
    for axes in figures:
        assert words in texts(axes)
        assert_inside_the_page(axes)


def test_strategies_draw_the_table(results):
    _, effects, _ = results
    axes = im.figures.strategies(effects, truth=123.0, truth_label="experiment")
    points = axes.containers[0].lines[0].get_xdata()
    np.testing.assert_array_equal(points, effects.frame["estimate"])
    ends = np.array([segment[:, 0] for segment in axes.containers[0].lines[2][0].get_segments()])
    np.testing.assert_allclose(ends, effects.frame[["conf_low", "conf_high"]])
    assert [label.get_text() for label in axes.get_yticklabels()] == effects.frame["strategy"].tolist()
    assert "experiment" in texts(axes) and 123.0 in [line.get_xdata()[0] for line in axes.lines]


def test_fifths_draw_percent_effects_and_the_truth(results):
    _, _, fifths = results
    axes = im.figures.quintiles(fifths, truth=[1, 2, 3, 4, 5], language="es")
    np.testing.assert_array_equal(axes.containers[0].lines[0].get_xdata(), fifths.frame["percent_effect"])
    assert axes.collections[-1].get_offsets()[:, 0].tolist() == [1, 2, 3, 4, 5]
    with pytest.raises(im.OptionError, match="one value per fifth"):
        im.figures.quintiles(fifths, truth=[1.0])


def test_love_plot_draws_absolute_differences(results):
    matched, _, _ = results
    table = im.balance(next(iter(matched.values())))
    axes = im.figures.love_plot(table)
    drawn = sorted(axes.collections[-1].get_offsets()[:, 0])
    assert drawn == pytest.approx(sorted(table.frame.query("stage == 'after'")["smd"].abs()))


def test_an_outcome_must_be_named_where_there_are_several(results):
    _, effects, _ = results
    with pytest.raises(im.OptionError, match="outcome must be one of 'income_agr_pc_month'; got 'income'"):
        im.figures.strategies(effects, outcome="income")


def test_no_global_state_is_touched(results):
    matched, _, _ = results
    before = dict(mpl.rcParams)
    im.figures.overlap(next(iter(matched.values())))
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize(("code", "text"), [("en", "−1,234.50"), ("es", "−1.234,50")])
def test_numbers_are_written_as_the_language_does(code, text):
    from impact.report.language import Language

    assert Language(code).number(-1234.5, 2) == text
    assert Language(code).number(-0.001, 1).lstrip("−") in ("0.0", "0,0") and "−" not in Language(code).number(-0.001, 1)
    assert Language(code).number(float("nan")) == "–"
