"""Where a report goes: awkward names, dots in folders, reruns, edited files, terminals, axes, pages of Word."""

import io
import os
import subprocess
import sys
import warnings
from pathlib import Path

import docx
import numpy as np
import openpyxl
import pandas as pd
import pytest
from docx.enum.section import WD_ORIENT

import impact as im
from impact.errors import EditedFileWarning, OptionError
from impact.language import Language
from impact.report.contents import Contents, Interval, Number, Row, Section, Table
from impact.report.drawing.axes import new_axes, tick_decimals, write_numbers
from impact.report.output import write_folder
from impact.report.publish import publish
from impact.report.words.style import Style
from impact.terminal import say

AWKWARD = "Ingreso agropecuario (Bs/mes)"
CONFIGURATION = """
language = "es"
figures = ["{outcome}"]
[data]
file = "survey.csv"
[roles]
treatment = "treated"
covariates = ["age"]
[[outcomes]]
column = "{outcome}"
[[strategies]]
name = "Kernel"
type = "kernel"
distance = "propensity score"
"""


@pytest.fixture
def evaluation_file(tmp_path):
    rng = np.random.default_rng(1)
    age = rng.normal(40, 10, 200).round(2)
    treated = (rng.random(200) < 0.5).astype(int)
    frame = pd.DataFrame({"treated": treated, "age": age, AWKWARD: (100 + age + 20 * treated).round(2)})
    frame.to_csv(tmp_path / "survey.csv", index=False)
    file = tmp_path / "par.2014.toml"
    file.write_text(CONFIGURATION.format(outcome=AWKWARD), encoding="utf-8")
    return file


def run(folder, *arguments, **environment):
    command = [sys.executable, "-m", "impact", *arguments]
    root = str(Path(im.__file__).parents[1])
    return subprocess.run(
        command,
        cwd=folder,
        capture_output=True,
        env=os.environ | {"PYTHONPATH": root} | environment,
        check=False,
    )


def contents(name="t", sections=1, columns=3, value=1.0):
    row = Row(("label", *(Number(value, 1) for _ in range(columns - 1))))
    tables = tuple(Table(name, "c", ("Label", *"x" * (columns - 1)), (row,)) for _ in range(sections))
    return Contents("T", Language("en"), False, (Section("s", "S", (), tables),))


def test_a_column_with_a_slash_and_a_file_with_dots_end_in_a_report(evaluation_file):
    done = run(evaluation_file.parent, "evaluate", evaluation_file.name)
    assert done.returncode == 0, done.stderr.decode()
    folder = evaluation_file.parent / "par.2014-report"
    assert (folder / "figures" / "strategies_Ingreso agropecuario (Bs-mes).svg").is_file()
    again = run(evaluation_file.parent, "evaluate", evaluation_file.name, "--out", "informe_v1.2")
    assert again.returncode == 0 and (evaluation_file.parent / "informe_v1.2" / "report.html").is_file()


def test_a_path_that_cannot_be_written_is_refused_before_the_work(evaluation_file):
    (evaluation_file.parent / "survey.csv").unlink()  # with the work, this would be the error
    done = run(evaluation_file.parent, "evaluate", evaluation_file.name, "--out", "informe.doc")
    assert done.returncode == 2 and b"debe terminar en .html" in done.stderr


@pytest.mark.parametrize("encoding", [pytest.param("ascii", marks=pytest.mark.slow), "cp1252"])
def test_a_terminal_that_lacks_letters_never_shows_another_number(tmp_path, encoding):
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    say("efecto −10,8 (−12,0; −9,6) según «Óptimo»", stream)
    stream.seek(0)
    shown = stream.read()
    assert "-10,8 (-12,0; -9,6)" in shown and "?" not in shown
    assert shown.endswith({"ascii": 'segun "Optimo"', "cp1252": "según «Óptimo»"}[encoding])
    done = run(tmp_path, "demo", "--language", "es", "--out", "d", PYTHONIOENCODING=encoding)
    assert done.returncode == 0, done.stderr.decode()
    lines = done.stdout.decode(encoding).splitlines()
    assert any("Pobres" in line and "-" in line for line in lines) and "?" not in "".join(lines).replace(
        "¿", ""
    )


