"""The reference of the documentation site has every public name, where it is written."""

import importlib
import io
import re
import runpy
import sys
import types
from contextlib import contextmanager
from pathlib import Path

import pytest

import impact as im

ROOT = Path(__file__).parents[2]
MODULES = ("figures", "registry", "synthetic")


@pytest.fixture
def pages(monkeypatch):
    """Run the script as the site does, and return what it writes, by page."""
    written = {}

    @contextmanager
    def keep(name, mode):
        file = io.StringIO()
        yield file
        written[name] = file.getvalue()

    monkeypatch.setitem(sys.modules, "mkdocs_gen_files", types.SimpleNamespace(open=keep))
    monkeypatch.chdir(ROOT)
    runpy.run_path(str(ROOT / "docs" / "_site" / "reference.py"))
    return written


def test_every_public_name_is_in_the_reference_once_and_where_it_says(pages):
    entries = re.findall(
        r"^::: (\S+)\n    options:\n      heading: im\.(\S+)$", "".join(pages.values()), re.MULTILINE
    )
    public = {name for name in im.__all__ if name not in (*MODULES, "__version__")}
    public |= {f"{module}.{name}" for module in MODULES for name in getattr(im, module).__all__}
    assert sorted(name for _, name in entries) == sorted(public)
    for path, name in entries:
        home, _, written = path.rpartition(".")
        value = im
        for part in name.split("."):
            value = getattr(value, part)
        found = getattr(importlib.import_module(home), written)
        assert found is value or found == value, name
