"""Page, Word, Excel and CSV say the same, escape what they show, and never hide that data are synthetic."""

import csv
import datetime
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import openpyxl
import pandas as pd
import pytest
from docx import Document
from docx.enum.section import WD_ORIENT

import impact as im
from impact.effects.effect import EFFECT_COLUMNS
from impact.errors import OptionError
from impact.language import Language
from impact.report.contents import (
    Contents,
    Estimate,
    Figure,
    Interval,
    Number,
    PValue,
    Row,
    Section,
    Suppressed,
    Table,
)
from impact.report.drawing.images import drawn
from impact.report.formats.latex import latex_table
from impact.report.formats.page import render_page
from impact.report.publish import publish
from impact.report.tables.balance_by import balance_by_table
from impact.report.words.style import Style

HOSTILE = "<script>alert('x')</script>"


@pytest.fixture(scope="module")
def contents():
    from matplotlib.figure import Figure as Drawing

    drawing = Drawing(figsize=(3, 2))
    drawing.add_subplot().plot([0, 1], [0, 1])
    table = Table(
        name="effects",
        caption=f"Efectos {HOSTILE}",
        headings=("Resultado", "A", "B"),
        rows=(
            Row((f"Ingreso {HOSTILE}", Number(1234.5, 1), Number(-0.25, 2, brackets=True)), opens=True),
            Row(("intervalo", Interval(-3.0, 4.5, 1), Suppressed(5))),
            Row(("=1+1", Number(float("nan"), 1), Number(12, 0, " %"))),
        ),
        notes=("Una nota & más",),
        synthetic=True,
    )
    sections = (
        Section(
            "one",
            "Uno",
            ("Un párrafo.",),
            (table, Figure("line", "Una línea", drawn(drawing), synthetic=True)),
        ),
        Section(
            "two",
            "Dos",
            (),
            (Table("facts", "Hechos", ("Qué", "Valor"), (Row(("semilla", "1")),), (), True),),
        ),
    )
    return Contents("Título <b>", Language("es"), True, sections, ("Entrada",))


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


def tags_of(page):
    parser = Tags()
    parser.feed(page)
    return parser.tags


def test_page_asks_for_nothing_from_anywhere(contents):
    page = render_page(contents)
    assert not re.search(r"(https?:)?//[a-z]", re.sub(r"data:[^\"]*", "", page))
    for tag, attributes in tags_of(page):
        for name in ("src", "href", "srcset"):
            assert attributes.get(name, "data:").startswith(("data:", "#")), (tag, name)


def test_page_escapes_every_label(contents):
    page = render_page(contents)
    assert "<script" not in page
    assert page.count("&lt;script&gt;") == 3  # caption, its aria-label, row
    assert "<title>Título &lt;b&gt;</title>" in page


def test_page_says_synthetic_in_every_section_table_and_figure(contents):
    page = render_page(contents)
    sections = page.split("<section ")[1:]
    assert len(sections) == 2
    assert all('<p class="banner">DATOS SINTÉTICOS</p>' in section for section in sections)
    captions = re.findall(r"<figcaption>.*?</figcaption>", page, flags=re.DOTALL)
    assert len(captions) == 3
    assert all("DATOS SINTÉTICOS" in caption for caption in captions)


def test_page_of_real_data_never_says_synthetic(contents):
    from dataclasses import replace

    section = Section("one", "Uno", (), (Table("t", "c", ("a",), (Row(("x",)),)),))
    assert "SINTÉTICOS" not in render_page(replace(contents, synthetic=False, sections=(section,)))


def test_dates_read_as_the_language_writes_them_and_stay_dates_in_a_workbook(tmp_path):
    table = Table("fechas", "Fechas", ("Desembolso",), (Row((datetime.date(2014, 12, 31),)),))
    contents = Contents("Informe", Language("es"), False, (Section("fechas", "Fechas", (), (table,)),))
    folder = publish(contents, tmp_path / "report").parent
    page = (folder / "report.html").read_text(encoding="utf-8")
    words = [cell.text for cell in Document(str(folder / "report.docx")).tables[0]._cells]
    sheets = openpyxl.load_workbook(folder / "tables.xlsx")
    cells = [cell for sheet in sheets for row in sheet.iter_rows() for cell in row if cell.is_date]
    assert (
        "31/12/2014" in page and "31/12/2014" in words and "31/12/2014" in latex_table(table, Language("es"))
    )
    assert [(cell.value.date(), cell.number_format) for cell in cells] == [
        (datetime.date(2014, 12, 31), "dd/mm/yyyy")
    ]
    assert "2014-12-31" in (folder / "tables" / "fechas.csv").read_text(encoding="utf-8-sig")


