"""Files come in whole: accents, codes, decimal commas, labels; a bad file says what is wrong."""

import datetime
import hashlib
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyreadstat
import pytest

from impact.errors import DataError, OptionError
from impact.survey.files.read import data_hash, read_survey

HOUSEHOLDS = "código;muni_code;ingreso;región\n1;070101;1.250,50;Ñuflo\n2;080203;980,00;\n"


def written(folder: Path, name: str, text: str, encoding: str = "utf-8") -> Path:
    file = folder / name
    file.write_bytes(text.encode(encoding))
    return file


def workbook(folder: Path, rows: list[list[object]], name: str = "hogares.xlsx") -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(folder / name)
    return folder / name


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1", "cp1252"])
def test_accents_codes_and_decimal_commas_survive_in_csv(tmp_path: Path, encoding: str) -> None:
    table = read_survey(written(tmp_path, "hogares.csv", HOUSEHOLDS, encoding))
    assert list(table.frame.columns) == ["código", "muni_code", "ingreso", "región"]
    assert table.frame["muni_code"].tolist() == ["070101", "080203"]
    assert table.frame["ingreso"].tolist() == [1250.5, 980.0]
    assert table.frame["región"].tolist()[0] == "Ñuflo"
    assert table.frame["región"].isna().tolist() == [False, True]
    assert table.frame["código"].dtype == np.int64


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a,b\n1.5,x\n,y\n", [1.5, np.nan]),
        ('a,b\n"1,234.5",x\n-2,y\n', [1234.5, -2.0]),
        ('a,b\n"12,5",x\n"1.234,5",y\n', [12.5, 1234.5]),
        ("a\tb\n1 234,5\tx\n7\ty\n", [1234.5, 7.0]),
        ("a|b\n1e3|x\n2.5e-1|y\n", [1000.0, 0.25]),
        ("a,b\n0.123,x\n0.5,y\n", [0.123, 0.5]),
    ],
)
def test_numbers_are_read_as_their_marks_prove(tmp_path: Path, text: str, expected: list[float]) -> None:
    frame = read_survey(written(tmp_path, "numbers.csv", text)).frame
    np.testing.assert_array_equal(frame["a"], expected)


def test_a_number_with_two_readings_is_refused_and_settled_by_decimal(tmp_path: Path) -> None:
    file = written(tmp_path, "sales.csv", "a;b\n1.234;x\n5.678;y\n")
    with pytest.raises(DataError, match=r"whether '1\.234' in 'a' is in thousands or has decimals"):
        read_survey(file)
    assert read_survey(file, decimal=".").frame["a"].tolist() == [1.234, 5.678]
    assert read_survey(file, decimal=",").frame["a"].tolist() == [1234.0, 5678.0]


def test_two_decimal_marks_in_one_file_are_refused(tmp_path: Path) -> None:
    file = written(tmp_path, "mixed.csv", "a;b\n1,5;2.25\n")
    with pytest.raises(DataError, match=r"one decimal mark; 'b' has '2\.25' and 'a' has '1,5'"):
        read_survey(file)
    assert read_survey(file, decimal=".").frame["a"].tolist() == ["1,5"]


def test_long_identifiers_and_text_are_never_rounded_or_evaluated(tmp_path: Path) -> None:
    text = "id,formula,answer\n12345678901234567890,\"=1+1\",none\n2,__import__('os'),NA\n"
    frame = read_survey(written(tmp_path, "ids.csv", text)).frame
    assert frame["id"].tolist() == ["12345678901234567890", "2"]
    assert frame["formula"].tolist() == ["=1+1", "__import__('os')"]
    assert frame["answer"].tolist() == ["none", "NA"]


def test_iso_dates_and_truth_values_are_recognised(tmp_path: Path) -> None:
    frame = read_survey(written(tmp_path, "d.csv", "day,treated\n2014-02-13,True\n2014-03-01,False\n")).frame
    assert frame["day"].tolist() == [pd.Timestamp(2014, 2, 13), pd.Timestamp(2014, 3, 1)]
    assert frame["treated"].tolist() == [True, False]
    assert frame["treated"].dtype == bool


