"""Mistakes in a Spanish run are answered in Spanish, in the terms of the file, with the cells or keys that are wrong."""

import re

import pytest

from impact.cli import main
from tests.dirty_corpus import clean_household
from tests.spanish_mistakes import MISTAKES, TOML, Mistake, foreign


def answer(capsys, folder, mistake: Mistake) -> tuple[int, str]:
    """Return the exit code of an evaluation with a mistake, and what it said."""
    frame = mistake.data(clean_household(30))
    frame.to_excel(folder / "encuesta.xlsx", index=False)
    file = folder / "evaluation.toml"
    file.write_text(mistake.toml(TOML), encoding="utf-8")
    code = main(["evaluate", str(file), "--out", str(folder / "informe.html")])
    return code, capsys.readouterr().err


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_a_mistake_is_answered_in_spanish(capsys, tmp_path, mistake):
    code, said = answer(capsys, tmp_path, mistake)
    assert code in (1, 2), said
    for pattern in mistake.says:
        assert re.search(pattern, said), f"{pattern} not in: {said}"
    assert not foreign(said.replace(str(tmp_path), "")), f"{foreign(said)!r} in: {said}"


def test_there_are_at_least_sixty():
    assert len({mistake.name for mistake in MISTAKES}) == len(MISTAKES) >= 60