def test_page_writes_numbers_in_its_language_and_tables_scroll_in_their_own_box(contents):
    page = render_page(contents)
    for text in ("1.234,5", "(−0,25)", "[−3,0;\u00a04,5]", "n\u00a0&lt;\u00a05", "12\u00a0%", "–"):
        assert f">{text}<" in page
    assert page.count('<div class="scroll"') == page.count("<table") == 2
    assert '<html lang="es">' in page


def test_figures_fit_a_telephone_without_shrinking_letters(contents):
    pictures = [attributes for tag, attributes in tags_of(render_page(contents)) if tag in ("source", "img")]
    assert pictures[0]["media"] == "(max-width: 600px)"
    assert pictures[0]["srcset"] != pictures[1]["src"]
    assert not set(pictures[0]["srcset"]) & set(
        ' \t\n"<>'
    )  # a space ends an address of a list: the wide drawing would be shown
    assert pictures[1]["alt"] == "Una línea"


def test_same_contents_give_the_same_page(contents):
    assert render_page(contents) == render_page(contents)


def test_excel_keeps_numbers_as_numbers_and_text_as_text(contents, tmp_path):
    book = openpyxl.load_workbook(publish(contents, tmp_path / "t.xlsx"))
    assert book.sheetnames == ["effects", "facts"]
    sheet = book["effects"]
    assert sheet["A1"].value.startswith("Efectos")
    assert sheet["A2"].value.startswith("DATOS SINTÉTICOS")
    rows = {row[0].value: row for row in sheet.iter_rows()}
    assert [cell.value for cell in rows["Resultado"]] == ["Resultado", "A", "A, desde", "A, hasta", "B"]
    income = rows[f"Ingreso {HOSTILE}"]
    assert [income[1].value, income[4].value] == [1234.5, -0.25]
    assert income[1].number_format == "#,##0.0"
    assert income[4].number_format == "(#,##0.00);(-#,##0.00)"
    assert rows["=1+1"][0].data_type == "s" and rows["=1+1"][0].quotePrefix
    assert {book["facts"]["B5"].alignment.horizontal, income[1].alignment.horizontal} == {"left", "right"}
    assert rows["=1+1"][4].number_format == '#,##0" %"'
    assert [cell.value for cell in rows["intervalo"]] == ["intervalo", None, -3.0, 4.5, "n < 5"]
    assert "Una nota & más" in rows
    assert any(isinstance(label, str) and label.startswith("n < 5: no se publica") for label in rows)


def test_csv_is_for_machines_and_says_synthetic_in_every_row(contents, tmp_path):
    page = publish(contents, tmp_path / "out")
    assert page == tmp_path / "out" / "report.html"
    with (tmp_path / "out" / "tables" / "effects.csv").open(encoding="utf-8-sig", newline="") as stream:
        lines = list(csv.reader(stream))
    assert lines[0] == ["Resultado", "A", "A, desde", "A, hasta", "B", "data"]
    assert lines[1][1:] == ["1234.5", "", "", "-0.25", "DATOS SINTÉTICOS"]
    assert lines[2][1:5] == ["", "-3", "4.5", "n < 5"]
    assert lines[3][0] == "'=1+1"
    assert {line[-1] for line in lines[1:]} == {"DATOS SINTÉTICOS"}
    notes = (tmp_path / "out" / "tables" / "notes.csv").read_text(encoding="utf-8-sig")
    assert "Una nota & más" in notes


def test_json_has_numbers_as_numbers_labels_in_the_language_and_nothing_that_is_hidden(contents, tmp_path):
    written = json.loads(publish(contents, tmp_path / "informe.json").read_text(encoding="utf-8"))
    assert written["language"] == "es" and written["synthetic"] is True
    assert written["notice"].startswith("DATOS SINTÉTICOS")
    assert written["sections"][0]["tables"] == ["effects"] and written["sections"][0]["paragraphs"] == [
        "Un párrafo."
    ]
    table = written["tables"]["effects"]
    assert [column["label"] for column in table["columns"]] == [
        "bloque",
        "Resultado",
        "A",
        "A, desde",
        "A, hasta",
        "B",
    ]
    first, second, third = table["rows"]
    assert first == {"bloque": first["Resultado"], "Resultado": f"Ingreso {HOSTILE}", "A": 1234.5, "A, desde": None,
                     "A, hasta": None, "B": -0.25}  # fmt: skip
    assert (second["A"], second["A, desde"], second["A, hasta"], second["B"]) == (None, -3, 4.5, None)
    assert third["A"] is None and third["B"] == 12 and third["Resultado"] == "=1+1"
    assert table["hidden"] == [{"row": 1, "column": "B", "shown": "n < 5"}]
    assert (
        table["synthetic"] is True and table["notes"][0] == "Una nota & más" and "n < 5" in table["notes"][1]
    )


