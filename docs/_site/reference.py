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
    "registry": "Registries larger than memory",
    "synthetic": "Surveys whose true effects are known",
    "": "Errors and versions",
}


def homes():
    """Return the home of every public name, as the facade lists it."""
    tree = ast.parse(Path("impact/__init__.py").read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") == "_HOMES":
            return ast.literal_eval(node.value)
    raise RuntimeError("impact/__init__.py holds no _HOMES")


pages = defaultdict(list)
for name, home in sorted(homes().items(), key=lambda item: item[0].lower()):
    folder = home.split(".")[0] if "." in home else ""
    pages[folder if folder in FOLDERS else ""].append((name, home))

summary = []
for folder, title in FOLDERS.items():
    if not pages[folder]:
        continue
    page = f"{folder or 'other'}.md"
    summary.append(f"* [{title}]({page})\n")
    with mkdocs_gen_files.open(f"reference/{page}", "w") as file:
        file.write(f"# {title}\n\n")
        for name, home in pages[folder]:
            if name != "__version__":
                file.write(f"::: impact.{home}.{name}\n\n")
with mkdocs_gen_files.open("reference/SUMMARY.md", "w") as file:
    file.writelines(summary)
