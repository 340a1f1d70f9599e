"""The command line: each verb is one public function; exit codes 0, 1 for the data, 2 for a wrong call."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, ParamSpec

import typer

P = ParamSpec("P")

DATA, USAGE, INTERRUPTED = 1, 2, 130

app = typer.Typer(
    name="impact",
    help="Impact evaluation of rural programmes: matching, valid standard errors, poverty, the report.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _known_language(code: str) -> str:
    from impact.language import languages

    if code not in languages():
        raise typer.BadParameter(f"must be one of {', '.join(languages())}; got {code!r}.")
    return code


LanguageOption = Annotated[
    str,
    typer.Option(
        "--language",
        callback=_known_language,
        help="Language of the output: en, es, or another that is installed.",
    ),
]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Parameters
    ----------
    arguments : sequence of str, optional
        The program's own by default.

    Returns
    -------
    int
        0; 1 where the data are at fault; 2 where the call is; 130 after Ctrl-C.
    """
    from impact.errors import ImpactError, OptionError
    from impact.terminal import write_any_letter

    _show_warnings_plainly()
    write_any_letter()
    given = sys.argv[1:] if arguments is None else list(arguments)
    try:
        app(args=given, prog_name="impact")
    except SystemExit as stop:
        if not given:  # the help was shown because nothing was asked for
            return USAGE
        return stop.code if isinstance(stop.code, int) else 0
    except ImpactError as problem:
        typer.echo(f"impact: {problem}", err=True)
        return USAGE if isinstance(problem, OptionError) else DATA
    except OSError as problem:
        typer.echo(f"impact: {problem.strerror or problem}: {problem.filename or ''}".rstrip(": "), err=True)
        return DATA
    return 0


def _quietly_interrupted(command: Callable[P, None]) -> Callable[P, None]:
    """Let Ctrl-C end a command with its exit code and nothing else."""

    @wraps(command)
    def wrapped(*arguments: P.args, **options: P.kwargs) -> None:
        try:
            command(*arguments, **options)
        except KeyboardInterrupt:
            raise SystemExit(INTERRUPTED) from None

    return wrapped


def _version(wanted: bool) -> None:
    if wanted:
        from impact import __version__

        typer.echo(f"impact {__version__}")
        raise typer.Exit


@app.callback()
def program(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and stop.")
    ] = False,
) -> None:
    """Impact evaluation of rural programmes: matching, valid standard errors, poverty, the report."""


@app.command("demo")
@_quietly_interrupted
def demo_command(
    seed: Annotated[int, typer.Option(help="One seed, one synthetic survey.", min=0)] = 1,
    out: Annotated[Path, typer.Option(help="Folder for the report.")] = Path("impact-demo"),
    language: LanguageOption = "en",
    design: Annotated[
        str, typer.Option(help="par1: one survey after the programme; par2: three waves and entry by turns.")
    ] = "par1",
) -> None:
    """Evaluate a synthetic survey whose true effects are known, and write the report."""
    from impact.evaluation.demonstration.demo import demo

    demo(seed=seed, out=out, language=language, design=design)


@app.command("evaluate")
@_quietly_interrupted
def evaluate_command(
    file: Annotated[
        Path, typer.Argument(help="The configuration, evaluation.toml.", metavar="EVALUATION.TOML")
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder for everything, or a file ending in .html, .docx or .xlsx. By default <name>-report beside the configuration."
        ),
    ] = None,
    accept: Annotated[
        list[str] | None,
        typer.Option(
            help="A rule of the data whose breaches you live with, by its name in the list; repeat it for several.",
            metavar="RULE",
        ),
    ] = None,
    locked: Annotated[
        Path | None,
        typer.Option(
            help="A design.lock of `impact design`: another design is refused, naming what differs."
        ),
    ] = None,
) -> None:
    """Evaluate a data file as a configuration says, and write the report."""
    from impact.evaluation.run import evaluate
    from impact.report.publish import goes_to_file
    from impact.survey.intake.refusal import SurveyRefusedError

    target = file.with_name(f"{file.stem}-report") if out is None else out
    goes_to_file(target)  # a path that cannot be written is refused before an hour's work, not after it
    try:
        evaluation = evaluate(file, accept or (), locked)
    except SurveyRefusedError as refused:
        problems = file.with_name(f"{file.stem}-problems.xlsx")
        refused.to_excel(problems)
        typer.echo(f"impact: {refused}\n{problems}", err=True)
        raise SystemExit(DATA) from None
    page = evaluation.report(target)
    typer.echo(f"{evaluation!r}\n{page}")