def test_json_labels_every_column_of_the_tidy_effects(tmp_path):
    headings = (*EFFECT_COLUMNS, "outcome_label")
    table = Table("effects_tidy", "Efectos", headings, (Row(tuple(headings)),))
    contents = Contents("Informe", Language("es"), False, (), data=(table,))
    written = json.loads(publish(contents, tmp_path / "informe.json").read_text(encoding="utf-8"))
    labels = {one["key"]: one["label"] for one in written["tables"]["effects_tidy"]["columns"]}
    assert tuple(labels) == headings
    assert not {key for key, label in labels.items() if "_" in label or label == key} - {"p"}


def test_folder_holds_every_format(contents, tmp_path):
    publish(contents, tmp_path / "out")
    written = {
        str(path.relative_to(tmp_path / "out")).replace("\\", "/")
        for path in (tmp_path / "out").rglob("*")
        if path.is_file()
    }
    assert written == {
        "report.html", "report.docx", "tables.xlsx", "tables.json",
        "tables/effects.csv", "tables/facts.csv", "tables/notes.csv", "figures/line.svg",
        "figures/line.png", ".impact-files.json", "latex/effects.tex",
        "latex/facts.tex",
    }  # fmt: skip
    assert (tmp_path / "out/figures/line.png").read_bytes().startswith(b"\x89PNG")


def test_word_holds_the_same_tables_and_the_warning(contents, tmp_path):
    document = Document(str(publish(contents, tmp_path / "t.docx")))
    cells = [[cell.text for cell in row.cells] for row in document.tables[0].rows]
    assert cells[0] == ["Resultado", "A", "B"]
    assert cells[1] == [f"Ingreso {HOSTILE}", "1.234,5", "(−0,25)"]
    assert cells[2] == ["intervalo", "[−3,0;\u00a04,5]", "n\u00a0<\u00a05"]
    text = "\n".join(paragraph.text for paragraph in document.paragraphs)
    assert "Cuadro 1. Efectos" in text
    assert "Gráfico 1. Una línea" in text
    assert text.count("DATOS SINTÉTICOS") == 1 + 2 + 3  # title, two sections, three captions
    assert document.sections[0].header.paragraphs[0].text == "DATOS SINTÉTICOS"
    assert len(document.inline_shapes) == 1


def test_a_p_value_is_never_nought_and_excel_keeps_it(tmp_path):
    table = Table(
        "tests", "Pruebas", ("Prueba", "p"), (Row(("una", PValue(2e-7))), Row(("otra", PValue(0.0314))))
    )
    made = Contents("Pruebas", Language("es"), False, (Section("one", "Uno", (), (table,)),))
    page = render_page(made)
    assert "&lt;0,001" in page and "0,000" not in page and "0,031" in page
    assert r"\textless{}0,001" in latex_table(table, Language("es")) and r"\textless{}0.001" in latex_table(
        table, Language("en")
    )
    document = Document(str(publish(made, tmp_path / "t.docx")))
    assert [row.cells[1].text for row in document.tables[0].rows] == ["p", "<0,001", "0,031"]
    sheet = openpyxl.load_workbook(publish(made, tmp_path / "t.xlsx"))["tests"]
    cells = {row[0].value: row[1] for row in sheet.iter_rows()}
    assert (cells["una"].value, cells["una"].number_format) == (2e-7, '"<0,001"')
    assert (cells["otra"].value, cells["otra"].number_format) == (0.0314, "#,##0.000")


def test_notes_of_a_table_are_never_alone_on_a_page_of_word(tmp_path):
    rows = tuple(Row((f"fila {k}", Number(k))) for k in range(4))
    table = Table("rows", "Filas", ("Fila", "n"), rows, ("Una nota.", "Otra nota."))
    made = Contents("Filas", Language("es"), False, (Section("one", "Uno", (), (table,)),))
    document = Document(str(publish(made, tmp_path / "t.docx")))
    kept = [row.cells[0].paragraphs[0].paragraph_format.keep_with_next for row in document.tables[0].rows]
    assert kept == [True] * 5  # a short table stays whole
    notes = {one.text: one.paragraph_format for one in document.paragraphs if "nota" in one.text}
    assert [one.keep_with_next for one in notes.values()] == [True, False]
    assert all(one.keep_together for one in notes.values())
    long = replace(table, rows=tuple(Row((f"fila {k}", Number(k))) for k in range(20)))
    made = Contents("Filas", Language("es"), False, (Section("one", "Uno", (), (long,)),))
    document = Document(str(publish(made, tmp_path / "long.docx")))
    kept = [row.cells[0].paragraphs[0].paragraph_format.keep_with_next for row in document.tables[0].rows]
    assert kept == [True, *[False] * 18, True, True]  # the heading, and the rows that go with the notes


