"""Every figure against a stored drawing: the artists and words that matplotlib is given, not the pixels that it makes of them.

Pixels differ with the fonts and the release of matplotlib: a tolerance that survives both would miss a lost interval. Held here is what
the toolkit decides: places, lengths, colours, words and their language.

After a change on purpose, and a look at the figures: ``python -m tests.unit.report.test_drawn_figures`` writes the drawings anew.
"""

import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle

import impact as im
from impact.report.drawing.seen import told
from tests.surveys import grouped_sample, grouped_survey

STORED = Path(__file__).with_name("drawn_figures.json")
LABELS = {"age": "edad", "herd": "hato"}


def figures(language):
    """Return every figure of small surveys, by name."""
    sample = grouped_sample(grouped_survey(3, groups=40))
    matched = im.match(sample, im.Kernel(im.PropensityScore(), bandwidth=0.3))
    nearest = im.match(sample, im.NearestNeighbor(im.PropensityScore()))
    effects = im.strategy_effects({im.Specification("Kernel", matched.strategy): matched})
    regions = im.subgroup_effects(sample, matched.strategy, by="region").table
    poor = im.poverty_curve(matched, "income", np.linspace(80, 260, 13), replications=49)
    spells = pd.DataFrame(
        {"months": [3, 5, 8, 8, 12, 14, 20, 24], "end": [1, 1, 0, 1, 1, 0, 1, 0], "of": list("abababab")}
    )
    hidden = im.confounder_sensitivity(sample, "income", ["age"], kd=(1, 2))
    tables = {"Kernel": im.balance(matched), "Nearest": im.balance(nearest)}
    draw = im.figures
    return {
        "overlap": draw.overlap(matched, language, bins=8),
        "calibration": draw.calibration(matched, language, classes=4),
        "love_plot": draw.love_plot(tables["Kernel"], language, LABELS),
        "love_plot_of_all": draw.love_plot_of_all(tables, language, LABELS),
        "ecdf": draw.ecdf(matched, "herd", language, "hato"),
        "qq": draw.qq(matched, "herd", language, points=9),
        "sample_flow": draw.sample_flow(nearest, language),
        "strategies": draw.strategies(effects, language=language),
        "subgroups": draw.subgroups(regions, by="region", language=language, overall=effects.effects[0]),
        "small_multiples": draw.small_multiples(regions, language, {"income": effects.effects[0]}),
        "poverty_curve": draw.poverty_curve(poor, language),
        "confounder_contour": draw.confounder_contour(hidden, language, LABELS),
        "survival": draw.survival(im.survival(spells, "months", "end", by="of"), language, unit="m"),
    }


def drawing(axes):
    """Return what matplotlib is asked to draw: words in their order, and every mark with its place and colour."""
    axes.figure.canvas.draw()
    return {
        "words": [text for text in _words(axes) if text],
        "seen": told(axes),
        "limits": _rounded([*axes.get_xlim(), *axes.get_ylim()]),
        "lines": [
            {
                "x": _rounded(line.get_xdata()),
                "y": _rounded(line.get_ydata()),
                "colour": to_hex(line.get_color()),
            }
            for line in axes.lines
        ],
        "marks": [
            {"at": _rounded(np.asarray(part.get_offsets()).ravel()), "paths": len(part.get_paths())}
            for part in axes.collections
        ],
        "patches": [
            _rounded(patch.get_bbox().bounds) for patch in axes.patches if isinstance(patch, Rectangle)
        ],
    }


def _words(axes):
    legends = [text for legend in axes.figure.legends for text in legend.get_texts()]
    texts = [axes._left_title, axes.xaxis.label, axes.yaxis.label, *axes.texts, *legends]
    return [text.get_text() for text in texts]


def _rounded(values):
    numbers = np.asarray(values, dtype=float).ravel()
    return [None if not np.isfinite(number) else float(f"{number:.4g}") for number in numbers]


def drawings(language):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", im.ImpactWarning)
        return {name: drawing(axes) for name, axes in figures(language).items()}


@pytest.fixture(scope="module", params=["en", "es"])
def both(request):
    stored = json.loads(STORED.read_text(encoding="utf-8"))[request.param]
    return request.param, stored, drawings(request.param)