def test_names_that_differ_by_sign_or_case_get_files_of_their_own(tmp_path):
    tables = tuple(
        Table(name, "c", ("a",), (Row((name,)),)) for name in ("a/b", "A:b", "a-b", "x" * 40, "x" * 41)
    )
    publish(Contents("T", Language("en"), False, (Section("s", "S", (), tables),)), tmp_path / "out")
    files = sorted(path.name for path in (tmp_path / "out" / "tables").glob("*.csv"))
    assert files == ["A-b_2.csv", "a-b.csv", "a-b_3.csv", "notes.csv", f"{'x' * 40}.csv", f"{'x' * 41}.csv"]
    book = openpyxl.load_workbook(tmp_path / "out" / "tables.xlsx")
    assert len({name.casefold() for name in book.sheetnames}) == 5 and max(map(len, book.sheetnames)) == 31


def test_a_rerun_takes_its_old_tables_away_and_leaves_what_others_made(tmp_path):
    publish(contents("old"), tmp_path / "out")
    (tmp_path / "out" / "tables" / "mine.csv").write_text("x")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        publish(contents("new"), tmp_path / "out")
    assert {path.name for path in (tmp_path / "out" / "tables").iterdir()} == {
        "new.csv",
        "notes.csv",
        "mine.csv",
    }


def test_an_edited_file_is_kept_beside_the_new_one_and_said(tmp_path):
    publish(contents(), tmp_path / "out")
    edited = tmp_path / "out" / "report.docx"
    document = docx.Document(str(edited))
    document.add_paragraph("A paragraph of my own.")
    document.save(str(edited))
    for number in (1, 2):
        with (
            pytest.warns(EditedFileWarning, match=r"report \(edited\)\.docx")
            if number == 1
            else warnings.catch_warnings()
        ):
            publish(contents(), tmp_path / "out")
    kept = docx.Document(str(tmp_path / "out" / "report (edited).docx"))
    assert kept.paragraphs[-1].text == "A paragraph of my own."
    assert len(list((tmp_path / "out").glob("report*.docx"))) == 2


def test_a_single_file_that_is_not_ours_is_kept_too(tmp_path):
    (tmp_path / "r.html").write_text("written by hand")
    with pytest.warns(EditedFileWarning):
        publish(contents(), tmp_path / "r.html")
    publish(contents(value=2.0), tmp_path / "r.html")
    assert (tmp_path / "r (edited).html").read_text() == "written by hand"
    assert len(list(tmp_path.glob("*.html"))) == 2


