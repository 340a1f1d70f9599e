"""The commands of the first hour, in both languages, run as they stand on the page."""

import re
import shlex
from pathlib import Path

import pandas as pd
import pytest

import impact as im
from impact.cli import main

DOCS = Path(__file__).parents[2] / "docs"


def commands(page):
    """Return the command lines of a page's shell blocks; of a line that installs first, the command at its end."""
    blocks = re.findall(r"```sh\n(.*?)```", (DOCS / page).read_text(encoding="utf-8"), re.DOTALL)
    lines = [line.split("&&")[-1].strip() for block in blocks for line in block.splitlines()]
    return [shlex.split(line.removeprefix(".venv/bin/"), comments=True)[1:] for line in lines]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::impact.errors.ImpactWarning")
@pytest.mark.parametrize(
    ("page", "file", "title"),
    [
        ("first_hour.md", "household.xlsx", "Impact evaluation"),
        ("primera_hora.md", "hogares.xlsx", "Evaluación de impacto"),
    ],
)
def test_the_first_hour_ends_in_a_report(page, file, title, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    im.synthetic.rural_alliances(seed=1, groups=60).household.to_excel(file, index=False)
    ran = commands(page)
    assert [words[0] for words in ran] == ["demo", "template", "init", "check", "evaluate"]
    for words in ran:
        assert main(words) == 0, words
    assert (tmp_path / "impact-demo" / "report.html").is_file()
    assert title in (tmp_path / "evaluation-report" / "report.html").read_text(encoding="utf-8")
    effects = pd.read_excel(tmp_path / "evaluation-report" / "tables.xlsx", sheet_name=None)
    assert len(effects) > 3
