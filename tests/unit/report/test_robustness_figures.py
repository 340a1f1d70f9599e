"""The specification curve and the contour of confounders: what is drawn is what was found."""

import itertools

import numpy as np
import pytest

import impact as im
from impact.survey.shares import SHARE_OF_HOUSEHOLDS
from tests.surveys import alliances_sample


@pytest.fixture(scope="module")
def sample():
    return alliances_sample(5, 90, outcomes=["area_cultivated"])


@pytest.fixture(scope="module")
def universe(sample):
    choices = im.Choices(ratio={"1": 1, "4": 4}, adjustment={"none": None, "linear": "linear"})
    return im.universe(sample, choices=choices, quality=im.QualityRule(0.3, 0.5), replications=199, n_jobs=1)


def test_the_curve_rises_and_greys_what_does_not_count(universe):
    axes = im.figures.specification_curve(universe, language="es", labels={"area_cultivated": "área"})
    curve = universe.curve()
    drawn = {line.get_label(): line for line in axes.lines}
    grey = next(line for name, line in drawn.items() if "no cuentan" in name)
    counted = next(line for name, line in drawn.items() if "cuentan, con su intervalo" in name)
    np.testing.assert_allclose(counted.get_ydata(), curve.loc[curve["counted"], "estimate"])
    np.testing.assert_allclose(grey.get_ydata(), curve.loc[~curve["counted"], "estimate"])
    assert "área" in axes.get_title(loc="left")
    lower = axes.figure.axes[1]
    rows = [label.get_text() for label in lower.get_yticklabels()]
    assert rows[rows.index("el ajuste") :][:3] == ["el ajuste", "lineal", "ninguno"]
    assert len(rows) == 9  # three choices of two values each
    axes.figure.canvas.draw()


def test_the_contour_marks_every_benchmark_where_it_stands(sample):
    found = im.confounder_sensitivity(sample, "area_cultivated", ["assets_pre", "region"], kd=(1, 2))
    axes = im.figures.confounder_contour(found, labels={"assets_pre": "assets"}, unit="hectares")
    for line, (_, rows) in zip(axes.lines, found.bounds.groupby("benchmark", sort=False), strict=True):
        np.testing.assert_allclose(line.get_xdata(), 100 * rows["r2dz_x"])
        np.testing.assert_allclose(line.get_ydata(), 100 * rows["r2yz_dx"])
    assert [line.get_label() for line in axes.lines] == ["1, 2 × assets", "1, 2 × region"]
    assert "(hectares)" in axes.get_title(loc="left")
    axes.figure.canvas.draw()


def test_the_names_of_the_contour_stand_below_it_however_close_its_marks(sample):
    weak_and_strong = ["education_index", "assets_pre", "travel_time_market", "unmet_needs"]
    axes = im.figures.confounder_contour(
        im.confounder_sensitivity(sample, "area_cultivated", weak_and_strong)
    )
    axes.figure.draw_without_rendering()
    (named,) = axes.figure.legends
    boxes = [text.get_window_extent() for text in named.get_texts()]
    assert len(boxes) == 4 and not any(one.overlaps(other) for one, other in itertools.combinations(boxes, 2))
    page, drawn = axes.figure.bbox, axes.get_tightbbox()
    assert all(box.x1 <= page.x1 and box.y0 >= page.y0 and box.y1 <= drawn.y0 for box in boxes)
    assert len({(line.get_marker(), line.get_color()) for line in axes.lines}) == 4


def test_a_share_is_left_in_percentage_points(sample):
    found = im.confounder_sensitivity(sample, "area_cultivated", ["assets_pre"], kd=1)
    points = im.figures.confounder_contour(found, unit=SHARE_OF_HOUSEHOLDS)
    plain = im.figures.confounder_contour(found)
    assert "(percentage points)" in points.get_title(loc="left")
    np.testing.assert_allclose(points.collections[0].levels, 100 * plain.collections[0].levels)
    left = found.bounds["adjusted_estimate"].iloc[-1]
    assert f"would leave {100 * left:.1f} of the effect" in found.sentence(unit=SHARE_OF_HOUSEHOLDS)
    assert "percentage points on “area" in found.sentence(unit=SHARE_OF_HOUSEHOLDS)