def test_an_impossible_iso_date_stays_text_for_the_validation_to_name(tmp_path: Path) -> None:
    frame = read_survey(written(tmp_path, "d.csv", "day,x\n2014-02-30,1\n2014-03-01,2\n")).frame
    assert frame["day"].tolist() == ["2014-02-30", "2014-03-01"]


def test_a_blank_line_between_records_keeps_its_place_and_a_blank_end_does_not_count(tmp_path: Path) -> None:
    frame = read_survey(written(tmp_path, "d.csv", "a,b\n1,2\n\n3,4\n,\n\n")).frame
    np.testing.assert_array_equal(frame["a"], [1, np.nan, 3])


def test_the_hash_and_the_name_say_which_file_was_read(tmp_path: Path) -> None:
    file = written(tmp_path, "hogares.csv", HOUSEHOLDS)
    table = read_survey(file)
    assert table.data_hash == hashlib.sha256(file.read_bytes()).hexdigest() == data_hash(file)
    assert table.source == "hogares.csv"
    assert str(tmp_path) not in repr(table)


def test_the_frame_is_handed_out_as_a_copy(tmp_path: Path) -> None:
    table = read_survey(written(tmp_path, "hogares.csv", HOUSEHOLDS))
    frame = table.frame
    frame.loc[0, "ingreso"] = -1.0
    assert table.frame.loc[0, "ingreso"] == 1250.5


def test_the_notebook_view_escapes_labels_and_shows_no_value(tmp_path: Path) -> None:
    file = tmp_path / "labels.sav"
    pyreadstat.write_sav(pd.DataFrame({"a": [41.0], "b": ["Quispe"]}), file, column_labels={"a": "<script>x"})
    view = read_survey(file)._repr_html_()
    assert "&lt;script&gt;" in view
    assert "<script>" not in view
    assert "Quispe" not in view


def test_spss_labels_and_user_missing_codes_are_kept(tmp_path: Path) -> None:
    file = tmp_path / "hogares.sav"
    pyreadstat.write_sav(
        pd.DataFrame({"hh_id": ["001", "002", ""], "educ": [5.0, 97.0, np.nan], "ingreso": [1.0, 2.0, 3.0]}),
        file,
        column_labels={"hh_id": "Código", "educ": "Años de estudio"},
        variable_value_labels={"educ": {97: "no sabe"}},
        missing_ranges={"educ": [{"lo": 97, "hi": 99}]},
    )
    table = read_survey(file)
    np.testing.assert_array_equal(table.frame["educ"], [5.0, np.nan, np.nan])
    assert table.missing_codes["educ"].to_dict() == {1: 97.0}
    assert table.labels["educ"] == "Años de estudio"
    assert table.value_labels["educ"] == {97.0: "no sabe"}
    assert table.frame["hh_id"].isna().tolist() == [False, False, True]
    assert table.describe().set_index("column").loc["educ", "missing_coded"] == 1


def test_stata_labels_and_extended_missing_values_are_kept(tmp_path: Path) -> None:
    file = tmp_path / "hogares.dta"
    pyreadstat.write_dta(
        pd.DataFrame({"hh_id": ["001", "002", "ñá"], "ingreso": [1.5, "a", 3.0], "educ": [1, 2, 3]}),
        file,
        missing_user_values={"ingreso": ["a"]},
        column_labels={"hh_id": "Código"},
        variable_value_labels={"educ": {1: "sí"}, "ingreso": {"a": "no responde"}},
    )
    table = read_survey(file)
    np.testing.assert_array_equal(table.frame["ingreso"], [1.5, np.nan, 3.0])
    assert table.frame["ingreso"].dtype == np.float64
    assert table.missing_codes["ingreso"].to_dict() == {1: "a"}
    assert table.value_labels["ingreso"]["a"] == "no responde"
    assert table.frame["hh_id"].tolist() == ["001", "002", "ñá"]


