"""The notebooks as pages: text, code and the outputs of the committed run."""

import base64
from pathlib import Path

import mkdocs_gen_files
import nbformat


def shown(output, name, number):
    """Return one output as Markdown, its picture written beside the page."""
    data = output.get("data", {})
    if "image/png" in data:
        picture = f"{name}_{number}.png"
        with mkdocs_gen_files.open(f"notebooks/{picture}", "wb") as file:
            file.write(base64.b64decode(data["image/png"]))
        return f"![{name.replace('_', ' ')}, figure {number}]({picture})"
    if "text/html" in data:
        return f'<div class="output">{data["text/html"]}</div>'
    text = output.get("text") or data.get("text/plain", "")
    return f"```text\n{text.rstrip()}\n```"


summary = []
for path in sorted(Path("notebooks").glob("*.ipynb")):
    notebook = nbformat.read(path, as_version=4)
    title = (
        next(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
        .splitlines()[0]
        .lstrip("# ")
    )
    summary.append(f"* [{path.stem[:2]} {title}]({path.stem}.md)\n")
    parts, number = [], 0
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            parts.append(cell.source)
            continue
        parts.append(f"```python\n{cell.source}\n```")
        for output in cell.outputs:
            number += 1
            parts.append(shown(output, path.stem, number))
    with mkdocs_gen_files.open(f"notebooks/{path.stem}.md", "w") as file:
        file.write("\n\n".join(parts) + "\n")
with mkdocs_gen_files.open("notebooks/SUMMARY.md", "w") as file:
    file.writelines(summary)
