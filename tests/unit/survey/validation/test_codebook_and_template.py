"""Forms that a field team fills in and the check accepts; a codebook in both languages that escapes all."""

import csv
import dataclasses
import datetime
from html.parser import HTMLParser
from pathlib import Path

import openpyxl
import pytest

from impact.errors import DataError, OptionError
from impact.language import Text
from impact.report.codebook import codebook_page, write_codebook
from impact.survey.package.field_text import codebook_frame
from impact.survey.package.schema import load_schema
from impact.survey.package.tables import read_tables
from impact.survey.package.template import write_template
from impact.survey.validation.validate import validate

RECORD = {
    "household": {
        "hh_id": "LGO-1", "wave": 1, "group_id": "LGO-1261-003-09", "muni_code": "070101",
        "interview_date": datetime.date(2014, 7, 1), "response": "Completa", "indigenous": "Guaraní",
        "head_age": -98, "sales_alliance": 1250.5,
    },
    "group": {
        "group_id": "LGO-1261-003-09", "phase": "PAR I", "region": "Trópico", "muni_code": "070101",
        "disb1_date": datetime.date(2010, 3, 1),
    },
    "municipality": {"muni_code": "070101", "muni_name": "Ñuflo"},
}  # fmt: skip


def test_a_filled_form_is_read_back_and_keeps_every_rule(tmp_path: Path) -> None:
    write_template(tmp_path / "forms.xlsx", language="es")
    book = openpyxl.load_workbook(tmp_path / "forms.xlsx")
    for name, record in RECORD.items():
        page = book[name]
        columns = {cell.value: cell.column for cell in page[1]}
        for column, value in record.items():
            page.cell(row=2, column=columns[column], value=value)
    for name in set(load_schema().tables) - set(RECORD):
        del book[name]
    book.save(tmp_path / "forms.xlsx")
    report = validate(read_tables([tmp_path / "forms.xlsx"]), as_of=datetime.date(2015, 1, 1))
    assert report.frame.to_dict("records") == []
    household = report.tables["household"].frame
    assert household.loc[0, ["muni_code", "response", "indigenous"]].tolist() == [
        "070101",
        "complete",
        "guarani",
    ]
    assert report.tables["household"].missing_codes["head_age"] == {"-98": 1}


def test_forms_that_nobody_has_filled_in_are_said_to_be_empty(tmp_path: Path) -> None:
    write_template(tmp_path / "encuesta.xlsx", tables=["household", "group"])
    with pytest.raises(DataError, match=r"encuesta.xlsx has no record yet: its forms \(household, group\)"):
        read_tables([tmp_path / "encuesta.xlsx"])
    with pytest.raises(DataError, match="no tiene registros todavía"):
        read_tables([tmp_path / "encuesta.xlsx"], language="es")


def test_forms_hold_labels_lists_and_text_formats_but_no_computed_column(tmp_path: Path) -> None:
    write_template(tmp_path / "forms.xlsx", tables=["household"], language="es")
    book = openpyxl.load_workbook(tmp_path / "forms.xlsx")
    assert book.sheetnames == ["household", "Variables (es)"]
    page = book["household"]
    columns = {cell.value: cell for cell in page[1]}
    assert not {"treated", "poor_mod", "gap_mod", "z_mod"} & set(columns)
    assert columns["head_age"].comment.text == (
        "Edad del jefe(a) (años)\n15 – 99\nSe registra el año de nacimiento; la edad se calcula a la "
        "aprobación de la alianza."
    )
    assert page.column_dimensions[columns["muni_code"].column_letter].number_format == "@"
    assert page.column_dimensions[columns["interview_date"].column_letter].number_format == "yyyy-mm-dd"
    lists = {rule.formula1 for rule in page.data_validations.dataValidation if rule.type == "list"}
    assert '"Completa,Rechazo,No encontrado,Se mudó,Organización disuelta"' in lists
    assert all(len(text) <= 257 for text in lists)
    explained = [[cell.value for cell in row] for row in book["Variables (es)"].iter_rows()]
    assert explained[0][:3] == ["Tabla", "Columna", "Etiqueta"]
    assert [row[1] for row in explained[1:]] == list(columns)