def test_every_figure_is_drawn_as_it_was(both):
    _, stored, now = both
    assert sorted(now) == sorted(stored)
    for name, was in stored.items():
        assert now[name]["words"] == was["words"], name
        assert now[name]["seen"] == was["seen"], name
        assert [line["colour"] for line in now[name]["lines"]] == [line["colour"] for line in was["lines"]], (
            name
        )
        span = np.ptp(np.reshape(np.array(was["limits"], dtype=float), (2, 2)), axis=1).max()
        for before, after in zip(_places(was), _places(now[name]), strict=True):
            np.testing.assert_allclose(after, before, rtol=2e-3, atol=2e-3 * span, err_msg=name)


def _places(one):
    lines = [line[axis] for line in one["lines"] for axis in "xy"]
    return [
        np.array(part, dtype=float)
        for part in (one["limits"], *lines, *(m["at"] for m in one["marks"]), *one["patches"])
    ]


def test_a_figure_says_in_words_what_it_shows(both):
    language, _, now = both
    for name, one in now.items():
        assert any(letter.isdigit() for letter in one["seen"]), name
        assert one["seen"].endswith("."), name
    assert ("emparejamiento" in now["love_plot"]["seen"]) == (language == "es")


def test_what_is_seen_is_what_is_drawn(both):
    language, _, now = both
    steps = now["sample_flow"]["seen"]
    assert ("in the table: 160" if language == "en" else "en el archivo: 160") in steps
    curve = now["ecdf"]["lines"]
    assert all(line["y"][-1] == 1 for line in curve)
    assert len(curve) == 4
    apart = [float(np.max(np.abs(np.array(curve[k]["y"]) - np.array(curve[k + 2]["y"])))) for k in (0, 1)]
    shown = [f"{100 * gap:.1f}" for gap in apart]
    assert all(
        (number if language == "en" else number.replace(".", ",")) in now["ecdf"]["seen"] for number in shown
    )


def test_the_curves_distance_is_the_balance_tables():
    sample = grouped_sample(grouped_survey(3, groups=40))
    matched = im.match(sample, im.Kernel(im.PropensityScore(), bandwidth=0.3))
    table = im.balance(matched).frame.set_index(["covariate", "stage"])["ecdf_max"]
    lines = im.figures.ecdf(matched, "herd").lines
    for treated, control, stage in ((0, 2, "before"), (1, 3, "after")):
        gap = np.abs(lines[treated].get_ydata() - lines[control].get_ydata()).max()
        assert gap == pytest.approx(table["herd", stage], abs=1e-12)


def test_quantiles_by_hand():
    sample = grouped_sample(grouped_survey(3, groups=40))
    matched = im.match(sample, im.Kernel(im.PropensityScore(), bandwidth=0.3))
    middle = im.figures.qq(matched, "herd", points=1).lines[1]
    herd = sample.frame["herd"].to_numpy()
    expected = [np.sort(herd[arm])[(arm.sum() + 1) // 2 - 1] for arm in (sample.treated, ~sample.treated)]
    assert [middle.get_xdata()[0], middle.get_ydata()[0]] == expected


def test_calibration_by_hand():
    sample = grouped_sample(grouped_survey(3, groups=40))
    matched = im.match(sample, im.Kernel(im.PropensityScore(), bandwidth=0.3))
    score = matched.propensity.probability.reindex(matched.weights.index).to_numpy()
    bars = im.figures.calibration(matched, classes=2).containers[0].lines[0]
    low = score < np.quantile(score, 0.5)
    np.testing.assert_allclose(bars.get_xdata(), [score[low].mean(), score[~low].mean()])
    np.testing.assert_allclose(bars.get_ydata(), [sample.treated[low].mean(), sample.treated[~low].mean()])


def test_wrong_calls_say_what_is_wanted():
    sample = grouped_sample(grouped_survey(3, groups=40))
    matched = im.match(sample, im.Kernel(im.PropensityScore(), bandwidth=0.3))
    with pytest.raises(im.OptionError, match="column of numbers"):
        im.figures.ecdf(matched, "region")
    with pytest.raises(im.ImpactError, match="covariate"):
        im.figures.qq(matched, "nothing")
    with pytest.raises(im.OptionError, match="one to 7"):
        im.figures.love_plot_of_all({})


if __name__ == "__main__":
    text = json.dumps({language: drawings(language) for language in ("en", "es")}, ensure_ascii=False)
    STORED.write_text(text + "\n", encoding="utf-8")