def test_stata_dates_and_integers_with_gaps_are_dates_and_numbers(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "day": pd.to_datetime(["2014-01-02", None, "2014-03-02"]),
            "arm": pd.Categorical(["control", None, "treated"]),
        }
    )
    frame.to_stata(tmp_path / "d.dta", write_index=False, convert_dates={"day": "td"}, version=118)
    table = read_survey(tmp_path / "d.dta")
    assert table.frame["day"].tolist()[0] == pd.Timestamp(2014, 1, 2)
    assert table.frame["day"].isna().tolist() == [False, True, False]
    np.testing.assert_array_equal(table.frame["arm"], [0, np.nan, 1])
    assert table.value_labels["arm"] == {0: "control", 1: "treated"}


def test_an_old_stata_file_in_latin_1_keeps_its_accents(tmp_path: Path) -> None:
    pd.DataFrame({"a": ["café", "ñandú"], "b": [1, 2]}).to_stata(
        tmp_path / "o.dta", write_index=False, version=114
    )
    assert read_survey(tmp_path / "o.dta").frame["a"].tolist() == ["café", "ñandú"]


def test_excel_keeps_text_codes_dates_and_gaps(tmp_path: Path) -> None:
    day = datetime.datetime(2014, 2, 13)
    file = workbook(
        tmp_path,
        [["muni", "día", "n", "x", "mixed"], ["070101", day, 1, 1.5, "a"], ["120101", None, 2, None, 3]],
    )
    frame = read_survey(file).frame
    assert frame["muni"].tolist() == ["070101", "120101"]
    assert frame["día"].tolist()[0] == pd.Timestamp(day)
    assert frame["n"].tolist() == [1, 2]
    np.testing.assert_array_equal(frame["x"], [1.5, np.nan])
    assert frame["mixed"].tolist() == ["a", "3"]


def test_of_several_sheets_one_must_be_chosen(tmp_path: Path) -> None:
    file = workbook(tmp_path, [["a", "b"], [1, 2]])
    book = openpyxl.load_workbook(file)
    book.create_sheet("grupos").append(["c", "d"])
    book["grupos"].append([3, 4])
    book.save(file)
    with pytest.raises(DataError, match="several sheets with data: 'Sheet', 'grupos'"):
        read_survey(file)
    assert read_survey(file, sheet="grupos").frame["c"].tolist() == [3]
    with pytest.raises(OptionError, match="sheet must be one of 'Sheet', 'grupos'"):
        read_survey(file, sheet="hogares")


def test_a_formula_that_was_never_computed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="formulas without a stored value: B2"):
        read_survey(workbook(tmp_path, [["a", "b"], [1, "=A2*2"]]))


def test_excel_error_values_are_refused(tmp_path: Path) -> None:
    file = workbook(tmp_path, [["a", "b"], [1, "#DIV/0!"]])
    with pytest.raises(DataError, match="Excel errors: B2 #DIV/0!"):
        read_survey(file)


def test_parquet_is_read_where_its_library_is_installed(tmp_path: Path) -> None:
    frame = pd.DataFrame({"muni": ["0701", "0802"], "x": [1.5, np.nan]})
    frame.to_parquet(tmp_path / "p.parquet")
    pd.testing.assert_frame_equal(read_survey(tmp_path / "p.parquet").frame, frame)


def test_parquet_without_its_library_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pd.DataFrame({"a": [1], "b": [2]}).to_parquet(tmp_path / "p.parquet")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(DataError, match=r"pip install impact-evaluation\[parquet\]"):
        read_survey(tmp_path / "p.parquet")


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("a.csv", {"sheet": "x"}, r"sheet is an option of \.xlsx files; got a \.csv file"),
        ("a.dta", {"decimal": ","}, r"decimal is an option of \.csv"),
        ("a.xlsx", {"decimal": ";"}, "decimal must be one of"),
        ("a.dta", {"date_formats": {"d": "%Y"}}, r"date_formats is an option of"),
        ("a.csv", {"separator": "--"}, "separator must be one character"),
        ("a.csv", {"decimal": "'"}, "decimal must be one of"),
        ("a.csv", {"encoding": "utf-99"}, "encoding must be one that Python knows"),
    ],
)
def test_an_option_that_does_not_fit_the_file_is_refused(
    tmp_path: Path, name: str, options: dict[str, object], message: str
) -> None:
    with pytest.raises(OptionError, match=message):
        read_survey(written(tmp_path, name, "a,b\n1,2\n"), **options)


