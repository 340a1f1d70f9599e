"""LaTeX escapes what it sets and holds every table; PDF where a browser or an office is installed."""

import re
import shutil

import pytest

from impact.errors import OptionError
from impact.language import Language
from impact.report.contents import Contents, Estimate, Interval, Number, Row, Section, Suppressed, Table
from impact.report.formats import pdf
from impact.report.formats.latex import escaped, latex_table
from impact.report.publish import publish

HOSTILE = r"50 % & $x_1$ #{a} ~^\input{/etc/passwd} <b>"
TABLE = Table(
    "t",
    HOSTILE,
    ("Resultado", "A", "B"),
    (
        Row((HOSTILE, "", ""), opens=True),
        Row(("ingreso", Estimate(143.2, 58.0, 229.0, 0), Number(-0.25, 2, brackets=True))),
        Row(("otro", Interval(-3.0, 4.5, 1), Suppressed(5))),
    ),
    ("Nota 95 %",),
    True,
)
MADE = Contents("Título_1", Language("es"), True, (Section("s", "Uno & dos", ("p",), (TABLE,), ("¡Ojo!",)),))


def test_no_sign_of_a_label_reaches_latex_as_a_command():
    text = escaped(HOSTILE)
    plain = re.sub(
        r"\\(textbackslash|textasciitilde|textasciicircum|textless|textgreater)\{\}|\\[%&$#_{}]", "", text
    )
    assert not set(plain) & set("\\%&$#_{}~^<>")


def test_a_table_has_its_numbers_notes_and_booktabs():
    text = latex_table(TABLE, Language("es"))
    for part in (
        r"\toprule",
        r"\midrule",
        r"\bottomrule",
        "143 {[}58; 229{]}",
        r"(\ensuremath{-}0,25)",
        "n \\textless{} 5",
        r"Nota 95 \%",
    ):
        assert part in text
    assert r"DATOS SINTÉTICOS" in text
    assert all(
        line.count("&") - line.count(r"\&") == 2
        for line in text.splitlines()
        if line.startswith(("ingreso", "otro"))
    )


@pytest.mark.skipif(
    not any(map(shutil.which, ("tectonic", "pdflatex", "xelatex"))), reason="no LaTeX on this machine"
)
def test_the_document_compiles(tmp_path):
    import subprocess

    file = publish(MADE, tmp_path / "r.tex")
    program = next(filter(shutil.which, ("tectonic", "pdflatex", "xelatex")))
    options = [] if program == "tectonic" else ["-interaction=nonstopmode", "-halt-on-error"]
    done = subprocess.run([program, *options, file.name], cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout.decode(errors="replace")[-2000:]


def test_the_document_holds_alarms_text_and_tables(tmp_path):
    text = publish(MADE, tmp_path / "r.tex").read_text(encoding="utf-8")
    assert text.startswith("\\documentclass") and text.rstrip().endswith("\\end{document}")
    assert "\\section*{Uno \\& dos}" in text and "¡Ojo!" in text and text.count("\\begin{longtable}") == 1


@pytest.mark.skipif(
    not any(map(shutil.which, (*pdf.BROWSERS, *pdf.OFFICES))), reason="nothing here prints PDF"
)
def test_pdf_is_printed_where_something_can(tmp_path):
    assert publish(MADE, tmp_path / "r.pdf").read_bytes().startswith(b"%PDF")


def test_without_a_browser_or_an_office_the_remedy_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(pdf.shutil, "which", lambda name: None)
    with pytest.raises(OptionError, match=r"Write \.html or \.docx"):
        publish(MADE, tmp_path / "r.pdf")
    assert list(tmp_path.iterdir()) == []
