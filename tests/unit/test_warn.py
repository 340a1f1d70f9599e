"""Warnings that point at the user's own line, however deep in the package they arise."""

import warnings
from pathlib import Path

import numpy as np
import pandas as pd

import impact as im
from impact.errors import ImpactWarning
from impact.warn import collected_warnings, warned_once


def sample(groups=6):
    row = np.arange(60)
    frame = pd.DataFrame(
        {"treated": row % 2, "age": row % 7 + row % 2, "group": row % groups, "income": row % 11 + 0.5}
    )
    return im.Sample(frame, treatment="treated", covariates=["age"], outcomes=["income"], cluster="group")


def test_a_warning_points_here_from_every_depth():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        matched = im.match(sample(), im.NearestNeighbor(im.PropensityScore(), replace=False, order="data"))
        im.estimate(matched)
        im.four_strategies(sample(), im.FOUR_STRATEGIES[1:2])
    ours = [warning for warning in caught if issubclass(warning.category, ImpactWarning)]
    assert len({warning.category for warning in ours}) >= 2
    assert {warning.filename for warning in ours} == {__file__}


def test_a_repeated_warning_is_told_once_with_its_number():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with warned_once():
            for _ in range(3):
                warnings.warn("again", ImpactWarning, stacklevel=1)
    assert [str(warning.message) for warning in caught] == ["again (the first of 3 such warnings)"]
    assert caught[0].filename == __file__


def test_collected_warnings_are_texts_and_still_raised():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with collected_warnings() as messages:
            warnings.warn("ours", ImpactWarning, stacklevel=1)
            warnings.warn("another's", UserWarning, stacklevel=1)
    assert messages == ["ours"]
    assert [(str(one.message), one.category) for one in caught] == [
        ("ours", ImpactWarning),
        ("another's", UserWarning),
    ]


def test_nobody_counts_levels_by_hand():
    folder = Path(im.__file__).parent
    own = [file for file in folder.rglob("*.py") if "warnings.warn(" in file.read_text(encoding="utf-8")]
    assert own == [folder / "warn.py"]
