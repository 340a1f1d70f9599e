"""The files that somebody adds to the package, each alone and nothing else touched: path in the package, content."""

import re
from pathlib import Path

HEAD = "from __future__ import annotations\nfrom dataclasses import dataclass\nimport numpy as np\n"

ADDED = {
    # a matching strategy: matched sets of equal values of one column
    "design/matching/by_column.py": HEAD
    + """
from impact.design.proposal import Assignment
from impact.design.units import Units

@dataclass(frozen=True, slots=True)
class ByColumn:
    column: str

    def assign(self, units: Units) -> Assignment:
        codes = units.covariates[self.column].astype("category").cat.codes.to_numpy().astype(np.intp)
        codes[~units.eligible] = -1
        for code in np.unique(codes):
            if len(set(units.treatment[codes == code])) == 1:
                codes[codes == code] = -1
        return Assignment(subclass=codes)
""",
    # a weighting strategy: every control counts the same
    "design/weighting/alike.py": HEAD
    + """
from impact.design.proposal import Assignment
from impact.design.units import Units

@dataclass(frozen=True, slots=True)
class Alike:
    def assign(self, units: Units) -> Assignment:
        treated, control = units.treatment & units.eligible, ~units.treatment & units.eligible
        return Assignment(weights=treated + control * treated.sum() / control.sum())
""",
    # a distance: one column, on its own scale
    "design/distances/one_column.py": HEAD
    + """
from impact.design.distances.measure import Measure
from impact.design.units import Units

@dataclass(frozen=True, slots=True)
class OneColumn:
    column: str

    def measure(self, units: Units) -> Measure:
        values = units.matrix[[self.column]].to_numpy(dtype=np.float64)
        return Measure(np.ascontiguousarray(values), 1.0, None, f"distance on {self.column}")
""",
    # a support rule: nobody beyond so many standard deviations of a column
    "design/supports/near_the_middle.py": HEAD
    + """
from impact.design.units import Units

@dataclass(frozen=True, slots=True)
class NearTheMiddle:
    column: str
    deviations: float = 3.0
    reestimate: bool = False

    def on_support(self, units: Units) -> np.ndarray:
        values = units.matrix[self.column].to_numpy()
        return np.abs(values - values.mean()) <= self.deviations * values.std()
""",
    # a balance statistic: the plain difference of means
    "design/balance/measured/plain.py": """
from impact.design.balance.statistics import BalanceStatistic

PLACE = 15
STATISTIC = BalanceStatistic("plain", lambda arms: arms.difference, (-1.0, 1.0), "difference of means in the covariate's unit")
""",
    # a variance: twice the default's standard errors
    "effects/variances/cautious.py": HEAD
    + """
from dataclasses import replace
from impact.effects.variances.cluster_robust import ClusterRobust
from impact.effects.variances.estimation import Estimation, Uncertainty
from impact.language import Text

@dataclass(frozen=True, slots=True)
class Cautious:
    factor: float = 2.0

    def uncertainty(self, estimation: Estimation) -> Uncertainty:
        base = ClusterRobust.of(estimation.linearised_by).uncertainty(estimation)
        return replace(
            base,
            std_error=self.factor * base.std_error,
            percent_std_error=self.factor * base.percent_std_error,
            label=Text("cautious", "prudente"),
        )
""",
    # a bias adjustment: on one covariate
    "effects/arm_means/on_one.py": HEAD
    + """
from impact.design.matched_sample import MatchedSample
from impact.language import Text

@dataclass(frozen=True, slots=True)
class OnOne:
    column: str

    @property
    def label(self) -> Text:
        return Text("linear on {column}", "lineal en {column}", column=self.column)

    def terms(self, matched: MatchedSample) -> np.ndarray:
        return matched.sample.matrix[[self.column]].to_numpy()
""",
    # an outcome: the square root of a column
    "survey/income/square_root.py": HEAD
    + """
import pandas as pd

@dataclass(frozen=True, slots=True)
class SquareRoot:
    column: str
    unit: str = "√Bs"
    period: str = ""
    persons: str | None = None

    @property
    def name(self) -> str:
        return f"{self.column}_square_root"

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.column,)

    def values(self, frame: pd.DataFrame) -> np.ndarray:
        return np.sqrt(np.maximum(frame[self.column].to_numpy(dtype=np.float64), 0.0))
""",
    # a ranking: by one covariate
    "effects/heterogeneity/by_covariate.py": HEAD
    + """
from collections.abc import Sequence
from impact.effects.heterogeneity.ranking import Ranked
from impact.language import Text
from impact.survey.outcome import Outcome
from impact.survey.sample import Sample

@dataclass(frozen=True, slots=True)
class ByCovariate:
    covariate: str

    @property
    def label(self) -> str:
        return Text("by {covariate}", "según {covariate}", covariate=self.covariate)

    @property
    def seed(self) -> int | None:
        return None

    def rankings(self, sample: Sample, outcome: Outcome) -> Sequence[Ranked]:
        values = sample.matrix[self.covariate].to_numpy(dtype=np.float64)
        return [Ranked(values, np.ones(len(sample), dtype=np.bool_))]
""",
    # a poverty line of another country
    "survey/poverty/lines/atlantis.csv": """name,area,year,vintage,value,unit,status,source
atlantic,rural,2014,made up,400,Bs/person/month,synthetic,nobody
""",
    # a document format: plain text
    "report/formats/plain.py": """
PLACE = 90

def write_plain(contents, path):
    path.write_text("\\n".join(section.title for section in contents.sections), encoding="utf-8")
    return path

WRITER = (".plain", write_plain)
""",
    # a table of the configuration with what it finds
    "evaluation/analyses/counted.py": HEAD
    + """
from typing import Any, ClassVar, Self
from impact.evaluation.reading.analysis import Named

@dataclass(frozen=True, slots=True)
class Counted:
    TABLE: ClassVar[str] = "counted"
    column: str

    def settled(self, named: Named) -> Self:
        return self

    def answer(self, findings: Any) -> int:
        return int(findings.sample.frame[self.column].nunique())
""",
    # a command: how many rows a file has
    "cli/commands/count_rows.py": """
from pathlib import Path
import typer

PLACE = 200
EXAMPLE = "impact count_rows household.csv"

def command(file: Path) -> None:
    typer.echo(f"rows: {len(file.read_text(encoding='utf-8').splitlines()) - 1}")
""",
    # a section of the report that shows it
    "evaluation/sections/counted.py": """
from impact.language import Text
from impact.report.contents import Section

PLACE = 95
TITLE = Text("Counted", "Lo contado")

def section(findings, style):
    number = findings.answer("counted")
    return None if number is None else Section("counted", style.text(TITLE), (style.number(number),))
""",
}

STRATEGIES = """
[[strategies]]
name = "Propensity kernel"
type = "nearest neighbor"
distance = {type = "one column", column = "assets_pre"}
bias_adjustment = {type = "on one", column = "education_index"}
variance = {type = "cautious", factor = 3.0}

[[strategies]]
name = "Same region"
type = "by column"
column = "region"

[[strategies]]
name = "All alike"
type = "alike"

[[outcomes]]
type = "square root"
column = "income_labour"

[[outcomes]]
type = "headcount"
income = "income_pc_month"
line = "atlantic"

[[poverty_lines]]
name = "atlantic"
area = "rural"
year = 2014

[support]
rule = "near the middle"
column = "assets_pre"

[counted]
column = "region"

[quintiles]
ranking = {type = "by covariate", covariate = "assets_pre"}
"""


PAGE = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text(encoding="utf-8")
EXERCISE = dict(re.findall(r"```python\n# impact/(\S+\.py)\n(.*?)```", PAGE, flags=re.DOTALL))
"""The files of the newcomer's exercise, as they stand in CONTRIBUTING.md."""
EXERCISE_STRATEGY = re.findall(r"```toml\n(.*?)```", PAGE, flags=re.DOTALL)[-1]
