"""The demonstration: a synthetic survey whose true effects are known, evaluated as a real one would be."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from string import Template
from typing import TextIO

from impact import checks
from impact.effects.effect import EffectTable
from impact.errors import OptionError
from impact.evaluation.evaluation import Evaluation
from impact.evaluation.known_truth import known_truth
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


def demo(
    seed: int = 1, out: str | Path = FOLDER, language: str = "en", stream: TextIO | None = None
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

    Returns
    -------
    Evaluation
        With ``known``, the true effects.

    Raises
    ------
    OptionError
        ``out`` exists and is not the folder of an earlier demonstration.
    """
    checks.whole("seed", seed, minimum=0)
    checks.one_of("language", language, languages())
    folder = _own_folder(Path(out))
    truth = _write_survey(seed, folder, language)
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
        raise OptionError(f"out must be a folder; {str(folder)!r} is a file. Pass another path.")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MARK).is_file():
        raise OptionError(
            f"out must be a new or empty folder, or one of an earlier demonstration; {str(folder)!r} holds other files, "
            "which are left alone. Pass another path."
        )
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _write_survey(seed: int, folder: Path, language: str) -> Truth:
    """Write the synthetic survey and its configuration as an analyst would have them, and return the truth."""
    from importlib import resources

    from impact.synthetic import rural_alliances

    (folder / MARK).write_text(f"{SYNTHETIC_NOTE}\nseed {seed}\n", encoding="utf-8")
    survey = rural_alliances(seed)
    table = survey.household[list(_COLUMNS)].astype({"treated": int})
    table.to_csv(folder / "household.csv", index=False, lineterminator="\n")
    template = resources.files("impact.evaluation").joinpath("demo.toml").read_text(encoding="utf-8")
    text = Template(template).substitute(
        title=_TITLE.to(language), language=language, seed=seed, comparator=_COMPARATOR.to(language)
    )
    (folder / "evaluation.toml").write_text(text, encoding="utf-8")
    return survey.truth