def dates_as_text(folder: Path) -> Path:
    return written(folder, "f.csv", "hh_id,fecha\nA,13/02/2014\nB,01/03/2014\n")


def dates_as_text_in_excel(folder: Path) -> Path:
    return workbook(folder, [["hh_id", "fecha"], ["A", datetime.datetime(2014, 2, 13)], ["B", "1/3/2014"]])


def merged_header(folder: Path) -> Path:
    file = workbook(folder, [["hh_id", "ingreso", None], ["A", 1, 2]])
    book = openpyxl.load_workbook(file)
    book.active.merge_cells("B1:C1")
    book.save(file)
    return file


def empty_sheet(folder: Path) -> Path:
    openpyxl.Workbook().save(folder / "vacio.xlsx")
    return folder / "vacio.xlsx"


def truncated_stata(folder: Path, keep: float = 0.5) -> Path:
    frame = pd.DataFrame({f"x{i}": np.arange(500.0) for i in range(5)})
    frame.to_stata(folder / "whole.dta", write_index=False, version=118)
    content = (folder / "whole.dta").read_bytes()
    (folder / "cut.dta").write_bytes(content[: int(len(content) * keep)])
    return folder / "cut.dta"


def stata_without_its_last_byte(folder: Path) -> Path:
    file = truncated_stata(folder, keep=1)
    file.write_bytes(file.read_bytes()[:-1])
    return file


def truncated_spss(folder: Path) -> Path:
    pyreadstat.write_sav(pd.DataFrame({"a": np.arange(500.0), "b": np.arange(500.0)}), folder / "whole.sav")
    (folder / "cut.sav").write_bytes((folder / "whole.sav").read_bytes()[:3000])
    return folder / "cut.sav"