def test_a_report_that_fails_leaves_the_folder_as_it_was(tmp_path, monkeypatch):
    publish(contents(), tmp_path / "out")
    before = {path: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()}
    monkeypatch.setattr("impact.report.publish.write_csv", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        publish(contents("other"), tmp_path / "out")
    assert {path: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_file_where_the_folder_is_to_be_is_refused(tmp_path):
    (tmp_path / "out").write_text("x")
    with pytest.raises(OptionError, match="is a file"):
        publish(contents(), tmp_path / "out")


@pytest.mark.parametrize(
    ("ticks", "decimals"),
    [([0, 2.5, 5], 1), ([0, 50], 0), ([-0.25, 0, 0.25], 2), ([0.001, 0.002], 3), ([0, 1 / 3], 6)],
)
def test_an_axis_writes_its_ticks_as_they_are(ticks, decimals):
    assert tick_decimals(ticks) == decimals


def test_both_axes_of_a_figure_write_one_number_alike():
    axes = new_axes(Style.of("es"), False, "t", 3)
    write_numbers(axes.xaxis, Style.of("es"))
    write_numbers(axes.yaxis, Style.of("es"))
    assert axes.xaxis.get_major_formatter().format_ticks([0, 2.5, 5]) == ["0,0", "2,5", "5,0"]
    assert axes.yaxis.get_major_formatter().format_ticks([-2.5, 0]) == ["−2,5", "0,0"]


@pytest.mark.parametrize("columns", [3, 7, 9, 12, 18])
def test_no_table_of_the_word_file_is_wider_than_its_page(tmp_path, columns):
    wide = Row(("Q1", *(Interval(-12345.6, 23456.7, 1) for _ in range(columns - 1))))
    table = Table("t", "c", ("Quintil", *("error estándar",) * (columns - 1)), (wide,))
    made = Contents("T", Language("es"), False, (Section("s", "S", (), (table,)), Section("u", "U")))
    document = docx.Document(str(publish(made, tmp_path / "t.docx")))
    room = {
        section.orientation: section.page_width - section.left_margin - section.right_margin
        for section in document.sections
    }
    on_its_side = WD_ORIENT.LANDSCAPE in room
    used = sum(cell.width for cell in document.tables[0].rows[1].cells)
    assert used <= room[WD_ORIENT.LANDSCAPE if on_its_side else WD_ORIENT.PORTRAIT] + 10
    assert on_its_side == (columns > 6)
    assert document.sections[-1].orientation == WD_ORIENT.PORTRAIT  # the next section stands upright again


def texts_in(folder: Path) -> dict[str, str]:
    return {
        path.name: path.read_text(encoding="utf-8")
        for path in folder.iterdir()
        if not path.name.startswith(".")
    }


def written_by(said: str):
    def write(folder: Path) -> None:
        for name in ("a.txt", "b.txt", "c.txt"):
            (folder / name).write_text(f"{said} {name}", encoding="utf-8")

    return write


def test_a_run_killed_while_it_writes_changes_nothing(tmp_path):
    write_folder(tmp_path / "out", written_by("first"))
    before = texts_in(tmp_path / "out")

    def killed(folder: Path) -> None:
        written_by("second")(folder)
        raise SystemExit(143)

    with pytest.raises(SystemExit):
        write_folder(tmp_path / "out", killed)
    assert texts_in(tmp_path / "out") == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_what_a_killed_run_had_moved_is_not_taken_for_somebodys_work(tmp_path, monkeypatch):
    write_folder(tmp_path / "out", written_by("first"))
    moved, replace = [], Path.replace

    def dies(self, target):
        if self.suffix == ".txt":
            moved.append(self)
            if len(moved) > 2:
                raise KeyboardInterrupt
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", dies)
    with pytest.raises(KeyboardInterrupt):
        write_folder(tmp_path / "out", written_by("second"))
    monkeypatch.undo()
    write_folder(tmp_path / "out", written_by("third"))  # without a warning of edited files
    assert texts_in(tmp_path / "out") == {f"{name}.txt": f"third {name}.txt" for name in "abc"}
    assert sorted(path.name for path in (tmp_path / "out").iterdir() if path.name.startswith(".")) == [
        ".impact-files.json"
    ]


WRITER = """
import sys, time
from pathlib import Path
from impact.report.output import write_folder
def write(folder):
    (folder / "report.html").write_text("half", encoding="utf-8")
    print("writing", flush=True)
    time.sleep(60)
write_folder(Path(sys.argv[1]), write)
"""


def test_what_a_killed_run_left_beside_the_report_goes_with_the_next_and_nothing_else(tmp_path):
    """While it writes, its folder is its own; killed outright, nobody holds it; what is not ours, or of another computer, stays."""

    def write(folder: Path) -> None:
        (folder / "report.html").write_text("whole", encoding="utf-8")

    def left() -> set[str]:
        return {
            path.name for path in tmp_path.iterdir() if path.name.startswith(".impact-") and path.is_dir()
        }

    for name in (".impact-notes", ".impact-elsewhere"):
        (tmp_path / name).mkdir()
    (tmp_path / ".impact-notes" / "mine.txt").write_text("mine", encoding="utf-8")
    (tmp_path / ".impact-elsewhere" / ".impact-in-use").write_text("another computer", encoding="utf-8")
    running = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path / "a")], stdout=subprocess.PIPE, text=True
    )
    try:
        assert running.stdout.readline() == "writing\n"
        write_folder(tmp_path / "b", write)
        (its_own,) = left() - {".impact-notes", ".impact-elsewhere"}
        assert (tmp_path / its_own / "files" / "report.html").read_text(encoding="utf-8") == "half"
    finally:
        running.kill()  # SIGKILL: no line of ours runs
        running.wait()
        running.stdout.close()
    assert its_own in left()
    write_folder(tmp_path / "b", write)
    assert left() == {".impact-notes", ".impact-elsewhere"}
    assert sorted(path.name for path in (tmp_path / "b").iterdir()) == [".impact-files.json", "report.html"]
    assert (tmp_path / ".impact-notes" / "mine.txt").is_file()


def test_a_disk_without_locks_takes_a_report_too(tmp_path, monkeypatch):
    def no_locks(mark: object) -> None:
        raise OSError("no locks available")

    monkeypatch.setattr("impact.owned_folder._lock", no_locks)
    write_folder(
        tmp_path / "out", lambda folder: (folder / "report.html").write_text("whole", encoding="utf-8")
    )
    assert (tmp_path / "out" / "report.html").is_file() and len(list(tmp_path.iterdir())) == 1