@app.command("design")
@_quietly_interrupted
def design_command(
    file: Annotated[
        Path, typer.Argument(help="The configuration, evaluation.toml.", metavar="EVALUATION.TOML")
    ],
    out: Annotated[
        Path | None, typer.Option(help="The lock. By default design.lock beside the configuration.")
    ] = None,
    accept: Annotated[
        list[str] | None,
        typer.Option(help="A rule of the data whose breaches you live with.", metavar="RULE"),
    ] = None,
) -> None:
    """Match and check balance without any outcome column, and lock the design."""
    from impact.evaluation.locked_design import lock_design

    target = file.with_name("design.lock") if out is None else out
    typer.echo(f"{lock_design(file, target, accept or ())!r}\n{target}")


@app.command("universe")
@_quietly_interrupted
def universe_command(
    file: Annotated[
        Path, typer.Argument(help="The configuration, evaluation.toml.", metavar="EVALUATION.TOML")
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder for tables, curves and finished matches: a run that was killed goes on from it."
        ),
    ] = None,
    jobs: Annotated[int, typer.Option(help="Processes; -1 for all processors.")] = -1,
) -> None:
    """Estimate every outcome under every combination of the choices in [universe]; without that table, of usual ones."""
    from impact.evaluation.by_itself.holds import universe_of

    target = file.with_name(f"{file.stem}-universe") if out is None else out
    for line in universe_of(file, target, jobs):
        typer.echo(line)


@app.command("sensitivity")
@_quietly_interrupted
def sensitivity_command(
    file: Annotated[
        Path, typer.Argument(help="The configuration, evaluation.toml.", metavar="EVALUATION.TOML")
    ],
    out: Annotated[Path | None, typer.Option(help="Folder for the tables and contours.")] = None,
) -> None:
    """Say how strong an unmeasured confounder would have to be, as [sensitivity] asks; without that table, by every covariate."""
    from impact.evaluation.by_itself.holds import sensitivity_of

    target = file.with_name(f"{file.stem}-sensitivity") if out is None else out
    for line in sensitivity_of(file, target):
        typer.echo(line)


@app.command("init")
@_quietly_interrupted
def init_command(
    data: Annotated[
        Path, typer.Argument(help="The data file: .dta, .sav, .csv, .xlsx or .parquet.", metavar="DATA")
    ],
    out: Annotated[
        Path | None,
        typer.Option(help="The configuration to write; evaluation.toml beside the data by default."),
    ] = None,
    language: LanguageOption = "es",
) -> None:
    """Write a commented evaluation.toml for a data file, with the roles of its columns guessed."""
    from impact.evaluation.starting.init import init_evaluation

    written = init_evaluation(data, out, language)
    typer.echo(written.read_text(encoding="utf-8"))
    typer.echo(str(written))


@app.command("check")
@_quietly_interrupted
def check_command(
    data: Annotated[
        list[str],
        typer.Argument(
            help="Survey files named like their tables (household.csv, group.dta), household=file.csv, or an evaluation.toml.",
            metavar="DATA…",
        ),
    ],
    out: Annotated[
        Path | None, typer.Option(help="Write every violation, row by row, to this .xlsx file.")
    ] = None,
    language: LanguageOption = "es",
    schema: Annotated[
        Path | None, typer.Option(help="A datapackage.yaml; the package's own by default.")
    ] = None,
) -> None:
    """Check survey files against the data schema; exit 1 where a rule is broken."""
    from impact.survey.package.schema import load_schema
    from impact.survey.package.tables import read_tables
    from impact.survey.validation.validate import validate

    _require_suffix(out, ".xlsx")
    if len(data) == 1 and data[0].lower().endswith(".toml"):
        _check_configuration(Path(data[0]), out)
        return
    package = load_schema(schema)
    named = dict(entry.split("=", 1) for entry in data if "=" in entry)
    tables = read_tables([entry for entry in data if "=" not in entry], package, language=language)
    tables |= read_tables(named, package, language=language)
    report = validate(tables, package, language=language)
    typer.echo(repr(report))
    for table, label, column, number in report.counts[["table", "label", "column", "violations"]].itertuples(
        index=False, name=None
    ):
        typer.echo(f"  {number:>8,}  {table}.{column}: {label}")
    if out is not None:
        report.to_excel(out)
        typer.echo(str(out))
    if not report.valid:
        raise SystemExit(DATA)


def _check_configuration(file: Path, out: Path | None) -> None:
    """Read the survey of a configuration and show what was understood; exit 1 with the list where it is refused."""
    from impact.evaluation.configuration import read_configuration
    from impact.evaluation.intake import configured_sample
    from impact.survey.intake.refusal import SurveyRefusedError

    configuration = read_configuration(file)
    try:
        sample = configured_sample(configuration)
    except SurveyRefusedError as refused:
        problems = out or file.with_name(f"{file.stem}-problems.xlsx")
        refused.to_excel(problems)
        typer.echo(f"impact: {refused}\n{problems}", err=True)
        raise SystemExit(DATA) from None
    for step, units in sample.steps:
        typer.echo(f"  {units:>8,}  {step.to(configuration.language)}")


