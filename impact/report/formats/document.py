"""The report as a Word document: the same sections, tables and figures as the page."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from impact.language import Language
from impact.report.cells import breakable
from impact.report.contents import Contents, Figure, Section, Table
from impact.report.formats.layout import Layout
from impact.report.formats.page import columns_of_words, suppression_note, unbroken
from impact.report.words.style import word

_WARN, _BAND = "B00020", "F3F6F6"
_WITH_NOTES = 2
"""A table's last rows, which go to the next page with its notes: notes by themselves would explain nothing."""


_WHOLE = 16
"""Rows of a table that stays on one page."""


def write_document(contents: Contents, path: Path) -> Path:
    """Write the report as a Word document.

    Parameters
    ----------
    contents : Contents
    path : pathlib.Path
        File to write, ``.docx``.

    Returns
    -------
    pathlib.Path

    Notes
    -----
    python-docx writes text as text: a label cannot become a field or a macro. Header rows repeat on every page; synthetic data say so in
    the header of every page, in every section and in every caption.
    """
    from docx import Document

    document = Document()
    _page_setup(document, contents)
    document.add_heading(_clean(contents.title), level=0)
    if contents.synthetic:
        _warning(document, word("synthetic_banner", contents.language))
    for paragraph in contents.lead:
        document.add_paragraph(_clean(paragraph))
    numbers = {Table: 0, Figure: 0}
    annex: list[tuple[Table, int]] = []
    for section in contents.sections:
        _turn_page(document, _opens_on_its_side(section, contents.language))
        document.add_heading(_clean(section.title), level=1)
        if contents.synthetic:
            _warning(document, word("synthetic_short", contents.language))
        for alarm in section.alarms:
            _warning(document, _clean(alarm))
        for paragraph in section.paragraphs:
            document.add_paragraph(_clean(paragraph))
        for item in section.items:
            numbers[type(item)] += 1
            if isinstance(item, Figure):
                _add_figure(document, item, numbers[Figure], contents.language)
            elif item.folded:
                annex.append((item, numbers[Table]))
            else:
                _add_table(document, item, numbers[Table], contents.language)
    _add_annex(document, annex, contents.language)
    document.save(str(path))
    return path


def _opens_on_its_side(section: Section, language: Language) -> bool:
    """Return whether a section begins with a table that lies on its side, whose page the heading shares."""
    first = section.items[0] if section.items and not section.paragraphs else None
    return isinstance(first, Table) and not first.folded and _layout(first, language).landscape


def _layout(table: Table, language: Language) -> Layout:
    texts = [[breakable(cell, language) for cell in row.cells] for row in table.rows]
    return Layout.of(list(table.headings), texts, columns_of_words(table))


def _add_annex(document: Any, tables: list[tuple[Table, int]], language: Language) -> None:
    """Add the tables that are for those who look for them, with the numbers that they have in their sections."""
    if not tables:
        return
    _turn_page(document, landscape=False)
    document.add_heading(word("annex", language), level=1)
    for table, number in tables:
        _add_table(document, table, number, language)


def _page_setup(document: Any, contents: Contents) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Cm, Pt

    section = document.sections[0]
    section.page_width, section.page_height = Cm(21.0), Cm(29.7)
    section.left_margin = section.right_margin = Cm(1.8)
    section.top_margin = section.bottom_margin = Cm(2.0)
    document.styles["Normal"].font.size = Pt(10)
    document.styles["Normal"].font.name = "Calibri"
    language = document.styles["Normal"].element.get_or_add_rPr()
    mark = language.makeelement(qn("w:lang"), {qn("w:val"): contents.language.tag})
    language.append(mark)
    document.core_properties.title = _clean(contents.title)
    document.core_properties.author = "impact"
    document.core_properties.comments = ""
    if contents.synthetic:
        _red(section.header.paragraphs[0], word("synthetic_short", contents.language))


def _warning(document: Any, text: str) -> None:
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.keep_with_next = True
    _red(paragraph, text)


def _red(paragraph: Any, text: str) -> None:
    from docx.shared import RGBColor

    run = paragraph.add_run(text)
    run.bold = True
    run.font.color.rgb = RGBColor.from_string(_WARN)


def _caption(document: Any, label: str, number: int, text: str, synthetic: bool, language: Language) -> None:
    from docx.shared import Pt

    paragraph = document.add_paragraph()
    paragraph.paragraph_format.keep_with_next = True
    paragraph.paragraph_format.space_before = Pt(10)
    paragraph.add_run(f"{label} {number}. {_clean(text)} ").bold = True
    if synthetic:
        _red(paragraph, word("synthetic_short", language))


def _turn_page(document: Any, landscape: bool) -> None:
    """Go on upright or on the side, on a new page where that changes."""
    from docx.enum.section import WD_ORIENT, WD_SECTION

    now = document.sections[-1]
    if (now.orientation == WD_ORIENT.LANDSCAPE) == landscape:
        return
    section = document.add_section(WD_SECTION.NEW_PAGE)
    section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = now.page_height, now.page_width


