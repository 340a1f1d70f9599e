"""An extension is one file: each is added to a copy of the package, and the demonstration's survey is evaluated with all of them."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import impact
from tests.extension.added_files import ADDED, EXERCISE, EXERCISE_STRATEGY, STRATEGIES

PROGRAM = """
import json, sys, warnings
from pathlib import Path
warnings.simplefilter("ignore")
from impact.evaluation.demonstration.demo import _write_survey
import impact as im
folder = Path(sys.argv[1])
folder.mkdir()
_write_survey(1, folder, "es")
file = folder / "evaluation.toml"
text = file.read_text(encoding="utf-8")
head, tail = text[: text.index("[[outcomes]]")], Path(sys.argv[2]).read_text(encoding="utf-8")
head = head.replace('figures = ["income_agr_pc_month", "headcount_moderate"]', 'figures = ["income_labour_square_root"]')
file.write_text(head + tail, encoding="utf-8")
evaluation = im.evaluate(file)
from impact.cli import main
main(["count-rows", str(folder / "household.csv")])
evaluation.report(folder / "report.plain")
page = evaluation.report(folder / "report.html").read_text(encoding="utf-8")
frame = evaluation.effects.frame
print(json.dumps({
    "file": im.__file__,
    "strategies": list(evaluation.matched),
    "outcomes": sorted(frame["outcome"].unique()),
    "variances": sorted(frame["variance"].unique()),
    "adjustments": sorted(frame["bias_adjustment"].astype(str).unique()),
    "balance": list(evaluation.balance["All alike"].frame.columns),
    "discarded": int(len(evaluation.matched["All alike"].discarded)),
    "counted": evaluation.findings.answer("counted"),
    "ranking": evaluation.quintiles.frame["subgroup"].nunique(),
    "line": list(evaluation.poverty),
    "plain": (folder / "report.plain").read_text(encoding="utf-8").splitlines(),
    "page": ["Lo contado" in page, "prudente" in page],
    "exercise": [
        "Hogares detrás de cada estrategia" in page,
        frame.loc[frame["strategy"] == "Thirds of assets", "variance"].unique().tolist(),
        int((evaluation.matched["Thirds of assets"].weights > 0).sum()),
    ],
}))
"""


@pytest.fixture(scope="module")
def seen(tmp_path_factory):
    """Return what a run of the copy with every added file has to tell."""
    folder = tmp_path_factory.mktemp("copy")
    package = Path(impact.__file__).parent
    shutil.copytree(package, folder / "impact", ignore=shutil.ignore_patterns("__pycache__"))
    if (package.parent / "data_schema").is_dir():
        shutil.copytree(package.parent / "data_schema", folder / "data_schema")
    for name, content in (ADDED | EXERCISE).items():
        assert not (folder / "impact" / name).exists()
        (folder / "impact" / name).write_text(content, encoding="utf-8")
    (folder / "tail.toml").write_text(STRATEGIES + EXERCISE_STRATEGY, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder / "out"), str(folder / "tail.toml")],
        env=os.environ | {"PYTHONPATH": str(folder)},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    *said, told = done.stdout.splitlines()
    return json.loads(told) | {"said": said[-1]}, folder


def test_the_copy_was_run(seen):
    assert Path(seen[0]["file"]).is_relative_to(seen[1])


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("strategies", ["Propensity kernel", "Same region", "All alike", "Thirds of assets"]),
        ("outcomes", ["headcount_atlantic", "income_labour_square_root"]),
        ("counted", 4),
        ("ranking", 5),
        ("line", ["atlantic"]),
        ("page", [True, True]),
    ],
)
def test_what_was_added_is_there(seen, key, expected):
    assert seen[0][key] == expected


def test_further_files_do_their_work(seen):
    told = seen[0]
    assert "cautious" in told["variances"]
    assert "linear on education_index" in told["adjustments"]
    assert told["balance"].index("plain") == told["balance"].index("smd") + 1
    assert told["discarded"] > 0
    assert told["plain"][-2:] == ["Lo contado", told["plain"][-1]]


def test_a_command_is_found_by_its_file(seen):
    told, folder = seen
    rows = len(pd.read_csv(folder / "out" / "household.csv"))
    assert told["said"] == f"rows: {rows}"
    assert rows > 3000


def test_the_newcomers_exercise_works_as_it_stands_on_its_page(seen):
    assert set(EXERCISE) == {
        "design/matching/thirds.py",
        "effects/variances/unit_by_unit.py",
        "evaluation/sections/comparison/set_sizes.py",
    }
    titled, variances, used = seen[0]["exercise"]
    assert titled
    assert variances == ["unit by unit"]
    assert used > 3000
