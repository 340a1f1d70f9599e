"""The folders and what may import what: drawn from the import contracts, held against every import; writes architecture.md and .svg.

python docs/architecture.py            write the page and its drawing
python docs/architecture.py --check    exit 1 where an import goes upwards, a folder, file or function is too long, or the page is old
"""

from __future__ import annotations

import ast
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent
PACKAGE = ROOT / "impact"
MOST_FILES = 16
"""Files in one folder: about fifteen, and its __init__."""
MOST_LINES_OF_FUNCTION, MOST_LINES_OF_FILE = 50, 400
"""Lines of code in one function and in one file, docstrings not counted."""

Imports = dict[str, set[str]]
Rows = list[list[str]]


@dataclass(frozen=True)
class Order:
    """The layers of a folder, top first, as its contract has them."""

    rows: Rows
    exhaustive: bool
    """Whether every part has its layer; not where a new component is one file that no list has to name."""


def orders_of_folders() -> dict[str, Order]:
    """Return the order of each folder that a contract holds."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    return {
        contract["containers"][0]: Order(
            [[name.strip() for name in row.split("|")] for row in contract["layers"]],
            contract.get("exhaustive", False),
        )
        for contract in contracts
        if contract["type"] == "layers"
    }


@cache
def trees() -> dict[Path, ast.Module]:
    """Return every file of the package as it is parsed."""
    return {file: ast.parse(file.read_text(encoding="utf-8")) for file in sorted(PACKAGE.rglob("*.py"))}


@cache
def imports() -> Imports:
    """Return the modules of the package that each module imports, those of functions and of the type checker too."""
    modules = {_module(file): file for file in trees()}
    found: Imports = {}
    for module, file in modules.items():
        tree = trees()[file]
        found[module] = {target for node in ast.walk(tree) for target in _targets(node, modules)} - {module}
    return found


def _module(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _targets(node: ast.AST, modules: dict[str, Path]) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (name.name for name in node.names if name.name in modules)
    elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
        for name in node.names:
            deeper = f"{node.module}.{name.name}"
            if deeper in modules:
                yield deeper
            elif node.module in modules:
                yield node.module


def inside(container: str, found: Imports) -> Imports:
    """Return which parts of a folder import which others."""
    parts: Imports = defaultdict(set)
    for module, targets in found.items():
        here = _part(module, container)
        if here:
            parts[here] |= {
                there for target in targets if (there := _part(target, container)) and there != here
            }
    return parts


def _part(module: str, container: str) -> str | None:
    return module[len(container) + 1 :].split(".")[0] if module.startswith(f"{container}.") else None


def upward(container: str, order: Order, parts: Imports) -> Iterator[str]:
    """Yield what breaks the order: imports upwards or sideways, parts without a layer, and layers without a part."""
    place = {name: number for number, row in enumerate(order.rows) for name in row}
    for name in sorted(set(parts) ^ set(place) if order.exhaustive else set(place) - set(parts)):
        yield f"{container}.{name} stands in the folder or among the layers, not in both."
    for name, targets in parts.items():
        for target in sorted(targets):
            if name in place and target in place and place[target] <= place[name]:
                yield f"{container}.{name} imports {container}.{target}, which does not stand below it."


def unordered(orders: dict[str, Order], found: Imports) -> Iterator[str]:
    """Yield the folders whose parts import each other and that no contract orders."""
    folders = {_module(file) for file in PACKAGE.rglob("__init__.py")}
    for container in sorted(folders - set(orders)):
        if any(inside(container, found).values()):
            yield f"{container} has an inner order that no contract in pyproject.toml holds."


def crowded() -> Iterator[str]:
    """Yield the folders that hold too many files to be read at a glance."""
    for folder in sorted({file.parent for file in PACKAGE.rglob("*.py")}):
        files = sum(1 for _ in folder.glob("*.py"))
        if files > MOST_FILES:
            yield f"{folder.relative_to(ROOT)} holds {files} files, above {MOST_FILES}. Make a folder of those of one subject."


def long_winded() -> Iterator[str]:
    """Yield the functions and files that hold too many lines to be read at a glance; the list of public names may be longer."""
    for file, tree in trees().items():
        where, documentation = file.relative_to(ROOT), _documentation(tree)
        within: list[ast.AST] = [tree]
        while within:
            for node in getattr(within.pop(), "body", []):
                if not isinstance(node, ast.ClassDef | ast.FunctionDef):
                    continue
                within.append(node)
                own = _documentation(node)
                documentation += own
                lines = node.end_lineno - node.lineno + 1 - own
                if isinstance(node, ast.FunctionDef) and lines > MOST_LINES_OF_FUNCTION:
                    yield f"{where}: {node.name} holds {lines} lines, above {MOST_LINES_OF_FUNCTION}. Give its parts names."
        lines = (tree.body[-1].end_lineno if tree.body else 0) - documentation
        if lines > MOST_LINES_OF_FILE and file != PACKAGE / "__init__.py":
            yield f"{where} holds {lines} lines, above {MOST_LINES_OF_FILE}. Split it by subject."


def _documentation(node: ast.Module | ast.ClassDef | ast.FunctionDef) -> int:
    """Return the lines of the docstring."""
    first = node.body[0] if node.body else None
    told = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return first.end_lineno - first.lineno + 1 if told else 0


def drawing(rows: Rows) -> str:
    """Return the layers of the package as boxes: what stands higher may import what stands lower."""
    width, height, gap, left = 860, 44, 12, 20
    tall = len(rows) * (height + gap) + 40
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {tall}" font-family="sans-serif" role="img">',
        "<title>Folders of the package; each imports only what stands lower</title>",
        '<defs><marker id="tip" orient="auto" markerWidth="8" markerHeight="8" refX="4" refY="4">'
        '<path d="M0,0 L8,4 L0,8 z" fill="#00796b"/></marker></defs>',
        f'<line x1="{width - 40}" y1="20" x2="{width - 40}" y2="{tall - 30}" stroke="#00796b" stroke-width="2" marker-end="url(#tip)"/>',
        f'<text transform="translate({width - 18},{tall / 2}) rotate(90)" text-anchor="middle" font-size="13" '
        'fill="#00796b">imports go down only</text>',
    ]
    for number, row in enumerate(rows):
        room = (width - 2 * left - 50 - gap * (len(row) - 1)) / len(row)
        for k, name in enumerate(row):
            x, y = left + k * (room + gap), 20 + number * (height + gap)
            files = sum(1 for _ in (PACKAGE / name).rglob("*.py"))
            size = 14 if len(row) < 4 else 12
            fill = "#e0f2f1" if files else "#f5f5f5"
            out.append(
                f'<rect x="{x:.0f}" y="{y}" width="{room:.0f}" height="{height}" rx="6" fill="{fill}" stroke="#00796b"/>'
                f'<text x="{x + room / 2:.0f}" y="{y + 27}" text-anchor="middle" font-size="{size}" fill="#1b1b1b">'
                f"{escape(name)}</text>"
            )
    return "\n".join([*out, "</svg>", ""])


def page(orders: dict[str, Order]) -> str:
    """Return the page: the drawing, and for each folder of the first two levels its layers, top first."""
    lines = [HEAD]
    for container, order in orders.items():
        if container.count(".") > 1:
            continue
        lines += [
            f"## `{container.replace('.', '/')}/`",
            "",
            "| Layer | Part | Its question |",
            "|---|---|---|",
        ]
        lines += [
            f"| {number} | `{name}` | {_question(container, name)} |"
            for number, row in enumerate(order.rows, 1)
            for name in row
        ]
        lines.append("")
    return "\n".join(lines)


def _question(container: str, name: str) -> str:
    folder = ROOT.joinpath(*container.split("."), name)
    file = folder / "__init__.py" if folder.is_dir() else folder.with_suffix(".py")
    doc = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    return doc.split("\n")[0].replace("|", "\\|")


HEAD = """# The house: folders, and what may import what

