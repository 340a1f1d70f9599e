"""The parity sheet says what the reference tests compare today."""

import subprocess
import sys

import pytest

from .parity import HERE, PAGE


def rows(text):
    """The sheet's lines: peer and call to cases, numbers, worst and middle digit."""
    cells = [
        [cell.strip() for cell in line.strip("|\n").split("|")]
        for line in text.splitlines()
        if line.startswith("| ")
    ]
    return {tuple(row[:2]): tuple(int(cell.replace(",", "")) for cell in row[3:]) for row in cells[1:]}


def test_the_sheet_names_every_family_of_cases():
    text = PAGE.read_text(encoding="utf-8")
    assert len(rows(text)) > 15
    assert "Stata" in text and all(middle >= 6 for *_, middle in rows(text).values())


@pytest.mark.slow
def test_the_sheet_is_current(tmp_path):
    """Digits may move by one with the processor; what is compared may not."""
    out = tmp_path / "now.md"
    command = [sys.executable, "-m", "tests.reference.parity", str(out)]
    done = subprocess.run(command, cwd=HERE.parents[1], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    written, now = rows(PAGE.read_text(encoding="utf-8")), rows(out.read_text(encoding="utf-8"))
    assert {key: value[:2] for key, value in written.items()} == {
        key: value[:2] for key, value in now.items()
    }
    for key, (_, _, worst, middle) in written.items():
        assert now[key][2] >= worst - 1 and now[key][3] >= middle - 1, key
