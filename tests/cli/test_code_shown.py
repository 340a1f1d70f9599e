"""The Python code of the README and of the documentation runs, from the first block of a page to its last.

Blocks marked ``.long`` (a thousand draws, a cluster) are not run; every name they take from the package must exist.
"""

import ast
import re
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest

import impact as im
from tests.registries import households

HOME = Path(__file__).parents[2]
PAGES = [HOME / "README.md", *sorted((HOME / "docs").glob("*.md"))]
RUN = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
LONG = re.compile(r"^```\{\.python \.long\}\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(page, kind):
    return kind.findall(page.read_text(encoding="utf-8"))


@pytest.mark.filterwarnings("ignore::impact.errors.ImpactWarning")  # the pages speak of them
@pytest.mark.parametrize(
    "page",
    [
        pytest.param(page, id=page.name, marks=pytest.mark.slow if page.name == "scale.md" else ())
        for page in PAGES
        if blocks(page, RUN)
    ],
)
def test_code_shown_runs(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # what a page writes or reads is there
    mpl.use("agg")
    if page.name == "scale.md":
        (tmp_path / "registry").mkdir()
        draw = np.random.default_rng(0)
        rows = households(3_000).assign(
            region=draw.integers(0, 4, 3_000),
            schooling=draw.integers(0, 13, 3_000),
            members=draw.integers(1, 9, 3_000),
        )
        rows.to_parquet(tmp_path / "registry" / "part-0.parquet", index=False)
    shown = {}
    for block in blocks(page, RUN):
        exec(compile(block, page.name, "exec"), shown)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_names_of_long_code_exist(page):
    called = {
        node.attr
        for block in blocks(page, LONG)
        for node in ast.walk(ast.parse(block))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "im"
    }
    assert called <= set(im.__all__)


def test_most_pages_show_code():
    assert sum(len(blocks(page, RUN)) for page in PAGES) > 15
