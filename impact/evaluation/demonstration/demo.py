"""The demonstration: a synthetic survey whose true effects are known, evaluated as a real one would be."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from string import Template
from typing import TextIO

import pandas as pd

from impact import checks
from impact.effects.effect import EffectTable
from impact.errors import OptionError
from impact.evaluation.demonstration.known_truth import known_truth
from impact.evaluation.evaluation import Evaluation
from impact.evaluation.report_contents import report_style
from impact.evaluation.run import evaluate
from impact.language import Text, languages
from impact.report.tables.truth import truth_lines
from impact.synthetic.tables import SYNTHETIC_NOTE
from impact.synthetic.truth import Truth
from impact.terminal import say

FOLDER = "impact-demo"
MARK = "SYNTHETIC.txt"
_TITLE = Text(
    "Rural alliances: evaluation of a synthetic survey",
    "Alianzas rurales: evaluación de una encuesta sintética",
)
_COMPARATOR = Text(
    "pipeline producers, approved but not financed", "productores en espera, aprobados y aún no financiados"
)
_COLUMNS = (
    "hh_id", "group_id", "wave", "treated", "weight", "response", "region", "education_index", "assets_pre", "travel_time_market",
    "unmet_needs", "group_mean_education", "hh_size_pre", "income_agr_pc_month", "income_labour", "net_income_alliance", "sales_agr",
    "income_pc_month", "area_cultivated", "wage_days_hired", "alliance_product", "qty_produced", "qty_grade_a", "price_grade_a",
    "price_grade_b", "costs_alliance",
)  # fmt: skip

_PANEL = """
[panel]                            # the waves: households by date of entry, change against change
file = "household_waves.csv"
wave = "wave"
entry = "entry_wave"
outcome = "income_agr_pc_month"
"""


def demo(
    seed: int = 1,
    out: str | Path = FOLDER,
    language: str = "en",
    stream: TextIO | None = None,
    design: str = "par1",
) -> Evaluation:
    """Draw a synthetic survey, evaluate it, write the report, and print estimates beside the truth.

    Parameters
    ----------
    seed : int
        One seed, one survey, one report.
    out : path
        Folder for the report; one that holds anything but an earlier demonstration is left alone.
    language : {"en", "es"}
    stream : text stream, optional
        Where to print; standard output by default.
    design : {"par1", "par2"}
        One survey after the programme; or three waves, with groups that enter at different dates.

    Returns
    -------
    Evaluation
        With ``known``, the true effects.

    Raises
    ------
    OptionError
        ``out`` exists and is not the folder of an earlier demonstration.

    Examples
    --------
    A whole demonstration takes some seconds. A folder that holds something else is left alone:

    >>> import pathlib, tempfile, impact as im
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> _ = (folder / "thesis.docx").write_text("mine")
    >>> try:
    ...     evaluation = im.demo(seed=1, out=folder)
    ... except im.OptionError as problem:
    ...     print(str(problem).partition(";")[0])
    out must be a new or empty folder, or one of an earlier demonstration
    """
    checks.whole("seed", seed, minimum=0)
    checks.one_of("language", language, languages())
    checks.one_of("design", design, ("par1", "par2"))
    folder = _own_folder(Path(out))
    truth = (_write_survey if design == "par1" else _write_panel)(seed, folder, language)
    evaluation = evaluate(folder / "evaluation.toml")
    evaluation = Evaluation(replace(evaluation.findings, known=known_truth(evaluation.findings, truth)))
    page = evaluation.report(folder)
    print_truth(evaluation, page, stream or sys.stdout)
    return evaluation


def print_truth(evaluation: Evaluation, page: Path, stream: TextIO) -> None:
    """Print the main strategy's estimates beside the truth, and where the report is."""
    findings = evaluation.findings
    configuration, known = findings.configuration, findings.known
    if known is None:
        return
    style, main = report_style(findings), configuration.main_strategy
    effects = EffectTable(
        tuple(effect for effect in findings.effects if effect.strategy == main), synthetic=True
    )
    lines = [
        style.word("synthetic_banner"),
        f"{style.word('truth_table')}, {style.name(main)}",
        "",
        *truth_lines(effects, known.effects, style),
        "",
        style.word("report_at", path=page),
    ]
    say("\n".join(lines) + "\n", stream)


def _own_folder(folder: Path) -> Path:
    """Return the folder, made where absent; one that holds other things than a demonstration is refused."""
    if folder.exists() and not folder.is_dir():
        raise OptionError(
            Text(
                "out must be a folder; {folder!r} is a file. Pass another path.",
                "out debe ser una carpeta; {folder!r} es un archivo. Indique otra ruta.",
                folder=str(folder),
            )
        )
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MARK).is_file():
        raise OptionError(
            Text(
                (
                    "out must be a new or empty folder, or one of an earlier demonstration; {folder!r} holds other "
                    "files, which are left alone. Pass another path."
                ),
                (
                    "out debe ser una carpeta nueva o vacía, o la de una demostración anterior; {folder!r} tiene otros "
                    "archivos, que no se tocan. Indique otra ruta."
                ),
                folder=str(folder),
            )
        )
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _write_survey(seed: int, folder: Path, language: str) -> Truth:
    """Write the synthetic survey and its configuration as an analyst would have them, and return the truth."""
    from impact.synthetic import rural_alliances

    survey = rural_alliances(seed)
    table = survey.household[list(_COLUMNS)].astype({"treated": int})
    _write(folder, seed, language, table)
    return survey.truth


def _write_panel(seed: int, folder: Path, language: str) -> Truth:
    """Write three waves, the last of them as the survey after the programme, and return the truth of the last."""
    from impact.synthetic import rural_alliances_panel

    survey = rural_alliances_panel(seed, staggered=True, trend=10.0, attrition=0.05)
    household = survey.household[survey.household["response"] == "complete"]
    last = household[household["wave"] == household["wave"].max()]
    table = last.assign(treated=last["receiving"].astype(int))[list(_COLUMNS)]
    waves = household[[*_COLUMNS, "entry_wave"]].astype({"treated": int})
    waves.to_csv(folder / "household_waves.csv", index=False, lineterminator="\n")
    _write(folder, seed, language, table, _PANEL)
    return survey.truth.of_rows(last.index, last["hh_id"])


def _write(folder: Path, seed: int, language: str, table: pd.DataFrame, further: str = "") -> None:
    """Write the mark, the table and the configuration, with further lines at its end."""
    from importlib import resources

    (folder / MARK).write_text(f"{SYNTHETIC_NOTE}\nseed {seed}\n", encoding="utf-8")
    table.to_csv(folder / "household.csv", index=False, lineterminator="\n")
    template = (
        resources.files("impact.evaluation.demonstration").joinpath("demo.toml").read_text(encoding="utf-8")
    )
    text = Template(template).substitute(
        title=_TITLE.to(language), language=language, seed=seed, comparator=_COMPARATOR.to(language)
    )
    (folder / "evaluation.toml").write_text(text + further, encoding="utf-8")
