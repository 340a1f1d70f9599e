"""One door: a dirty copy of a clean survey gives the clean numbers to 1e-12, or stops with a message that names cells and counts."""

import re
import warnings

import numpy as np
import pandas as pd
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


@pytest.mark.parametrize("schema", [False, True, [1], "datapackage.yaml"])
def test_what_is_no_schema_is_refused_wherever_one_may_be_given(schema, tmp_path):
    frame = pd.DataFrame({"treated": [1, 0] * 4, "age": range(8)})
    calls = (
        lambda: im.Sample(frame, "treated", ["age"], schema=schema),
        lambda: im.Sample.from_tables([frame], "treated", ["age"], schema=schema),
        lambda: im.validate({"household": frame}, schema),
        lambda: im.write_codebook(tmp_path / "codebook.html", schema),
        lambda: im.write_template(tmp_path / "forms", schema),
        lambda: im.read_tables([], schema),
    )
    for call in calls:
        with pytest.raises(im.OptionError, match="schema must be a SurveySchema") as refused:
            call()
        assert "schema debe ser un SurveySchema" in refused.value.text.to("es")


def test_tables_without_names_are_refused():
    frame = pd.DataFrame({"treated": [1, 0] * 4, "age": range(8)})
    with pytest.raises(im.OptionError, match=r"tables must be a table, or tables by their names"):
        im.Sample.from_tables([frame], "treated", ["age"])


def test_waves_are_seen_without_an_identifier_too():
    frame = pd.DataFrame({"treated": [1, 0] * 6, "age": range(12), "ronda": [1, 1, 2, 2] * 3})
    with pytest.raises(im.SurveyRefusedError, match=r"several waves \('ronda': 1, 2\)"):
        im.Sample.from_tables(frame, "treated", ["age"])
    assert len(im.Sample.from_tables(frame, "treated", ["age"], wave=2)) == 6
    named = frame.assign(house=range(12))  # each household once: waves of other households are one survey
    assert len(im.Sample.from_tables(named, "treated", ["age"], id="house")) == 12


def test_a_schema_among_the_roles_is_shown_in_a_line():
    assert (
        repr(im.load_schema()).startswith("SurveySchema('Survey tables") and len(repr(im.load_schema())) < 120
    )
