"""A design is locked without reading outcomes: poison in their columns, in every format, changes nothing and is seen nowhere."""

import pandas as pd
import pytest

import impact as im
from impact.survey.files.read import read_survey
from tests.surveys import coded_households
from tests.unit.evaluation.test_does_it_hold import TOML, changed

pytestmark = pytest.mark.filterwarnings("ignore::impact.errors.ImpactWarning")
POISON = "PO1,SON.5"
"""Neither a number nor a date: its decimal mark is both, which no reader lets pass."""


def write_csv(frame, file):
    frame.to_csv(file, index=False)


def write_excel(frame, file):
    frame.to_excel(file, index=False)


def write_stata(frame, file):
    frame.to_stata(file, write_index=False)


def write_spss(frame, file):
    import pyreadstat

    pyreadstat.write_sav(frame, str(file))


def write_parquet(frame, file):
    """Write the table, and spoil the stored bytes of the outcome where it is poisoned: reading the column would fail."""
    import pyarrow.parquet as parquet

    frame.to_parquet(file, compression="none", index=False)
    if frame["income"].dtype.kind != "f":
        where = parquet.read_metadata(file).row_group(0).column(list(frame.columns).index("income"))
        stored = bytearray(file.read_bytes())
        start = where.dictionary_page_offset or where.data_page_offset
        stored[start : start + where.total_compressed_size] = b"\xff" * where.total_compressed_size
        file.write_bytes(bytes(stored))


WRITERS = {
    "csv": write_csv,
    "xlsx": write_excel,
    "dta": write_stata,
    "sav": write_spss,
    "parquet": write_parquet,
}


@pytest.fixture(params=WRITERS)
def files(request, tmp_path):
    """A survey as it is, and with poison in its outcome, in one format."""
    frame = coded_households(groups=20)
    poisoned = frame.assign(income=POISON)
    paths = [tmp_path / name / f"survey.{request.param}" for name in ("clean", "poisoned")]
    for path, table in zip(paths, (frame, poisoned), strict=True):
        path.parent.mkdir()
        WRITERS[request.param](table, path)
        toml = TOML.format(language="en").replace("survey.csv", path.name)
        (path.parent / "evaluation.toml").write_text(toml, encoding="utf-8")
    return paths


def test_poisoned_outcomes_change_nothing(files):
    clean, poisoned = (im.lock_design(path.parent / "evaluation.toml") for path in files)
    assert changed(clean) == changed(poisoned)
    with pytest.raises(im.ImpactError):
        im.evaluate(files[1].parent / "evaluation.toml")


def test_what_is_left_out_is_in_no_table(files):
    clean, poisoned = (read_survey(path, leave_out=["income", "absent"]) for path in files)
    pd.testing.assert_frame_equal(clean.frame, poisoned.frame)
    whole = read_survey(files[0])
    assert list(whole.frame.columns) == [*clean.frame.columns, "income"]
    pd.testing.assert_frame_equal(whole.frame.drop(columns="income"), clean.frame)
    assert "income" not in {*poisoned.labels, *poisoned.value_labels, *poisoned.missing_codes}


def test_a_text_file_with_quotes_and_codes_keeps_its_other_cells(tmp_path):
    text = 'código;nombre;ingreso;muni\n1;"Pérez; Ana";1,5;070101\n2;"dijo ""sí""";x;080203\n'
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    table = read_survey(tmp_path / "a.csv", leave_out={"ingreso"}, separator=";").frame
    assert table.to_dict("list") == {
        "código": [1, 2],
        "nombre": ["Pérez; Ana", 'dijo "sí"'],
        "muni": ["070101", "080203"],
    }


def test_errors_of_a_workbook_in_a_column_that_is_left_out_are_not_seen(tmp_path):
    import openpyxl

    book = openpyxl.Workbook()
    for row in (("a", "income", "b"), (1, "#N/A", 3), (2, "#N/A", 4)):
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    with pytest.raises(im.DataError, match="errors"):
        read_survey(tmp_path / "a.xlsx")
    assert read_survey(tmp_path / "a.xlsx", leave_out=["income"]).frame.to_dict("list") == {
        "a": [1, 2],
        "b": [3, 4],
    }