@app.command("template")
@_quietly_interrupted
def template_command(
    out: Annotated[Path, typer.Argument(help="An .xlsx file, or a folder for CSV forms.")] = Path(
        "impact-template.xlsx"
    ),
    language: LanguageOption = "es",
) -> None:
    """Write empty, labelled forms of the survey tables."""
    from impact.survey.package.template import write_template

    for file in write_template(_absent(out), language=language):
        typer.echo(str(file))


@app.command("codebook")
@_quietly_interrupted
def codebook_command(
    out: Annotated[Path, typer.Argument(help="An .html or .xlsx file.")] = Path("impact-codebook.html"),
) -> None:
    """Write the codebook of the survey tables, Spanish and English side by side."""
    from impact.report.codebook import write_codebook

    typer.echo(str(write_codebook(_absent(out))))


@app.command("audit")
@_quietly_interrupted
def audit_command(
    table: Annotated[
        Path, typer.Argument(help="A published table or a list of claims, .csv or .xlsx.", metavar="TABLE")
    ],
    rules: Annotated[
        Path | None,
        typer.Option(help="A .toml file of [[rules]]. By default the sums that the labels announce."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write what was found to this .csv or .xlsx file.")] = None,
) -> None:
    """Hold the figures of a published table, or the claims of a text, against each other; exit 1 where one does not hold."""
    from impact.monitoring.audit.files import audit_file, write_audit

    found = audit_file(table, rules)
    typer.echo(repr(found))
    if out is not None:
        typer.echo(str(write_audit(found, out)))
    if not found.clean:
        raise SystemExit(DATA)


@app.command("certify")
@_quietly_interrupted
def certify_command(
    file: Annotated[
        Path | None,
        typer.Argument(
            help="An evaluation.toml whose own sample is imitated; by default the synthetic alliances.",
            metavar="EVALUATION.TOML",
        ),
    ] = None,
    draws: Annotated[
        int, typer.Option(help="Surveys to draw; 1,000 tell coverage to 1.4 points.", min=2)
    ] = 200,
    seed: Annotated[
        int, typer.Option(help="One seed, one answer, whatever the number of processes.", min=0)
    ] = 0,
    jobs: Annotated[int, typer.Option(help="Processes; -1 for all processors.")] = -1,
    groups: Annotated[
        int | None,
        typer.Option(help="Producer groups drawn: as many as your sample has; 330 synthetic.", min=20),
    ] = None,
    effect: Annotated[
        float | None,
        typer.Option(
            help="Own sample: effect planted as a share, by default 0.3. Synthetic: scale of the effects, 1."
        ),
    ] = None,
    unadjusted: Annotated[bool, typer.Option(help="Add each strategy without its adjustment.")] = False,
    variances: Annotated[
        bool, typer.Option(help="Add other standard errors: left-out residuals, CR3, wild bootstrap.")
    ] = False,
    out: Annotated[
        Path, typer.Option(help="CSV file of the draws; an interrupted run goes on from it.")
    ] = Path("impact-certify.csv"),
) -> None:
    """Draw surveys with a known truth and tell bias, coverage and power of each strategy."""
    from impact.robustness.four_strategies import OTHER_VARIANCES

    options: dict[str, Any] = {"draws": draws, "seed": seed, "n_jobs": jobs, "unadjusted": unadjusted}
    options["variances"] = OTHER_VARIANCES if variances else None
    if file is not None:
        from impact.evaluation.by_itself.certify import certify_evaluation

        planted = 0.3 if effect is None else effect
        result = certify_evaluation(file, effect=planted, groups=groups, out=out, **options)
    else:
        from impact.robustness.certify import certify
        from impact.robustness.twins import RuralAlliancesTwin

        twin = RuralAlliancesTwin(groups=groups or 330, effect=1.0 if effect is None else effect)
        result = certify(twin, path=out, **options)
    typer.echo(f"{result!r}\n{out}")


def _absent(path: Path) -> Path:
    """Return a path at which nothing would be overwritten."""
    from impact.errors import OptionError

    if path.is_file() or (path.is_dir() and any(path.iterdir())):
        raise OptionError(f"{str(path)!r} exists already and is left alone. Pass another path.")
    return path


def _require_suffix(path: Path | None, suffix: str) -> None:
    from impact.errors import OptionError

    if path is not None and path.suffix.lower() != suffix:
        raise OptionError(f"out must end in {suffix}; got {path.name!r}.")


def _show_warnings_plainly() -> None:
    """Show a warning of the toolkit as one line, without the path of the source that raised it."""
    import warnings

    from impact.errors import ImpactWarning

    shown_before = warnings.showwarning

    def plainly(message: Warning | str, category: type[Warning], *rest: Any, **more: Any) -> None:
        if issubclass(category, ImpactWarning):
            typer.echo(f"impact: warning: {message}", err=True)
        else:
            shown_before(message, category, *rest, **more)

    warnings.showwarning = plainly


if __name__ == "__main__":
    sys.exit(main())
