"""Bias, coverage and power on surveys whose truth is known."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from impact.cli.options import ClusterOption, JobsOption
from impact.language import Text

if TYPE_CHECKING:
    from impact.robustness.certification import Certification

PLACE = 70
EXAMPLE = "impact certify evaluation.toml --draws 200"
SPANISH = (
    "Sortea encuestas de verdad conocida y dice el sesgo, la cobertura y la potencia de cada estrategia."
)
EffectOption = Annotated[
    float | None,
    typer.Option(
        help=Text(
            "Own sample: effect planted as a share, by default 0.3. Synthetic: scale of the effects, 1.",
            "Muestra propia: efecto plantado como proporción, por omisión 0.3. Sintética: escala de los efectos, 1.",
        )
    ),
]
DesignOption = Annotated[
    str,
    typer.Option(
        help=Text(
            "Synthetic survey: par1, one survey after the programme; par2, three waves and entry by turns.",
            "Encuesta sintética: par1, una encuesta después del programa; par2, tres rondas y entrada por turnos.",
        )
    ),
]
FileArgument = Annotated[
    Path | None,
    typer.Argument(
        help=Text(
            "An evaluation.toml whose own sample is imitated; by default the synthetic alliances.",
            "Un evaluation.toml cuya propia muestra se imita; por omisión, las alianzas sintéticas.",
        ),
        metavar="EVALUATION.TOML",
    ),
]
DrawsOption = Annotated[
    int,
    typer.Option(
        help=Text(
            "Surveys to draw; 1,000 tell coverage to 1.4 points.",
            "Encuestas por sortear; 1.000 dan la cobertura con ±1,4 puntos.",
        ),
        min=2,
    ),
]
SeedOption = Annotated[
    int,
    typer.Option(
        help=Text(
            "One seed, one answer, whatever the number of processes.",
            "Una semilla, una respuesta, sea cual sea el número de procesos.",
        ),
        min=0,
    ),
]
GroupsOption = Annotated[
    int | None,
    typer.Option(
        help=Text(
            "Producer groups drawn: as many as your sample has; 330 synthetic.",
            "Grupos de productores sorteados: tantos como tiene su muestra; 330 sintéticos.",
        ),
        min=20,
    ),
]
UnadjustedOption = Annotated[
    bool,
    typer.Option(
        help=Text("Add each strategy without its adjustment.", "Agrega cada estrategia sin su ajuste.")
    ),
]
VariancesOption = Annotated[
    bool,
    typer.Option(
        help=Text(
            "Add other standard errors: left-out residuals, CR3, wild bootstrap.",
            "Agrega otros errores estándar: residuos sin el propio grupo, CR3, bootstrap salvaje.",
        )
    ),
]
OutOption = Annotated[
    Path,
    typer.Option(
        help=Text(
            "CSV file of the draws; an interrupted run goes on from it.",
            "Archivo CSV de los sorteos; una corrida interrumpida sigue desde él.",
        )
    ),
]


def command(
    file: FileArgument = None,
    draws: DrawsOption = 200,
    seed: SeedOption = 0,
    jobs: JobsOption = -1,
    cluster: ClusterOption = None,
    groups: GroupsOption = None,
    effect: EffectOption = None,
    design: DesignOption = "par1",
    unadjusted: UnadjustedOption = False,
    variances: VariancesOption = False,
    out: OutOption = Path("impact-certify.csv"),
) -> None:
    """Draw surveys with a known truth and tell bias, coverage and power of each strategy."""
    from impact.dask_cluster import cluster_at
    from impact.robustness.four_strategies import OTHER_VARIANCES

    options: dict[str, Any] = {"draws": draws, "seed": seed, "unadjusted": unadjusted}
    options["variances"] = OTHER_VARIANCES if variances else None
    options["n_jobs"] = jobs if cluster is None else None
    with cluster_at(cluster):
        result = _certified(file, design, groups, effect, out, options)
    typer.echo(f"{result!r}\n{out}")


def _certified(
    file: Path | None,
    design: str,
    groups: int | None,
    effect: float | None,
    out: Path,
    options: dict[str, Any],
) -> Certification:
    """Judge an evaluation's own strategies, or the toolkit's on synthetic surveys."""
    if file is not None:
        from impact.evaluation.by_itself.certify import certify_evaluation

        planted = 0.3 if effect is None else effect
        return certify_evaluation(file, effect=planted, groups=groups, out=out, **options)
    return _of_synthetic_surveys(design, groups or 330, 1.0 if effect is None else effect, out, options)


def _of_synthetic_surveys(
    design: str, groups: int, effect: float, out: Path, options: dict[str, Any]
) -> Certification:
    """Judge the four strategies on one survey after the programme, or the estimators of waves on three."""
    from impact import checks
    from impact.robustness.certify import certify
    from impact.robustness.panel.specification import WAVE_SPECIFICATIONS
    from impact.robustness.panel.twin import RuralAlliancesPanelTwin
    from impact.robustness.twins import RuralAlliancesTwin

    checks.one_of("design", design, ("par1", "par2"))
    if design == "par1":
        return certify(RuralAlliancesTwin(groups=groups, effect=effect), path=out, **options)
    twin = RuralAlliancesPanelTwin(groups=groups, effect=effect, staggered=True)
    return certify(twin, WAVE_SPECIFICATIONS, path=out, **options)