def test_csv_forms_hold_the_header_and_an_explanation(tmp_path: Path) -> None:
    files = write_template(tmp_path / "forms", tables=["group", "cpi"], language="en")
    assert [file.name for file in files] == ["group.csv", "cpi.csv", "variables.csv"]
    assert (tmp_path / "forms" / "cpi.csv").read_text(encoding="utf-8") == "period,index,source\n"
    with (tmp_path / "forms" / "variables.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    by_name = {row["Column"]: row for row in rows}
    assert by_name["region"]["Answers"] == "Norte; Tropico; Valles; Chaco; Lago; Salar"
    assert by_name["lat"]["Unit"] == "degrees"
    assert {row["Table"] for row in rows} == {"group", "cpi"}


def test_an_unknown_table_or_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="tables must be one of 'household'"):
        write_template(tmp_path / "f.xlsx", tables=["hogares"])
    with pytest.raises(OptionError, match=r"written as \.html or \.xlsx; got '\.pdf'"):
        write_codebook(tmp_path / "codebook.pdf")


def test_the_codebook_frame_has_every_field_in_both_languages() -> None:
    book = codebook_frame(load_schema()).set_index(["table", "name"])
    assert len(book) == sum(len(table.fields) for table in load_schema().tables.values())
    row = book.loc[("household", "response")]
    assert row["categories_es"].startswith("complete = Completa; refused = Rechazo")
    assert row["categories_en"].startswith("complete = Complete; refused = Refused")
    assert (
        book.loc[("household", "head_age"), "missing_es"]
        == "-97 = No corresponde; -98 = No sabe; -99 = No responde"
    )
    assert (book[["label_es", "label_en", "type_es", "type_en", "role_es", "role_en"]].map(len) > 0).all(
        axis=None
    )


class Page(HTMLParser):
    """Collects what a browser would fetch or run, and checks that every tag is closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.open: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "link", "img", "iframe"):
            self.fetched.append(tag)
        self.fetched += [
            value or ""
            for name, value in attrs
            if name in ("src", "href") and not (value or "").startswith("#")
        ]
        self.fetched += [name for name, _ in attrs if name.startswith("on")]
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_the_codebook_page_is_whole_fetches_nothing_and_names_every_field(tmp_path: Path) -> None:
    file = write_codebook(tmp_path / "codebook.html")
    page = Page()
    page.feed(file.read_text(encoding="utf-8"))
    assert page.open == []
    assert page.fetched == []
    text = " ".join(page.text)
    for table in load_schema().tables.values():
        for field in table.fields.values():
            assert field.label.es in text
            assert field.label.en in text


def test_labels_are_escaped_in_the_page() -> None:
    schema = load_schema()
    household = schema.tables["household"]
    evil = dataclasses.replace(
        household.fields["hh_id"],
        label=Text(en="<script>alert(1)</script>", es='"><img src=x onerror=alert(1)>'),
    )
    spoiled = dataclasses.replace(
        schema, tables={"household": dataclasses.replace(household, fields={"hh_id": evil})}
    )
    page = Page()
    page.feed(codebook_page(spoiled))
    assert page.fetched == []
    assert "<script>alert(1)</script>" in "".join(page.text)


def test_the_codebook_workbook_has_a_sheet_a_table(tmp_path: Path) -> None:
    write_codebook(tmp_path / "codebook.xlsx")
    book = openpyxl.load_workbook(tmp_path / "codebook.xlsx")
    assert book.sheetnames == list(load_schema().tables)
    rows = list(book["cpi"].iter_rows(values_only=True))
    assert rows[0][:3] == ("name", "label_es", "label_en")
    assert rows[2][:3] == ("index", "IPC", "CPI")


def test_a_codebook_in_a_workbook_shows_its_labels_whole_and_truths_as_words(tmp_path):
    page = openpyxl.load_workbook(write_codebook(tmp_path / "codebook.xlsx"))["household"]
    headings = [cell.value for cell in page[1]]
    assert {cell.font.name for cell in page[1]} == {"Calibri"}
    for column, cells in zip(headings, page.iter_cols(min_row=2), strict=True):
        if column.startswith(("label", "unit", "role")):
            longest = max(len(cell.value or "") for cell in cells)
            assert page.column_dimensions[cells[0].column_letter].width >= min(longest, 60)
    told = {cell.value for cell in list(page.iter_cols(min_row=2))[headings.index("required")]}
    assert told == {"sí · yes", "no"}
