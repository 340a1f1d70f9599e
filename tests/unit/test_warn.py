"""Warnings that point at the user's own line, however deep in the package they arise."""

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import impact as im
from impact.errors import FewClustersWarning, ImpactWarning
from impact.language import Text, speaking
from impact.warn import collected_warnings, warn, warned_once, warning_about
from tests.surveys import groups_in_turn, sample_of


def test_a_warning_points_here_from_every_depth():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        matched = im.match(
            sample_of(groups_in_turn(6), ["x"]),
            im.NearestNeighbor(im.PropensityScore(), replace=False, order="data"),
        )
        im.estimate(matched)
        im.four_strategies(sample_of(groups_in_turn(6), ["x"]), im.FOUR_STRATEGIES[1:2])
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


FEW = ("about {number} groups", "unos {number} grupos")


@pytest.mark.parametrize(
    ("language", "said"),
    [
        (
            "en",
            [
                "A: about 3 groups (the first of 2 such warnings)",
                "A: another thing",
                "B: Q1: about 5 groups",
                "B: Q2: about 6 groups (the first of 2 such warnings)",
                "B: Q3 has none",
            ],
        ),
        (
            "es",
            [
                "A: unos 3 grupos (la primera de 2 advertencias de este tipo)",
                "A: otra cosa",
                "B: Q1: unos 5 grupos",
                "B: Q2: unos 6 grupos (la primera de 2 advertencias de este tipo)",
                "B: Q3 no tiene",
            ],
        ),
    ],
)
def test_what_is_about_different_things_is_told_apart(language, said):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with speaking(language), warned_once():
            with warning_about("A"):
                warn(Text(*FEW, number=3), FewClustersWarning)
                warn(Text("another thing", "otra cosa"), FewClustersWarning)
                warn(Text(*FEW, number=4), FewClustersWarning)
            with warning_about("B"), warned_once():
                for name, numbers in (("Q1", [5]), ("Q2", [6, 7])):
                    with warning_about(name):
                        for number in numbers:
                            warn(Text(*FEW, number=number), FewClustersWarning)
                with warning_about("Q3"):
                    warn(Text("{name} has none", "{name} no tiene", name="Q3"), FewClustersWarning)
    assert [str(warning.message) for warning in caught] == said
    assert {warning.category for warning in caught} == {FewClustersWarning}


def test_the_same_warning_is_collected_once():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with collected_warnings() as messages:
            for name in ("A", "A", "B"):
                with warning_about(name):
                    warn(Text(*FEW, number=3), FewClustersWarning)
    assert messages == ["A: about 3 groups", "B: about 3 groups"] == [str(one.message) for one in caught]


def test_each_strategy_and_each_fifth_is_named():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        im.four_strategies(sample_of(groups_in_turn(6), ["x"]), im.FOUR_STRATEGIES[:3])
    few = [str(one.message) for one in caught if one.category is FewClustersWarning]
    assert [text.partition(":")[0] for text in few] == [one.name for one in im.FOUR_STRATEGIES[:3]]
    row = np.arange(400)
    frame = pd.DataFrame(
        {
            "treated": row // 10 % 2,
            "age": row % 41,
            "before": row * 7 % 400,
            "group": row // 10,
            "income": row % 37,
        }
    )
    fifths = im.Sample(frame, treatment="treated", covariates=["age"], outcomes=["income"], cluster="group")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        im.quintile_effects(fifths, im.NearestNeighbor(im.Euclidean()), "income", by=im.Baseline("before"))
    few = [str(one.message) for one in caught if one.category is FewClustersWarning]
    assert [text.partition(":")[0] for text in few] == ["Q1", "Q2", "Q3", "Q4", "Q5"]


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