BAD_FILES = {
    "dos encoding": (
        lambda folder: written(folder, "dos.csv", "a,b\n1,producción\n", "cp850"),
        "must be text in UTF-8 or Latin-1",
        "debe ser texto en UTF-8 o Latin-1",
    ),
    "saved twice": (
        lambda folder: written(folder, "twice.csv", "código,b\n1,2\n".encode().decode("latin-1")),
        "at 'cÃ³digo,b",
        "en 'cÃ³digo,b",
    ),
    "utf-16 without its mark": (
        lambda folder: written(folder, "wide.csv", "a,b\n1,2\n", "utf-16-le"),
        "must be text in UTF-8",
        "debe ser texto en UTF-8",
    ),
    "truncated stata": (truncated_stata, "cut.dta is cut off, damaged", "cut.dta está cortado, dañado"),
    "stata without its last byte": (
        stata_without_its_last_byte,
        "end of file missing",
        "está cortado, dañado",
    ),
    "truncated spss": (truncated_spss, "cut.sav is cut off, damaged", "cut.sav está cortado, dañado"),
    "no workbook": (
        lambda folder: written(folder, "b.xlsx", "a,b\n1,2\n"),
        "no .xlsx workbook",
        "no es un libro .xlsx",
    ),
    "no parquet": (
        lambda folder: written(folder, "b.parquet", "a,b\n1,2\n"),
        "no Parquet file",
        "no es un archivo Parquet",
    ),
    "empty sheet": (
        empty_sheet,
        "Sheet 'Sheet' of vacio.xlsx is empty",
        "La hoja 'Sheet' de vacio.xlsx está vacía",
    ),
    "merged header": (merged_header, "merged cells (B1:C1)", "celdas combinadas (B1:C1)"),
    "dates as text": (
        dates_as_text,
        "'fecha' of f.csv holds '13/02/2014'",
        "'fecha' de f.csv tiene '13/02/2014'",
    ),
    "dates as text in excel": (
        dates_as_text_in_excel,
        "mixes dates with text or numbers: '1/3/2014' in line 3",
        "'1/3/2014' en la línea 3",
    ),
    "two columns of one name": (
        lambda folder: written(folder, "t.csv", "hh_id,ingreso, ingreso\nA,1,2\n"),
        "has 'ingreso' in columns 2, 3",
        "repite 'ingreso' en las columnas 2, 3",
    ),
    "two columns of one name in excel": (
        lambda folder: workbook(folder, [["hh_id", "x", "x"], ["A", 1, 2]]),
        "has 'x' in columns 2, 3",
        "repite 'x' en las columnas 2, 3",
    ),
    "no column name": (
        lambda folder: written(folder, "n.csv", "hh_id,,x\nA,1,2\n"),
        "column 2 of 3 has none",
        "falta en la columna 2 de 3",
    ),
    "a title above the names": (
        lambda folder: workbook(folder, [["Encuesta 2014"], ["hh_id", "x"], ["A", 1]]),
        "column 2 of 2 has none",
        "falta en la columna 2 de 2",
    ),
    "a header without rows": (
        lambda folder: written(folder, "h.csv", "a,b\n"),
        "has a header but no rows",
        "ninguna fila",
    ),
    "an empty file": (lambda folder: written(folder, "e.csv", ""), "e.csv is empty", "e.csv está vacío"),
    "a short line": (
        lambda folder: written(folder, "s.csv", "a,b,c\n1,2,3\n4,5\n"),
        "line 3 has 2",
        "la línea 3 tiene 2",
    ),
    "one cell too many on every line": (
        lambda folder: written(folder, "l.csv", "a,b\n1,2,3\n4,5,6\n"),
        "line 2 has 3",
        "la línea 2 tiene 3",
    ),
    "an open quotation mark": (
        lambda folder: written(folder, "q.csv", 'a,b\n1,"x\n' + "2,y\n" * 40_000),
        "opened and never closed",
        "se abre y no se cierra",
    ),
    "an unknown format": (lambda folder: written(folder, "m.mdb", "x"), "got 'm.mdb'", "se recibió 'm.mdb'"),
    "an absent file": (lambda folder: folder / "no.csv", "no file 'no.csv'", "No existe el archivo 'no.csv'"),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_a_bad_file_gives_a_clear_error_in_both_languages(tmp_path: Path, case: str) -> None:
    make, english, spanish = BAD_FILES[case]
    file = make(tmp_path)
    for language, expected in (("en", english), ("es", spanish)):
        with pytest.raises(DataError) as refusal:
            read_survey(file, language=language)
        assert expected in str(refusal.value)
        assert str(tmp_path) not in str(refusal.value)


@pytest.mark.parametrize(
    ("language", "message"),
    [("en", "at least two columns; big.csv has one"), ("es", "al menos dos columnas; big.csv tiene una")],
)
def test_200_mb_of_one_column_are_refused_before_they_are_read(
    tmp_path: Path, language: str, message: str
) -> None:
    file = tmp_path / "big.csv"
    file.write_bytes(b"ingreso\n" + b"1\n" * 100_000_000)
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match=message):
            read_survey(file, language=language)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()
        file.unlink()


def test_dates_in_another_order_are_read_once_their_format_is_said(tmp_path: Path) -> None:
    frame = read_survey(dates_as_text(tmp_path), date_formats={"fecha": "%d/%m/%Y"}).frame
    assert frame["fecha"].tolist() == [pd.Timestamp(2014, 2, 13), pd.Timestamp(2014, 3, 1)]
    with pytest.raises(DataError, match=r"written as %m/%d/%Y; got '13/02/2014'"):
        read_survey(dates_as_text(tmp_path), date_formats={"fecha": "%m/%d/%Y"})