An evaluation reads from the bottom up: a survey comes in, a design says who is compared with whom and never sees an outcome, effects
say what difference it made, robustness asks whether it holds, the report publishes it. A folder imports only what stands lower.

![Folders of the package, top to bottom](architecture.svg)

Where a new thing goes is told by its question, not by who uses it; `CONTRIBUTING.md` has the kinds that are one file each.
The order is held by the import contracts in `pyproject.toml` (`lint-imports`), which also forbid the design any outcome, effects
any schema, and circles among siblings at any depth. Every folder whose parts import each other has its contract, those of deeper
folders too, which this page leaves out; where a new component is one file, a part without a layer is free. No folder holds more than
about fifteen files, no file more than four hundred lines and no function more than fifty, docstrings not counted.

This page is written by `python docs/architecture.py` from the contracts; `--check`, run in continuous integration, reads every import
of the package and refuses one that goes upwards or sideways, a folder without its contract, a crowded one, a file or function that
is too long, and a page that is no longer true.

Layer 1 is the top; parts of one layer do not import each other.
"""


def main(arguments: list[str]) -> int:
    """Write the page, or say what is wrong."""
    orders, found = orders_of_folders(), imports()
    wrong = [
        problem
        for container, order in orders.items()
        for problem in upward(container, order, inside(container, found))
    ]
    wrong += [*unordered(orders, found), *crowded(), *long_winded()]
    content = {
        HERE / "architecture.md": page(orders),
        HERE / "architecture.svg": drawing(orders["impact"].rows),
    }
    for path, text in content.items():
        if "--check" not in arguments:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            wrong.append(f"{path.relative_to(ROOT)} is old. Run: python docs/architecture.py")
    print("\n".join(wrong) or "The house stands as drawn.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