def test_small_wide_tables_of_word_stay_upright_an_estimate_above_its_interval(tmp_path):
    effect = Estimate(-16591, -163304, 131122)
    rows = tuple(
        Row((f"Ingreso agropecuario {k} (Bs por persona y mes, 2014)", *[effect] * 4, "lineal"))
        for k in range(6)
    )
    headings = (
        "Resultado",
        "Probabilidad, 1 vecino",
        "Kernel",
        "Mahalanobis, 1",
        "Mahalanobis, 4",
        "Ajuste de sesgo",
    )
    made = Contents(
        "t", Language("es"), False, (Section("one", "Uno", (), (Table("t", "T", headings, rows),)),)
    )
    document = Document(str(publish(made, tmp_path / "t.docx")))
    assert [one.orientation for one in document.sections] == [WD_ORIENT.PORTRAIT]
    assert document.tables[0].rows[1].cells[1].text == "−16.591 [−163.304;\u00a0131.122]"
    assert r"−16.591" not in latex_table(made.sections[0].items[0], Language("es"))
    assert r"{[}\ensuremath{-}163.304;~131.122{]}" in latex_table(made.sections[0].items[0], Language("es"))
    assert "landscape" not in latex_table(made.sections[0].items[0], Language("es"))


def test_a_reason_in_place_of_a_number_is_wrapped():
    rows = (
        Row(("Q1", Estimate(5, 1, 9))),
        Row(("Q5", "no se estima: sus beneficiarios no tienen controles parecidos")),
    )
    made = Contents(
        "t", Language("es"), False, (Section("one", "Uno", (), (Table("t", "T", ("a", "b"), rows),)),)
    )
    page = render_page(made)
    assert '<td class="reason">no se estima' in page and '<td class="estimate">5 [1;\u00a09]' in page


def test_sentences_and_captions_begin_with_a_capital():
    table = Table("t", "maize income: by fifth", ("a",), ())
    said = ("maize income: 5 more.", "claims.csv: 1 claim.")
    section = Section("one", "One", said, (table,), ("hh_id twice",))
    assert section.paragraphs == ("Maize income: 5 more.", "claims.csv: 1 claim.")
    assert section.alarms == ("hh_id twice",) and table.caption == "Maize income: by fifth"


def test_another_suffix_is_refused_by_name(contents, tmp_path):
    with pytest.raises(OptionError, match=r"must end in \.html, \.docx, \.xlsx.*got 't\.doc'"):
        publish(contents, tmp_path / "t.doc")


def test_a_hidden_subgroup_of_the_balance_does_not_follow_from_all_units_less_the_others():
    row = np.arange(400)
    region = np.select([row < 3, row < 23], ["Chaco", "Valle"], "Altiplano")
    frame = pd.DataFrame({"treated": row % 2, "age": 20.0 + row % 37, "region": region})
    matched = im.match(im.Sample(frame, "treated", ["age"]), im.NearestNeighbor(im.Euclidean()))
    table = balance_by_table(im.balance_by(matched, "region"), Style(Language("es"), minimum=5))
    blocks: dict[str, list[Row]] = {}
    for line in table.rows:
        blocks.setdefault(str(line.cells[0]).partition(":")[0], []) if line.opens else blocks[
            list(blocks)[-1]
        ].append(line)
    out = {
        name: {type(cell) for line in lines for cell in line.cells[1:]} == {Suppressed}
        for name, lines in blocks.items()
    }
    assert out == {"todos": False, "Altiplano": False, "Chaco": True, "Valle": True}
    assert [str(line.cells[0]) for line in table.rows if line.opens and "(c)" in str(line.cells[0])] == [
        "Valle: (c)"
    ]


def test_rows_of_a_workbook_are_as_high_as_the_lines_of_their_cells(tmp_path):
    """Text would lie over the text of the next row: not every spreadsheet makes rows higher by itself."""
    sentence = "Algunos beneficiarios no se parecen a ningún control: lo que habrían ganado se extrapola, no se observa."
    rows = (Row(("Superposición", sentence)), Row(("Balance", "se cumple")))
    table = Table("t", "Condiciones", ("Condición", "Si no se cumple"), rows, (), False)
    numbers = Table(
        "n", "Números", ("Grupo", "controles emparejados, ajustados"), (Row(("a", Number(1, 0))),)
    )
    contents = Contents("Informe", Language("es"), False, (Section("s", "S", (), (table, numbers)),))
    words, counts = openpyxl.load_workbook(
        publish(contents, tmp_path / "r").parent / "tables.xlsx"
    ).worksheets
    assert (words["B4"].value, words["B4"].alignment.wrap_text) == (sentence, True)
    assert words.row_dimensions[4].height >= 15 * len(sentence) / words.column_dimensions["B"].width
    assert words.row_dimensions[5].height is None  # of one line: as every spreadsheet makes it
    assert counts.row_dimensions[3].height >= 30  # a heading of two lines
