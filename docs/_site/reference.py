"""One reference page for each folder of the package, with every public name that has its home there."""

import ast
from collections import defaultdict
from pathlib import Path

import mkdocs_gen_files

FOLDERS = {
    "survey": "A survey comes in",
    "design": "Who is compared with whom",
    "effects": "What difference it made",
    "robustness": "Does it hold",
    "monitoring": "Results, returns, survival, targeting",
    "evaluation": "The whole evaluation from one file",
    "report": "What is published",
    "figures": "Figures",
    "registry": "Registries larger than memory",
    "synthetic": "Surveys whose true effects are known",
    "": "Errors and versions",
}


def listed(name):
    """Return what the facade lists under a name: the homes of its names, or its modules."""
    tree = ast.parse(Path("impact/__init__.py").read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == name:
            return ast.literal_eval(node.value)
    raise RuntimeError(f"impact/__init__.py holds no {name}")


def public_names(module):
    """Return the names that a public module shows, each with where it is written."""
    file = Path("impact", *module.split("."))
    source = file / "__init__.py" if file.is_dir() else file.with_suffix(".py")
    tree = ast.parse(source.read_text(encoding="utf-8"))
    imported = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    for node in tree.body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__":
            return {
                name: imported.get(name, f"impact.{module}.{name}") for name in ast.literal_eval(node.value)
            }
    raise RuntimeError(f"{source} holds no __all__")


def signature(name, path):
    """Return how a function is called by its public name, where it is written under another one; else an empty text."""
    *module, own = path.split(".")
    if own == name.rsplit(".", 1)[-1]:
        return ""
    source = Path(*module).with_suffix(".py")
    if not source.exists():
        return ""
    for node in ast.parse(source.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.name == own:
            given = ast.unparse(node.args)
            returned = f" -> {ast.unparse(node.returns)}" if node.returns else ""
            return f"{name}({given}){returned}"
    return ""


pages = defaultdict(list)
for name, home in sorted(listed("_HOMES").items(), key=lambda item: item[0].lower()):
    folder = home.split(".")[0] if "." in home else ""
    if name != "__version__":
        pages[folder if folder in FOLDERS else ""].append((f"im.{name}", f"impact.{home}.{name}"))
for module, home in listed("_MODULES").items():
    pages[module] += [(f"im.{module}.{name}", path) for name, path in public_names(home).items()]

summary = []
for folder, title in FOLDERS.items():
    if not pages[folder]:
        continue
    page = f"{folder or 'other'}.md"
    summary.append(f"* [{title}]({page})\n")
    with mkdocs_gen_files.open(f"reference/{page}", "w") as file:
        file.write(f"# {title}\n\n")
        for name, path in pages[folder]:
            called = signature(name, path)
            if called:
                file.write(f"## {name} {{ #{path} }}\n\n```python\n{called}\n```\n\n")
                hidden = ("show_root_heading", "show_root_toc_entry", "show_signature")
                options = "".join(f"      {option}: false\n" for option in hidden)
                file.write(f"::: {path}\n    options:\n      heading: {name}\n{options}\n")
            else:
                file.write(f"::: {path}\n    options:\n      heading: {name}\n\n")
with mkdocs_gen_files.open("reference/SUMMARY.md", "w") as file:
    file.writelines(summary)
