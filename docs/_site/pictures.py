"""The pictures of the guide's chapters: drawn from one synthetic survey, and from the tables of docs/simulation.md."""

import warnings
from pathlib import Path

import matplotlib as mpl

mpl.use("svg")

import matplotlib.pyplot as plt
import mkdocs_gen_files
import pandas as pd

import impact as im
from impact.report.drawing.axes import CONTROL, QUIET, TREATED

warnings.simplefilter("ignore", im.ImpactWarning)  # the chapters speak of what they would say
plt.rcParams["svg.hashsalt"] = "impact"
SIMULATION = Path("docs/simulation.md").read_text(encoding="utf-8")
INCOME = "income_agr_pc_month"


def kept(name, axes):
    """Write a figure beside the pages."""
    with mkdocs_gen_files.open(f"pictures/{name}.svg", "wb") as file:
        axes.figure.savefig(file, format="svg", metadata={"Date": None})
    plt.close(axes.figure)


def table_after(heading, line):
    """Return the table of docs/simulation.md that follows a heading and a line."""
    text = SIMULATION[SIMULATION.index(heading) :]
    text = text[text.index(line) :]
    rows = [
        [cell.strip() for cell in row.strip("|\n").split("|")]
        for row in text[text.index("| strategy") :].split("\n\n")[0].splitlines()
    ]
    return pd.DataFrame(rows[2:], columns=rows[0]).set_index(["strategy", "outcome"])


def dots(columns, label, target):
    """Draw a row a strategy and outcome, a mark a column."""
    _, axes = plt.subplots(figsize=(7.2, 3.6), layout="constrained")
    names = [f"{strategy}, {outcome}" for strategy, outcome in next(iter(columns.values())).index]
    for (name, values), colour, mark in zip(columns.items(), (QUIET, CONTROL, TREATED), "sDo", strict=False):
        axes.plot(values.to_numpy(), range(len(names)), mark, color=colour, label=name)
    axes.set_yticks(range(len(names)), names, fontsize=7)
    axes.invert_yaxis()
    axes.axvline(target, color=QUIET, linewidth=1)
    axes.set_xlabel(f"{label} (SYNTHETIC)")
    axes.legend(frameon=False, fontsize=8)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return axes


survey = im.synthetic.rural_alliances(seed=1)
sample = im.Sample(survey.household, **survey.roles())
by_score = im.match(sample, im.NearestNeighbor(im.PropensityScore(scale="linear"), caliper=0.2))
kept("overlap", im.figures.overlap(by_score))
kept("love", im.figures.love_plot(im.balance(by_score)))
kept(
    "poverty_curve",
    im.figures.poverty_curve(im.poverty_curve(by_score, "income_pc_month", (200.0, 1200.0, 41))),
)
kept("strategies", im.figures.strategies(im.four_strategies(sample), INCOME))

other = table_after("## Other variances and strategies", "Coverage, population").iloc[:16]
household = pd.to_numeric(other["Abadie-Imbens by household"].str.split("/").str[0], errors="coerce").dropna()
default = table_after("## The default: 330 groups", "| strategy")["population"].astype(float)
kept(
    "coverage",
    dots(
        {"households as independent draws": household, "by group": default[household.index]},
        "coverage of the 95 % interval",
        0.95,
    ),
)
adjustments = table_after("## Adjustments, 330 groups", "Bias/SD, population")[["none", "linear", "squares"]]
incomes = adjustments[adjustments.index.get_level_values("outcome").str.contains("income")].astype(float)
kept("adjustment", dots({name: incomes[name] for name in incomes}, "bias in standard deviations", 0))
