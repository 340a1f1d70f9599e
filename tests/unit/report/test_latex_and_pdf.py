"""LaTeX escapes what it sets and holds every table; PDF where a browser or an office is installed."""

import re
import shutil
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest

import impact as im
from impact.errors import OptionError
from impact.language import Language
from impact.report.contents import (
    Contents,
    Estimate,
    Figure,
    Interval,
    Number,
    Row,
    Section,
    Suppressed,
    Table,
)
from impact.report.drawing.axes import new_axes
from impact.report.drawing.images import drawn
from impact.report.formats import pdf
from impact.report.formats.latex import latex_table
from impact.report.formats.latex_signs import escaped
from impact.report.publish import publish
from impact.report.words.style import Style

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
WIDE = (Row(("ingreso", *(Interval(-1234.0, 5678.0, 1) for _ in range(16)))),)
PICTURE = drawn(new_axes(Style.of("es"), True, "Hato", 2.0).figure)
FIGURE = Figure("hato_1/2", "Hato 50 %", PICTURE, synthetic=True)
MADE = Contents(
    "Título_1",
    Language("es"),
    True,
    (
        Section("s", "Uno & dos", ("p",), (TABLE,), ("¡Ojo!",)),
        Section(
            "t",
            "Tres",
            (),
            (
                replace(TABLE, headings=("Resultado", *map(str, range(16))), rows=WIDE),
                FIGURE,
                replace(FIGURE),
            ),
        ),
    ),
)


def test_no_sign_of_a_label_reaches_latex_as_a_command():
    text = escaped(HOSTILE)
    plain = re.sub(
        r"(?<=\d)~(?=\\%)|\\(textbackslash|textasciitilde|textasciicircum|textless|textgreater)\{\}|\\[%&$#_{}]",
        "",
        text,
    )
    assert not set(plain) & set("\\%&$#_{}~^<>")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "√μ̂₀ ≥ τ²",
            r"\ensuremath{\surd}\ensuremath{\hat{\mu}}\textsubscript{0} \ensuremath{\geq} \ensuremath{\tau}\textsuperscript{2}",
        ),
        ("Ȳ, ḡ, ñ, Łódź", r"\={Y}, \={g}, ñ, \L{}ód\'{z}"),
        ("Χ² ς", r"\ensuremath{\mathrm{X}}\textsuperscript{2} \ensuremath{\varsigma}"),
        ("10⁻³", r"10\textsuperscript{\ensuremath{-}}\textsuperscript{3}"),
        ("中\x07", "{[}U+4E2D{]} "),
    ],
)
def test_signs_that_latex_does_not_have_are_written_otherwise(text, shown):
    assert escaped(text) == shown


def test_every_sign_of_the_package_is_one_that_latex_has():
    home = Path(im.__file__).parent
    files = [*home.rglob("*.py"), *home.rglob("*.po"), *home.rglob("*.csv"), *home.rglob("*.toml")]
    signs = set().union(*(file.read_text(encoding="utf-8") for file in files))
    unknown = {sign for sign in signs if "U+" in escaped(sign) and not unicodedata.combining(sign)}
    assert unknown <= set(
        "＝＋－＠∌ƒ‚„ˆ‹›"
    )  # of tests for formulas in cells, and of wrongly decoded files: never shown
    assert all(max(map(ord, escaped(sign))) <= 0xFF for sign in signs)


def test_a_table_has_its_numbers_notes_and_booktabs():
    text = latex_table(TABLE, Language("es"))
    for part in (
        r"\toprule",
        r"\midrule",
        r"\bottomrule",
        "143 {[}58;~229{]}",
        r"(\ensuremath{-}0,25)",
        "n \\textless{} 5",
        r"Nota 95~\%",
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
    assert "\\section*{Uno \\& dos}" in text and "¡Ojo!" in text and text.count("\\begin{longtable}") == 2
    assert "\\begin{landscape}\\section*{Tres}" in text  # the title does not stay behind on a page of its own


def test_figures_stand_in_the_document_as_files_beside_it(tmp_path):
    text = publish(MADE, tmp_path / "mi informe.tex").read_text(encoding="utf-8")
    taken = re.findall(r"\\includegraphics\[[^]]*\]\{([^}]*)\}", text)
    assert taken == ["mi-informe-figures/hato_1-2.png", "mi-informe-figures/hato_1-2_2.png"]
    assert all((tmp_path / file).read_bytes() == PICTURE.png for file in taken)
    assert (
        r"\caption{Hato 50~\% \textbf{DATOS SINTÉTICOS}}" in text
        and r"\renewcommand{\figurename}{Gráfico}" in text
    )


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
