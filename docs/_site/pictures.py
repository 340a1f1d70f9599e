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
from impact.report.drawing.images import drawn

warnings.simplefilter("ignore", im.ImpactWarning)  # the chapters speak of what they would say
SIMULATION = Path("docs/simulation.md").read_text(encoding="utf-8")
INCOME = "income_agr_pc_month"


def kept(name, axes):
    """Write a figure beside the pages, in the width of a page and of a telephone."""
    images = drawn(axes.figure)
    for suffix, image in (("", images.wide), ("_narrow", images.narrow)):
        with mkdocs_gen_files.open(f"pictures/{name}{suffix}.svg", "wb") as file:
            file.write(image)
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


LABELS = {
    INCOME: "agricultural income per head",
    "education_index": "schooling of the head",
    "assets_pre": "assets before",
    "travel_time_market": "travel time to the market",
    "unmet_needs": "unmet basic needs",
    "group_mean_education": "mean schooling of the group",
} | {f"region{name}": f"region: {name}" for name in ("Norte", "Tropico", "Valles", "Chaco")}
survey = im.synthetic.rural_alliances(seed=1)
sample = im.Sample(survey.household, **survey.roles())
by_score = im.match(sample, im.NearestNeighbor(im.PropensityScore(scale="linear"), caliper=0.2))
kept("overlap", im.figures.overlap(by_score))
kept("love", im.figures.love_plot(im.balance(by_score), labels=LABELS))
kept(
    "poverty_curve",
    im.figures.poverty_curve(im.poverty_curve(by_score, "income_pc_month", (200.0, 1200.0, 41))),
)
kept("strategies", im.figures.strategies(im.four_strategies(sample), INCOME, label=LABELS[INCOME]))

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

kernel = im.FOUR_STRATEGIES[1]
matched = kernel.matched(sample)
kept("sample_flow", im.figures.sample_flow(by_score))
kept(
    "quintiles",
    im.figures.quintiles(
        im.quintile_effects(sample, kernel.strategy, INCOME, by=im.PredictedOutcome()), label=LABELS[INCOME]
    ),
)
ways = {
    "entropy balancing": im.EntropyBalancing(),
    "inverse probability": im.InverseProbability(im.PropensityScore()),
}
kept(
    "weights",
    im.figures.love_plot_of_all(
        {name: im.balance(im.match(sample, way)) for name, way in ways.items()}, labels=LABELS
    ),
)
kept(
    "contour",
    im.figures.confounder_contour(
        im.confounder_sensitivity(matched, INCOME, benchmarks=["education_index", "assets_pre"]),
        labels=LABELS,
    ),
)
choices = im.Choices(
    family={"nearest": im.NearestFamily(), "kernel": im.KernelFamily()},
    distance={"score": im.PropensityScore(scale="linear"), "Mahalanobis": im.Mahalanobis()},
    ratio={"1": 1, "4": 4},
    adjustment={"none": None, "suited": "suited"},
)
kept(
    "universe",
    im.figures.specification_curve(im.universe(sample, [INCOME], choices, n_jobs=1), labels=LABELS),
)
parts = im.IncomeParts(
    quantity="qty_produced", price=("price_grade_a", "price_grade_b"), grade="qty_grade_a", costs="costs_alliance",
    product="alliance_product", unit="Bs/year",
)  # fmt: skip
within = im.match(sample, im.NearestNeighbor(im.Mahalanobis(), ratio=4, exact=("alliance_product",)))
kept(
    "decomposition",
    im.figures.decomposition(im.income_decomposition(within, parts, bias_adjustment="linear")),
)

waves = im.synthetic.rural_alliances_panel(seed=2, staggered=True)
panel = im.Panel(
    waves.household, id="hh_id", wave="wave", entry="entry_wave", covariates=["education_index", "assets_pre"],
    outcomes=[im.Column(INCOME, unit="Bs/person/month")], cluster="group_id", sampling_weight="weight", synthetic=True,
)  # fmt: skip
kept(
    "event_study",
    im.figures.event_study(
        im.group_time_effects(panel, base="universal").aggregate("event"), label=LABELS[INCOME]
    ),
)

programme = im.synthetic.rural_programme(1)
kept(
    "survival",
    im.figures.survival(
        im.survival(im.alliance_spells(programme["group"]), "years", "ended", cluster="muni_code"),
        unit="years",
    ),
)


def detectable():
    """Draw the smallest detectable effect against the number of groups, a line for each number of interviews."""
    _, axes = plt.subplots(figsize=(6.5, 3.6), layout="constrained")
    for members, colour in ((4, CONTROL), (12, TREATED), (36, QUIET)):
        plans = [
            im.SurveyPlan(groups=groups, members=members, icc=0.255, effective_share=0.45)
            for groups in range(40, 401, 20)
        ]
        axes.plot(
            range(40, 401, 20),
            [im.minimum_detectable_effect(plan, 1.0) for plan in plans],
            color=colour,
            label=f"{members} interviews a group",
        )
    axes.set(xlabel="groups", ylabel="detectable effect, SDs", ylim=(0, None))
    axes.legend(frameon=False, fontsize=8)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return axes


def differences(table):
    """Draw what went with each practice, and its interval."""
    _, axes = plt.subplots(figsize=(6.5, 2.6), layout="constrained")
    rows = range(len(table))
    axes.hlines(rows, table["conf_low"], table["conf_high"], color=CONTROL)
    axes.plot(table["difference"], rows, "o", color=CONTROL)
    axes.axvline(0, color=QUIET, linewidth=1)
    names = {
        "coll_inputs": "inputs bought together",
        "ta_hired": "assistance hired",
        "coll_price": "price negotiated",
        "coll_delivery": "delivered together",
    }
    axes.set_yticks(rows, [names[name] for name in table["mechanism"]], fontsize=8)
    axes.invert_yaxis()
    axes.set_xlabel("difference, Bs/person/month\n(treated only; SYNTHETIC; not causal)", fontsize=8)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return axes


kept("planning", detectable())
kept("mechanisms", differences(im.mechanism_associations(sample, [INCOME]).frame))
