"""CPU seconds of each monitoring section for 768 alliances and 29,000 producers, as Markdown.

    python -m benchmarks.monitoring

A section's time is its answer from the files (reading, estimates, draws) and its words and tables in Spanish, after the matching that all
share. The CPU time of this process counts, so that other work of the machine does not.
"""

from __future__ import annotations

import argparse
import tempfile
import time
import warnings
from dataclasses import replace
from pathlib import Path

import impact as im
from impact.evaluation.findings import Findings
from impact.evaluation.report_contents import report_style
from impact.evaluation.sections import monitoring
from impact.folders import modules_in
from tests.evaluations import MONITORED, write_monitored

HOUSEHOLDS_A_GROUP = 12
OWN_TABLES = """
[questions]
shares = ["buyer_type", "head_female"]
means = ["income_agr_net"]

[audit]
tables = ["published.csv"]
"""
CONFIGURATION = (
    MONITORED.substitute(
        by=', "alliance_product"', covariates='"region", ', draws="", doses="", on="", crossed=""
    )
    + OWN_TABLES
)


def written(folder: Path, alliances: int, producers: int) -> Path:
    """Write the synthetic survey and the programme's records, and return the configuration's path."""
    write_monitored(folder, groups=producers // HOUSEHOLDS_A_GROUP, alliances=alliances)
    path = folder / "evaluation.toml"
    path.write_text(CONFIGURATION, encoding="utf-8")
    return path


def seconds(findings: Findings, repeats: int) -> dict[str, tuple[float, float]]:
    """Return the least CPU seconds of each analysis' answer and of its section, by its table of the file."""
    style, found = report_style(findings), {}
    modules = {module.__name__.rpartition(".")[2]: module for module in modules_in(monitoring.__name__)}
    for analysis in findings.configuration.analyses:
        if analysis.TABLE not in modules:
            continue
        taken = []
        for _ in range(repeats):
            start = time.process_time()
            answer = analysis.answer(findings)
            middle = time.process_time()
            now = replace(findings, answers={**findings.answers, analysis.TABLE: (answer,)})
            modules[analysis.TABLE].section(now, style)
            taken.append((middle - start, time.process_time() - middle))
        found[analysis.TABLE] = min(taken, key=sum)
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.monitoring", description=__doc__)
    parser.add_argument("--alliances", type=int, default=768)
    parser.add_argument("--producers", type=int, default=29_000)
    parser.add_argument("--repeats", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        evaluation = im.evaluate(written(Path(folder), options.alliances, options.producers))
        print("| Section | answer, s | words and tables, s |")
        print("|---|---|---|")
        for name, (answer, words) in seconds(evaluation.findings, options.repeats).items():
            print(f"| `[{name}]` | {answer:.2f} | {words:.2f} |", flush=True)


if __name__ == "__main__":
    main()
