"""Tables as LaTeX: booktabs, labels escaped, the notes below; each a file of its own, or all in one report."""

from __future__ import annotations

import re
from pathlib import Path

from impact.language import Language
from impact.report.cells import shown
from impact.report.contents import Contents, Row, Table
from impact.report.formats.layout import Layout
from impact.report.formats.page import columns_of_words, suppression_note
from impact.report.output import distinct_names
from impact.report.words.style import word

_SIGNS = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}",
    '"': r"\textquotedbl{}", "[": "{[}", "]": "{]}", "−": r"\ensuremath{-}", "–": "--", "×": r"\ensuremath{\times}",
    "≤": r"\ensuremath{\leq}", "≥": r"\ensuremath{\geq}", "²": r"\textsuperscript{2}", "·": r"\textperiodcentered{}",
    "∞": r"\ensuremath{\infty}",
    "“": "``", "”": "''", "«": r"\guillemotleft{}", "»": r"\guillemotright{}", "†": r"\ensuremath{\dagger}", "✓": r"\ensuremath{\surd}",
}  # fmt: skip
_SPECIAL = re.compile("|".join(map(re.escape, _SIGNS)))
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_BABEL = {"es": "spanish,es-noshorthands,es-nodecimaldot", "pt": "brazilian"}
_INSIDE = 0.92
"""Share of a column's width that its text has; the rest stands between columns."""


def escaped(text: str) -> str:
    r"""Return a text that LaTeX sets as it is written.

    Examples
    --------
    >>> escaped("50 % of A&B_1 {x} −3")
    '50 \\% of A\\&B\\_1 \\{x\\} \\ensuremath{-}3'
    """
    return _SPECIAL.sub(lambda sign: _SIGNS[sign[0]], _CONTROL.sub(" ", text))


def latex_table(table: Table, language: Language) -> str:
    """Return one table as LaTeX; its packages are booktabs, longtable and array.

    Parameters
    ----------
    table : Table
    language : Language
    """
    columns = len(table.headings)
    words = columns_of_words(table)
    texts = [[shown(cell, language) for cell in row.cells] for row in table.rows]
    layout = Layout.of(list(table.headings), texts, words)
    shape = "".join(
        rf">{{\{'raggedright' if place == 0 or wordy else 'raggedleft'}\arraybackslash}}p{{{_INSIDE * width:.2f}cm}}"
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
        rf"{aside}\begingroup{size}\setlength{{\tabcolsep}}{{2pt}}",
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
    texts = [escaped(shown(cell, language)) for cell in row.cells]
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
    It compiles with pdflatex, xelatex and tectonic. Figures are files of the report's folder, named by a comment where they stand.
    """
    language = contents.language
    options = _BABEL.get(language.code, "english")
    parts = [
        r"\documentclass[a4paper]{article}",
        r"\usepackage[T1]{fontenc}\usepackage[utf8]{inputenc}\usepackage{textcomp}\usepackage{lmodern}",
        rf"\usepackage[{options}]{{babel}}",
        r"\usepackage{booktabs,longtable,array,pdflscape}\usepackage[margin=18mm]{geometry}",
        rf"\title{{{escaped(contents.title)}}}\date{{}}",
        r"\begin{document}\maketitle",
    ]
    if contents.synthetic:
        parts.append(rf"\noindent\textbf{{{escaped(word('synthetic_banner', language))}}}\par")
    parts += [rf"{escaped(paragraph)}\par" for paragraph in contents.lead]
    for section in contents.sections:
        parts.append(rf"\section*{{{escaped(section.title)}}}")
        parts += [rf"\noindent\textbf{{{escaped(alarm)}}}\par" for alarm in section.alarms]
        parts += [rf"{escaped(paragraph)}\par" for paragraph in section.paragraphs]
        for item in section.items:
            parts.append(
                latex_table(item, language) if isinstance(item, Table) else f"% figure: {escaped(item.name)}"
            )
    path.write_text("\n".join([*parts, r"\end{document}", ""]), encoding="utf-8")
    return path


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
