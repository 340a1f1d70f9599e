"""One door: a dirty copy of a clean survey gives the clean numbers to 1e-12, or stops with a message that names cells and counts."""

import re
import warnings

import numpy as np
import pytest

import impact as im
from tests.dirty_corpus import CORPUS, ROLES, Dirty, clean_household, clean_numbers, numbers


@pytest.fixture(scope="module")
def clean():
    return clean_numbers()


def test_the_corpus_is_large():
    assert len(CORPUS) >= 60
    assert len({dirty.name for dirty in CORPUS}) == len(CORPUS)


@pytest.mark.parametrize("dirty", CORPUS, ids=lambda dirty: dirty.name)
def test_a_dirty_copy_gives_the_clean_numbers_or_says_what_is_wrong(dirty: Dirty, clean):
    tables = dirty.make(clean_household())
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        if dirty.stops is not None or dirty.error in (im.DataError, im.OptionError):
            with pytest.raises(dirty.error or im.SurveyRefusedError, match=dirty.says) as stopped:
                im.Sample.from_tables(tables, **(ROLES | dirty.options))
            if dirty.stops is not None:
                assert dirty.stops in {concern.rule for concern in stopped.value.concerns}
            return
        found = numbers(im.Sample.from_tables(tables, **(ROLES | dirty.options)))
    told = [str(one.message) for one in caught if issubclass(one.category, im.DataQualityWarning)]
    assert bool(told) == bool(dirty.told), told
    assert not dirty.told or any(re.search(dirty.told, message) for message in told), told
    if dirty.error is AssertionError:  # the numbers differ, and the warning has said why
        return
    np.testing.assert_allclose(found.to_numpy(dtype=float), clean.to_numpy(dtype=float), rtol=1e-12)
