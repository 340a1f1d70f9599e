"""The specification curve and the contour of confounders: what is drawn is what was found."""

import itertools

import numpy as np
import pytest

import impact as im
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
    axes = im.figures.confounder_contour(found, labels={"assets_pre": "assets"})
    marks = axes.lines[0]
    np.testing.assert_allclose(marks.get_xdata(), 100 * found.bounds["r2dz_x"])
    np.testing.assert_allclose(marks.get_ydata(), 100 * found.bounds["r2yz_dx"])
    assert {"1 × assets", "2 × region"} <= {text.get_text() for text in axes.texts}
    axes.figure.canvas.draw()


def test_the_names_of_the_contour_do_not_run_into_each_other(sample):
    weak_and_strong = ["education_index", "assets_pre", "travel_time_market", "unmet_needs"]
    axes = im.figures.confounder_contour(
        im.confounder_sensitivity(sample, "area_cultivated", weak_and_strong)
    )
    axes.figure.canvas.draw()
    names = [text.get_window_extent() for text in axes.texts if "×" in text.get_text()]
    whole = axes.get_window_extent()
    assert len(names) == 12 and not any(
        one.overlaps(other) for one, other in itertools.combinations(names, 2)
    )
    assert all(whole.x0 - 2 <= name.x0 and name.x1 <= whole.x1 + 2 for name in names)
