"""The figure of the poverty curve: what is drawn is the frame, in both languages, inside the page, marked as synthetic."""

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

import impact as im
from impact.effects.distribution.poverty_curve import poverty_curve

pytestmark = pytest.mark.filterwarnings("ignore::impact.FewClustersWarning")
LINES = [im.PovertyLines.published().line(name, area="rural", year=2014) for name in ("extreme", "moderate")]


@pytest.fixture(scope="module")
def curve():
    survey = im.synthetic.rural_alliances(3, groups=120)
    sample = im.Sample(survey.household, **(survey.roles() | {"outcomes": ["income_pc_month"]}))
    matched = im.match(sample, im.NearestNeighbor(im.Mahalanobis(), ratio=4))
    return poverty_curve(matched, "income_pc_month", (100, 900, 33), replications=199)


def drawn(axes, width=None):
    if width is not None:
        axes.figure.set_size_inches(width, axes.figure.get_size_inches()[1])
    FigureCanvasAgg(axes.figure).draw()
    return axes.figure


def words_of(axes):
    figure = drawn(axes)
    legend = [text.get_text() for part in figure.legends for text in part.get_texts()]
    ticks = [label.get_text() for label in (*axes.get_xticklabels(), *axes.get_yticklabels())]
    marks = [text.get_text() for text in axes.texts]
    return [
        figure.get_suptitle(),
        axes.get_title(loc="left"),
        axes.get_xlabel(),
        axes.get_ylabel(),
        *legend,
        *ticks,
        *marks,
    ]


def test_the_curve_and_its_bands_are_those_of_the_frame(curve):
    truth = np.linspace(-0.1, 0.0, len(curve))
    axes = im.figures.poverty_curve(curve, lines=LINES, truth=truth)
    effect, known = axes.lines[0], axes.lines[1]
    np.testing.assert_array_equal(effect.get_xdata(), curve.frame["line"])
    np.testing.assert_allclose(effect.get_ydata(), 100 * curve.frame["effect"])
    np.testing.assert_allclose(known.get_ydata(), 100 * truth)
    for filled, kind in zip(axes.collections, ("band", "conf"), strict=True):
        outline = filled.get_paths()[0].get_extents()
        assert outline.ymin == pytest.approx(100 * curve.frame[f"{kind}_low"].min())
        assert outline.ymax == pytest.approx(100 * curve.frame[f"{kind}_high"].max())
    marked = [line.get_xdata()[0] for line in axes.lines if line.get_linestyle() == ":"]
    assert marked == [331.0, 580.0]


def test_the_bar_runs_under_the_lines_at_which_the_whole_band_is_below_zero(curve):
    axes = im.figures.poverty_curve(curve)
    bars = [tuple(line.get_xdata()) for line in axes.lines if line.get_marker() == "s"]
    assert bars == list(curve.ranges_below_zero) and bars
    assert "whole band below zero" in words_of(axes)


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", {"SYNTHETIC DATA", "effect on the treated, percentage points", "extreme line 331", "−10"}),
        (
            "es",
            {
                "DATOS SINTÉTICOS",
                "efecto en los beneficiarios, puntos porcentuales",
                "línea extrema 331",
                "−10",
            },
        ),
    ],
)
def test_words_are_in_the_language_and_say_synthetic(curve, language, expected):
    words = words_of(im.figures.poverty_curve(curve, language, lines=LINES))
    assert expected <= set(words)
    note = {
        "en": "Synthetic poverty line: no official rate.",
        "es": "Línea de pobreza sintética: no es una tasa oficial.",
    }
    assert any(note[language] in text for text in words)
    unit = {"en": "Bs per person and month", "es": "Bs por persona y mes"}
    assert any(unit[language] in text for text in words)


@pytest.mark.parametrize("width", [None, 3.9], ids=["paper", "telephone"])
def test_everything_lies_inside_the_page(curve, width):
    axes = im.figures.poverty_curve(curve, "es", lines=LINES)
    figure = drawn(axes, width)
    page = figure.bbox
    for artist in (
        axes.xaxis.label,
        axes.yaxis.label,
        axes.title,
        *axes.texts,
        *figure.legends,
        *figure.texts,
    ):
        box = artist.get_window_extent()
        assert box.width == 0 or (box.x0 >= page.x0 - 1 and box.x1 <= page.x1 + 1), artist
        assert box.height == 0 or (box.y0 >= page.y0 - 1 and box.y1 <= page.y1 + 1), artist
    first, second = (text.get_window_extent() for text in axes.texts)
    assert not first.overlaps(second)


def test_what_does_not_fit_the_curve_is_refused(curve):
    with pytest.raises(im.OptionError, match=r"truth must have one value per line \(33\); got 2"):
        im.figures.poverty_curve(curve, truth=[0.0, 0.0])
    line = im.PovertyLine(5000.0, "Bs", "rural", "2014", "v", "s", "synthetic", "rich")
    with pytest.raises(im.OptionError, match="100 and 900; got rich 5000"):
        im.figures.poverty_curve(curve, lines=[line])
