"""The house stands as it is drawn: imports go down, folders are small, the page is true; who cites gets the right version."""

import importlib.util
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def architecture():
    spec = importlib.util.spec_from_file_location("architecture", ROOT / "docs" / "architecture.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_the_house_stands_as_drawn(architecture, capsys):
    assert architecture.main(["--check"]) == 0, capsys.readouterr().out


def test_an_import_upwards_sideways_or_without_a_layer_is_seen(architecture):
    rows = [["top"], ["left", "right"], ["gone"]]
    parts = {"top": {"left"}, "left": {"top", "right"}, "right": set(), "new": set()}
    problems = list(architecture.upward("impact", architecture.Order(rows, exhaustive=True), parts))
    assert len(problems) == 4
    for name in (
        "impact.gone",
        "impact.new",
        "impact.left imports impact.right",
        "impact.left imports impact.top",
    ):
        assert sum(problem.startswith(name) for problem in problems) == 1


def test_where_a_component_is_one_file_a_part_needs_no_layer(architecture):
    order = architecture.Order([["top"], ["gone"]], exhaustive=False)
    (problem,) = architecture.upward("impact", order, {"top": set(), "new": {"top"}})
    assert problem.startswith("impact.gone")


def test_a_folder_without_a_contract_is_seen(architecture):
    found = architecture.imports()
    orders = architecture.orders_of_folders()
    assert list(architecture.unordered(orders, found)) == []
    del orders["impact.registry"]
    (problem,) = architecture.unordered(orders, found)
    assert problem.startswith("impact.registry has an inner order")


def test_every_folder_of_the_package_is_on_the_page():
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    drawing = (ROOT / "docs" / "architecture.svg").read_text(encoding="utf-8")
    for folder in (path.parent.name for path in (ROOT / "impact").glob("*/__init__.py")):
        assert f"`{folder}`" in page
        assert f">{folder}</text>" in drawing


def test_the_citation_names_this_version():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert citation["version"] == version
    assert citation["license"] == "MIT"


def test_the_issue_templates_ask_for_what_is_needed():
    folder = ROOT / ".github" / "ISSUE_TEMPLATE"
    asked = {
        file.stem: {
            part["id"] for part in yaml.safe_load(file.read_text(encoding="utf-8"))["body"] if "id" in part
        }
        for file in folder.glob("*.yml")
        if file.stem != "config"
    }
    assert asked.keys() == {"wrong_number", "question", "feature"}
    assert {"program", "got", "expected", "versions"} <= asked["wrong_number"]


def test_functions_and_files_that_cannot_be_read_at_a_glance_are_seen(architecture, tmp_path, monkeypatch):
    assert list(architecture.long_winded()) == []
    body = "    value = 1\n"
    short = 'def short():\n    """Said.\n' + "\n" * 60 + f'    """\n{body * 46}'
    long = "class Part:\n    def long(self):\n" + f"    {body}" * 50 + "\n"
    (tmp_path / "grown.py").write_text((short + "\n\n\n") * 8 + long, encoding="utf-8")
    for name, value in (("PACKAGE", tmp_path), ("ROOT", tmp_path)):
        monkeypatch.setattr(architecture, name, value)
    architecture.trees.cache_clear()
    function, file = architecture.long_winded()
    architecture.trees.cache_clear()
    assert function.startswith("grown.py: long holds 51 lines")
    assert file.startswith("grown.py holds")
