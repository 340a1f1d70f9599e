"""No mutation of a survey ends in a traceback, and none changes an estimate silently."""

import warnings

import numpy as np
import pytest

import impact as im
from impact.evaluation.configuration import read_configuration
from impact.evaluation.intake import configured_sample
from tests.dirty_corpus import numbers
from tests.mutations import MUTATIONS, mutated
from tests.unit.evaluation.test_one_road import own


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    from tests.dirty_corpus import clean_household

    folder = tmp_path_factory.mktemp("clean")
    clean_household().to_csv(folder / "survey.csv", index=False)
    return numbers(configured_sample(read_configuration(own(folder)))).to_numpy(dtype=float)


def judged(seed: int, folder, clean) -> str:
    """Return what came of a mutation: the clean numbers, a named error, or a warning; anything else fails."""
    names, frame = mutated(seed)
    suffix = ("csv", "xlsx")[seed % 2]
    file = folder / f"survey.{suffix}"
    frame.to_csv(file, index=False) if suffix == "csv" else frame.to_excel(file, index=False)
    path = own(folder, file.name, language=("en", "es")[seed % 3 == 0])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            found = numbers(configured_sample(read_configuration(path))).to_numpy(dtype=float)
        except im.ImpactError as refusal:
            assert str(refusal), names
            return "refused"
    if np.allclose(found, clean, rtol=1e-9, atol=0):
        return "the same"
    told = [one for one in caught if issubclass(one.category, im.DataQualityWarning)]
    assert told, f"{names} changed the estimates without a word: {found} for {clean}"
    return "told"


@pytest.mark.parametrize("first", range(0, 45, 5))
def test_forty_five_mutations(first, tmp_path, clean):
    for seed in range(first, first + 5):
        judged(seed, tmp_path, clean)


@pytest.mark.slow
def test_five_hundred_mutations(tmp_path, clean):
    ends = [judged(seed, tmp_path, clean) for seed in range(500)]
    # The seeds are fixed: an end that moves is a check that begins or ceases to see something, and is to be looked at.
    assert {end: ends.count(end) for end in set(ends)} == {"refused": 430, "the same": 56, "told": 14}
    assert len(MUTATIONS) >= 25
