"""One name, one thing: no public class or function of the package is defined in two modules."""

import ast
from collections import defaultdict
from pathlib import Path

import impact

PACKAGE = Path(impact.__file__).parent
FOUND_BY_STANDING = {
    "cli/commands": "command",
    "evaluation/sections": "section",
    "evaluation/verdicts": "verdict",
}


NAMESPACES = {"registry": ("balance", "estimate", "match", "score")}
"""Public folders whose verbs are those of the package, said of something else: ``im.registry.match``."""


def definitions(package: Path) -> dict[str, list[str]]:
    """Return the modules that define each public name, without the one name by which a folder's files are found."""
    found = defaultdict(list)
    for file in sorted(package.rglob("*.py")):
        where = file.relative_to(package).as_posix()
        asked = {name for folder, name in FOUND_BY_STANDING.items() if where.startswith(f"{folder}/")}
        asked |= {
            name for folder, names in NAMESPACES.items() if where.startswith(f"{folder}/") for name in names
        }
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            defined = isinstance(node, (ast.ClassDef, ast.FunctionDef))
            if defined and not node.name.startswith("_") and node.name not in asked:
                found[node.name].append(where)
    return found


def test_no_public_name_is_defined_twice():
    twice = {name: where for name, where in definitions(PACKAGE).items() if len(where) > 1}
    assert not twice, f"Give one of each another name, or make them one: {twice}"


def test_the_search_sees_a_second_definition(tmp_path):
    for name in ("a", "b"):
        (tmp_path / f"{name}.py").write_text("def share():\n    pass\n", encoding="utf-8")
    (tmp_path / "evaluation" / "sections").mkdir(parents=True)
    for name in ("c", "d"):
        (tmp_path / "evaluation" / "sections" / f"{name}.py").write_text(
            "def section():\n    pass\n", encoding="utf-8"
        )
    assert definitions(tmp_path) == {"share": ["a.py", "b.py"]}
