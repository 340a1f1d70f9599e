"""A finished evaluation: what was found, and the report of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from impact import checks
from impact.design.balance.table import BalanceTable
from impact.design.matched_sample import MatchedSample
from impact.effects.effect import EffectTable
from impact.evaluation.findings import Findings
from impact.evaluation.labels.names import report_names
from impact.evaluation.report_contents import report_contents
from impact.language import Text
from impact.report.publish import publish
from impact.report.words.style import Style
from impact.survey.poverty.table import PovertyTable
from impact.survey.sample import Sample


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Evaluation:
    """A finished evaluation.

    Parameters
    ----------
    findings : Findings
        Every result, with the configuration and the data file that it comes from.

    Examples
    --------
    >>> import pathlib, tempfile, numpy as np, pandas as pd, impact as im
    >>> folder, row = pathlib.Path(tempfile.mkdtemp()), np.arange(400)
    >>> frame = pd.DataFrame({"treated": row // 5 % 2, "age": row % 37, "group": row // 5})
    >>> frame.assign(income=100 + frame["age"] + 5 * frame["treated"] + row % 3).to_csv(folder / "survey.csv", index=False)
    >>> _ = (folder / "evaluation.toml").write_text('''
    ... data = {file = "survey.csv"}
    ... roles = {treatment = "treated", covariates = ["age"], cluster = "group"}
    ... outcomes = [{column = "income", unit = "Bs"}]
    ... strategies = [{name = "4-NN", type = "nearest neighbor", distance = "Mahalanobis", ratio = 4}]
    ... ''')
    >>> evaluation = im.evaluate(folder / "evaluation.toml")
    >>> evaluation
    Evaluation of survey.csv: 400 units, 1 strategy (4-NN)
    >>> evaluation.balance["4-NN"].max_abs_smd < 0.01, evaluation.matched["4-NN"].share_on_support
    (True, 1.0)
    """

    findings: Findings

    @property
    def sample(self) -> Sample:
        """Who was analysed, with roles and exclusions."""
        return self.findings.sample

    @property
    def matched(self) -> dict[str, MatchedSample]:
        """The matched sample of each strategy, by its name."""
        return dict(self.findings.matched)

    @property
    def frame(self) -> pd.DataFrame:
        """The effects, one row for each outcome and strategy."""
        return self.findings.effects.frame

    @property
    def effects(self) -> EffectTable:
        """Every outcome under every strategy."""
        return self.findings.effects

    @property
    def balance(self) -> dict[str, BalanceTable]:
        """Balance before and after matching, by the strategy's name."""
        return dict(self.findings.balance)

    @property
    def poverty(self) -> dict[str, PovertyTable]:
        """Poverty of the matched treated and controls of the main strategy, by the line's name."""
        return dict(self.findings.poverty)

    @property
    def quintiles(self) -> EffectTable | None:
        """The effect by fifth, where the configuration asks for it."""
        return self.findings.quintiles

    @property
    def flow(self) -> pd.DataFrame:
        """What became of every unit, by strategy."""
        return self.findings.flow.copy(deep=False)

    def report(self, path: str | Path) -> Path:
        """Write the report.

        Parameters
        ----------
        path : path
            ``.html``, ``.docx``, ``.xlsx``, ``.json``; a path without suffix is a folder that gets all of them, the tables as CSV and
            the figures as SVG and PNG.

        Returns
        -------
        pathlib.Path
            The file, or the page in the folder.
        """
        return publish(report_contents(self.findings), path)

    def __repr__(self) -> str:
        style = Style.of(self.findings.configuration.language, report_names(self.findings))
        head = (
            Text("SYNTHETIC evaluation", "Evaluación con datos SINTÉTICOS")
            if self.sample.synthetic
            else Text("Evaluation", "Evaluación")
        )
        return Text(
            "{head} of {data}: {units}, {number} ({strategies})",
            "{head} de {data}: {units}, {number} ({strategies})",
            head=head,
            data=self.findings.data.name,
            units=checks.counted(len(self.sample), "unit"),
            number=checks.counted(len(self.matched), "strategy"),
            strategies=tuple(map(style.name, self.matched)),
        ).to(style.language)

    def _repr_html_(self) -> str:
        return self.effects._repr_html_()