def test_an_encoding_can_be_named(tmp_path: Path) -> None:
    file = written(tmp_path, "dos.csv", "a,b\n1,producción\n", "cp850")
    assert read_survey(file, encoding="cp850").frame["b"].tolist() == ["producción"]


@pytest.mark.parametrize("token", ["nan", "inf", "-Infinity", "1_000", "0x10", "NULL", "1.5.2", "１２"])
def test_what_only_looks_like_a_number_stays_text(tmp_path: Path, token: str) -> None:
    frame = read_survey(written(tmp_path, "t.csv", f"a,b\n1.5,2.5\n{token},3.5\n")).frame
    assert frame["a"].tolist() == ["1.5", token]
    assert frame["b"].tolist() == [2.5, 3.5]


def test_evidence_beyond_the_first_rows_counts(tmp_path: Path) -> None:
    whole = "".join(f"{row},{row}\n" for row in range(1, 700))
    codes = read_survey(written(tmp_path, "c.csv", f"code,x\n{whole}007,1\n")).frame["code"]
    assert codes.tolist()[-1] == "007"
    decimals = read_survey(written(tmp_path, "d.csv", f"a,b\n{whole}1.5,2\n")).frame["a"]
    assert decimals.tolist()[-2:] == [699.0, 1.5]
    with pytest.raises(DataError, match="in thousands or has decimals"):
        read_survey(written(tmp_path, "e.csv", f"a,b\n{whole}1.500,2\n"))
    with pytest.raises(DataError, match="one decimal mark"):
        read_survey(written(tmp_path, "f.csv", f'a,b\n{whole}1.5,"2,5"\n'))
    halves = "".join(f"{row}.5,{row}\n" for row in range(1, 700))
    with pytest.raises(DataError, match=r"one decimal mark; 'a' has '1\.5' and 'b' has '2,5'"):
        read_survey(written(tmp_path, "g.csv", f'a,b\n{halves}1.5,"2,5"\n'))


def test_numbers_that_a_sheet_holds_as_text_are_read_with_their_decimal_mark(tmp_path: Path) -> None:
    table = pd.DataFrame(
        {
            "ingreso": ["1.250,50", "980,00", 12.5],
            "codigo": ["070101", "080203", "090101"],
            "comunidad": ["Sorata", "3,5 km", "Viacha"],
            "edad": [40, 52, None],
        }
    )
    file = tmp_path / "hogares.xlsx"
    table.to_excel(file, index=False)
    read = read_survey(file, decimal=",").frame
    assert read["ingreso"].tolist() == [1250.5, 980.0, 12.5]
    assert read["codigo"].tolist() == ["070101", "080203", "090101"]
    assert read["comunidad"].tolist() == ["Sorata", "3,5 km", "Viacha"]
    assert read["edad"].tolist()[:2] == [40, 52]
    assert read_survey(file).frame["ingreso"].tolist() == ["1.250,50", "980,00", "12.5"]


@pytest.mark.parametrize(
    ("language", "remedy", "character"),
    [("en", "Save the whole table again", "unusual character"), ("es", "Guarde de nuevo la tabla completa", "carácter poco común")],
)  # fmt: skip
@pytest.mark.parametrize("suffix", ["csv", "dta", "sav", "parquet", "xlsx"])
def test_one_column_is_told_to_name_a_separator_only_where_there_are_separators(
    tmp_path, suffix, language, remedy, character
):
    frame, file = pd.DataFrame({"a": [1.0, 2.0, 3.0]}), tmp_path / f"one.{suffix}"
    write = {
        "csv": lambda: frame.to_csv(file, index=False),
        "dta": lambda: frame.to_stata(file, write_index=False),
        "sav": lambda: pyreadstat.write_sav(frame, file),
        "parquet": lambda: frame.to_parquet(file),
        "xlsx": lambda: frame.to_excel(file, index=False),
    }
    write[suffix]()
    with pytest.raises(DataError) as refused:
        read_survey(file, language=language)
    assert (character in str(refused.value)) == (suffix == "csv") == ("separator = " in str(refused.value))
    assert (remedy in str(refused.value)) == (suffix != "csv")
