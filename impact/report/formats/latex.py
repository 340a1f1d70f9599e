"""Tables as LaTeX: booktabs, labels escaped, the notes below; each a file of its own, or all in one report."""

from __future__ import annotations

import re
from pathlib import Path

from impact.language import Language
from impact.report.cells import breakable
from impact.report.contents import Contents, Figure, Row, Section, Table
from impact.report.formats.latex_signs import escaped
from impact.report.formats.layout import Layout
from impact.report.formats.page import columns_of_words, suppression_note
from impact.report.output import distinct_names
from impact.report.words.style import word

_BABEL = {"es": "spanish,es-noshorthands,es-nodecimaldot", "pt": "brazilian"}
_INSIDE = 0.92
"""Share of a column's width that its text has; the rest stands between columns."""


def latex_table(table: Table, language: Language, before: str = "") -> str:
    """Return one table as LaTeX; its packages are booktabs, longtable and array.

    Parameters
    ----------
    table : Table
    language : Language
    before : str
        LaTeX that stands on the table's page, also where that lies on its side.
    """
    columns = len(table.headings)
    words = columns_of_words(table)
    texts = [[breakable(cell, language) for cell in row.cells] for row in table.rows]
    layout = Layout.of(list(table.headings), texts, words)
    shape = "".join(
        (r"@{\hspace{8pt}}" if wordy and place else "")
        + rf">{{\{'raggedright' if place == 0 or wordy else 'raggedleft'}\arraybackslash}}p{{{_INSIDE * width:.2f}cm}}"
        for place, (width, wordy) in enumerate(zip(layout.widths, words, strict=True))
    )
    size = r"\small" if layout.size > 8 else r"\scriptsize"
    aside, upright = (r"\begin{landscape}", r"\end{landscape}") if layout.landscape else ("", "")
    heading = " & ".join(rf"\bfseries {escaped(text)}" for text in table.headings)
    caption = escaped(table.caption)
    if table.synthetic:
        caption += rf" \textbf{{{escaped(word('synthetic_short', language))}}}"
    notes = [note for note in (*table.notes, suppression_note(table, language)) if note]
    lines = [
        rf"{aside}{before}\begingroup{size}\setlength{{\tabcolsep}}{{2pt}}\setlength{{\LTcapwidth}}{{\linewidth}}",
        rf"\begin{{longtable}}{{@{{}}{shape}@{{}}}}",
        rf"\caption{{{caption}}}\\",
        rf"\toprule {heading} \\ \midrule \endhead",
        *(_line(row, columns, language) for row in table.rows),
        r"\bottomrule",
        r"\end{longtable}",
        *(rf"\noindent{{\footnotesize {escaped(note)}\par}}" for note in notes),
        rf"\endgroup{upright}",
    ]
    return "\n".join(lines) + "\n"


def _line(row: Row, columns: int, language: Language) -> str:
    texts = [escaped(breakable(cell, language)) for cell in row.cells]
    if not any(texts[1:]) and columns > 1:
        return rf"\addlinespace \multicolumn{{{columns}}}{{@{{}}l}}{{\bfseries {texts[0]}}} \\"
    if row.opens:
        texts = [rf"\bfseries {text}" if text else "" for text in texts]
        return rf"\addlinespace {' & '.join(texts)} \\"
    return f"{' & '.join(texts)} \\\\"


def write_latex(contents: Contents, path: Path) -> Path:
    """Write the report's text and tables as one LaTeX document.

    Parameters
    ----------
    contents : Contents
    path : pathlib.Path
        File to write, ``.tex``.

    Returns
    -------
    pathlib.Path

    Notes
    -----
    It compiles with pdflatex, xelatex and tectonic. Its figures are files of a folder beside it, named like it.
    """
    language = contents.language
    options = _BABEL.get(language.code, "english")
    parts = [
        r"\documentclass[a4paper]{article}",
        r"\usepackage[T1]{fontenc}\usepackage[utf8]{inputenc}\usepackage{textcomp}\usepackage{lmodern}",
        rf"\usepackage[{options}]{{babel}}",
        r"\usepackage{booktabs,longtable,array,pdflscape,graphicx,float}\usepackage[margin=18mm]{geometry}",
        rf"\title{{{escaped(contents.title)}}}\date{{}}",
        r"\begin{document}\maketitle",
        rf"\renewcommand{{\tablename}}{{{word('table', language)}}}\renewcommand{{\figurename}}{{{word('figure', language)}}}",
    ]
    if contents.synthetic:
        parts.append(rf"\noindent\textbf{{{escaped(word('synthetic_banner', language))}}}\par")
    parts += [rf"{escaped(paragraph)}\par" for paragraph in contents.lead]
    files = _figures(contents, path.with_name(_plain(path.stem) + "-figures"))
    for section in contents.sections:
        parts += _section(section, language, files)
    path.write_text("\n".join([*parts, r"\end{document}", ""]), encoding="utf-8")
    return path


def _plain(name: str) -> str:
    """Return a file's name without anything that LaTeX reads as a command."""
    return re.sub(r"[^\w-]", "-", name)


def _figures(contents: Contents, folder: Path) -> dict[int, str]:
    """Write every figure into a folder; return their files, seen from the document, by identity."""
    figures = [item for section in contents.sections for item in section.items if isinstance(item, Figure)]
    if figures:
        folder.mkdir(exist_ok=True)
    files = {}
    for name, figure in distinct_names(figures, lambda one: _plain(one.name)):
        (folder / f"{name}.png").write_bytes(figure.images.png)
        files[id(figure)] = f"{folder.name}/{name}.png"
    return files


def _section(section: Section, language: Language, files: dict[int, str]) -> list[str]:
    """Return a section; its title stands on the page of its first table where that lies on its side and nothing comes before."""
    title = rf"\section*{{{escaped(section.title)}}}"
    texts = [rf"\noindent\textbf{{{escaped(alarm)}}}\par" for alarm in section.alarms]
    texts += [rf"{escaped(paragraph)}\par" for paragraph in section.paragraphs]
    alone = not texts and bool(section.items) and isinstance(section.items[0], Table)
    parts = [] if alone else [title, *texts]
    for place, item in enumerate(section.items):
        if isinstance(item, Table):
            parts.append(latex_table(item, language, title if alone and place == 0 else ""))
        else:
            parts.append(_figure(item, language, files[id(item)]))
    return parts


def _figure(figure: Figure, language: Language, file: str) -> str:
    """Return the lines that take a figure in where it stands."""
    caption = escaped(figure.caption)
    if figure.synthetic:
        caption += rf" \textbf{{{escaped(word('synthetic_short', language))}}}"
    notes = "".join(rf"\par\noindent{{\footnotesize {escaped(note)}}}" for note in figure.notes if note)
    shown = rf"\includegraphics[width=.82\linewidth,height=.8\textheight,keepaspectratio]{{{file}}}"
    return rf"\begin{{figure}}[H]\centering\caption{{{caption}}}{shown}{notes}\end{{figure}}"


def write_latex_tables(contents: Contents, folder: Path) -> list[Path]:
    """Write each table of the sections as a file that a LaTeX document takes in."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    shown_tables = [
        item for section in contents.sections for item in section.items if isinstance(item, Table)
    ]
    for name, table in distinct_names(shown_tables, lambda table: table.name):
        file = folder / f"{name}.tex"
        file.write_text(latex_table(table, contents.language), encoding="utf-8")
        files.append(file)
    return files


PLACE = 40
WRITER = (".tex", write_latex)