def _add_table(document: Any, table: Table, number: int, language: Language) -> None:
    from docx.enum.table import WD_TABLE_ALIGNMENT
    from docx.shared import Cm

    texts = [[breakable(cell, language) for cell in row.cells] for row in table.rows]
    words = columns_of_words(table)
    layout = _layout(table, language)
    widths, size = layout.widths, layout.size
    _turn_page(document, layout.landscape)
    _caption(document, word("table", language), number, table.caption, table.synthetic, language)
    grid = document.add_table(rows=0, cols=len(table.headings))
    grid.alignment = WD_TABLE_ALIGNMENT.LEFT
    grid.autofit = False
    _cell_margins(grid, layout.margin)
    _repeat_header(_add_row(grid, list(table.headings), widths, words, size, bold=True, joined=True))
    blocks = any(row.opens for row in table.rows)
    notes = [note for note in (*table.notes, suppression_note(table, language)) if note]
    for place, (row, cells) in enumerate(zip(table.rows, texts, strict=True)):
        last = place + _WITH_NOTES >= len(texts) and bool(notes)
        follows = place + 1 < len(texts)
        whole = len(texts) <= _WHOLE and not all(words)
        joined = last or (follows and (whole or (blocks and not table.rows[place + 1].opens)))
        _add_row(grid, cells, widths, words, size, bold=row.opens, joined=joined)
    for column, width in zip(grid.columns, widths, strict=True):
        column.width = Cm(width)
    for place, note in enumerate(notes, start=1):
        _note(document, note, joined=place < len(notes))


def _add_row(
    grid: Any, texts: list[str], widths: list[float], words: list[bool], size: float, bold: bool, joined: bool
) -> Any:
    """Add a row; ``joined`` keeps it on the page of the row that follows."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Cm, Pt

    row = grid.add_row()
    spans = not any(texts[1:])
    for place, (cell, text) in enumerate(zip(row.cells, texts, strict=True)):
        cell.width = Cm(widths[place])
        paragraph = cell.paragraphs[0]
        paragraph.paragraph_format.space_after = Pt(1)
        paragraph.paragraph_format.keep_with_next = joined
        paragraph.alignment = (
            WD_ALIGN_PARAGRAPH.LEFT if place == 0 or words[place] else WD_ALIGN_PARAGRAPH.RIGHT
        )
        run = paragraph.add_run(_clean(text))
        run.font.size, run.bold = Pt(size), bold
        if bold:
            _shade(cell)
    if spans and len(texts) > 1:
        merged = row.cells[0].merge(row.cells[-1])
        for empty in merged.paragraphs[1:]:
            empty._element.getparent().remove(empty._element)
    _keep_together(row)
    return row


def _cell_margins(grid: Any, margin: float) -> None:
    """Set what stands left and right of every cell's text, in centimetres."""
    from docx.oxml.ns import qn

    properties = grid._tbl.tblPr
    margins = properties.makeelement(qn("w:tblCellMar"), {})
    for side in ("left", "right"):
        width = {qn("w:w"): str(round(margin * 567)), qn("w:type"): "dxa"}
        margins.append(margins.makeelement(qn(f"w:{side}"), width))
    look = properties.find(qn("w:tblLook"))
    look.addprevious(margins) if look is not None else properties.append(margins)


def _shade(cell: Any) -> None:
    from docx.oxml.ns import qn

    properties = cell._tc.get_or_add_tcPr()
    properties.append(properties.makeelement(qn("w:shd"), {qn("w:val"): "clear", qn("w:fill"): _BAND}))


def _keep_together(row: Any) -> None:
    from docx.oxml.ns import qn

    properties = row._tr.get_or_add_trPr()
    properties.append(properties.makeelement(qn("w:cantSplit"), {}))


def _repeat_header(row: Any) -> None:
    from docx.oxml.ns import qn

    properties = row._tr.get_or_add_trPr()
    properties.append(properties.makeelement(qn("w:tblHeader"), {}))


def _note(document: Any, text: str, joined: bool = False) -> None:
    """Write a note, whole on one page; ``joined`` keeps it on the page of the note that follows."""
    from docx.shared import Pt, RGBColor

    paragraph = document.add_paragraph()
    paragraph.paragraph_format.keep_together = True
    paragraph.paragraph_format.keep_with_next = joined
    paragraph.paragraph_format.space_after = Pt(1)
    run = paragraph.add_run(_clean(text))
    run.font.size = Pt(8)
    run.font.color.rgb = RGBColor.from_string("56666A")


def _add_figure(document: Any, figure: Figure, number: int, language: Language) -> None:
    from docx.shared import Cm

    _turn_page(document, landscape=False)
    _caption(document, word("figure", language), number, figure.caption, figure.synthetic, language)
    shape = document.add_picture(io.BytesIO(figure.images.png), width=Cm(15.5))
    shape._inline.docPr.set("descr", _clean(figure.alternative))
    for note in figure.notes:
        _note(document, note)


def _clean(text: str) -> str:
    """Return the text without the control characters that XML cannot hold, its numbers beside their sign of percent."""
    kept = (
        letter
        for letter in text
        if letter in "\t\n" or (ord(letter) >= 32 and not 0xD800 <= ord(letter) <= 0xDFFF)
    )
    return str(unbroken("".join(kept)))


PLACE = 20
WRITER = (".docx", write_document)
