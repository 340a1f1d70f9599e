"""evaluation.toml: what is read, and errors that name file, line, table and key."""

import inspect

import pytest

import impact as im
from impact.described import described
from impact.errors import OptionError
from impact.evaluation.configuration import read_configuration
from impact.evaluation.reading.build import _annotations, _can_stand_in_a_file
from impact.evaluation.reading.kinds import KINDS
from impact.survey.derive.ready import Winsorized
from impact.survey.income.parts import NetIncome
from impact.survey.outcome import Column
from impact.survey.poverty.outcomes import Headcount, PovertyGap

MINIMAL = """
[data]
file = "survey.csv"

[roles]
treatment = "treated"
covariates = ["age", "region"]

[[outcomes]]
column = "income"
"""


def read(tmp_path, text):
    file = tmp_path / "evaluation.toml"
    file.write_text(text, encoding="utf-8")
    return read_configuration(file)


def test_the_least_that_a_file_must_say(tmp_path):
    configuration = read(tmp_path, MINIMAL)
    assert configuration.data.file == tmp_path / "survey.csv"
    assert configuration.roles["covariates"] == ["age", "region"]
    assert configuration.roles["missing"] == "raise"
    assert configuration.outcomes == (Column("income"),)
    assert configuration.specifications == im.FOUR_STRATEGIES
    assert configuration.main_strategy == "Propensity kernel"
    assert (configuration.estimand, configuration.support, configuration.analysis("quintiles")) == (
        "ATT",
        None,
        None,
    )
    assert (
        configuration.language,
        configuration.level,
        configuration.minimum_cell,
        configuration.synthetic,
    ) == ("en", 0.95, 5, False)
    assert len(configuration.source_hash) == 64


def test_outcomes_of_every_kind(tmp_path):
    text = (
        MINIMAL
        + """
[[outcomes]]
type = "winsorised"
column = "sales"
upper = 0.99
by = "region"
unit = "Bs/year"

[[outcomes]]
type = "headcount"
income = "income_pc"
line = "moderate"
persons = "size_before"

[[outcomes]]
type = "poverty gap"
name = "severity"
label = "Severity of poverty"
income = "income_pc"
line = 300
alpha = 2

[[poverty_lines]]
name = "moderate"
area = "rural"
year = 2019
"""
    )
    configuration = read(tmp_path, text)
    _, winsorized, headcount, severity = configuration.outcomes
    assert winsorized == Winsorized("sales", upper=0.99, by="region", unit="Bs/year")
    assert isinstance(headcount, Headcount)
    assert (headcount.line.value, headcount.line.vintage, headcount.persons) == (
        668.10,
        "EPF 2015-16",
        "size_before",
    )
    assert isinstance(severity, PovertyGap)
    assert (severity.name, severity.alpha, severity.line) == ("severity", 2.0, 300)
    assert configuration.labels == {"severity": "Severity of poverty"}


def test_strategies_by_name_with_their_options(tmp_path):
    text = (
        MINIMAL
        + """
[[strategies]]
name = "A"
type = "nearest neighbour"
distance = {type = "propensity score", scale = "linear", link = "probit"}
caliper = 0.1
exact = ["region"]

[[strategies]]
name = "B"
type = "Kernel"
distance = "propensity score"
bandwidth = 0.04
bias_adjustment = "none"

[support]
rule = "min max"
drop = "treated"

[quintiles]
baseline = "income_before"
strategy = "B"
"""
    )
    configuration = read(tmp_path, text)
    first, second = configuration.specifications
    assert first.strategy == im.NearestNeighbor(
        im.PropensityScore(link="probit", scale="linear"), caliper=0.1, exact=("region",)
    )
    assert (first.bias_adjustment, second.bias_adjustment) == ("suited", None)
    assert second.strategy == im.Kernel(im.PropensityScore(), bandwidth=0.04)
    assert configuration.support == im.MinMax(drop="treated")
    assert (configuration.analysis("quintiles").by, configuration.analysis("quintiles").strategy) == (
        im.Baseline("income_before"),
        "B",
    )


@pytest.mark.parametrize(
    ("variance", "made"),
    [
        ('"cluster robust"', im.ClusterRobust()),
        ('{type = "abadie imbens", neighbors = 3}', im.AbadieImbens(neighbors=3)),
        ('{type = "wild bootstrap", replications = 199}', im.WildBootstrap(replications=199, seed=7)),
        (
            '{type = "wild bootstrap", replications = 199, seed = 3}',
            im.WildBootstrap(replications=199, seed=3),
        ),
        (
            '{type = "cluster robust", residuals = "bias reduced", estimated_slopes = true}',
            im.ClusterRobust(im.BiasReduced(), estimated_slopes=True),
        ),
        (
            '{type = "wild bootstrap", multipliers = "webb", linearised = {type = "cluster robust", estimated_score = true}}',
            im.WildBootstrap(
                seed=7, multipliers=im.Webb(), linearised=im.ClusterRobust(estimated_score=True)
            ),
        ),
        ('"CR2"', im.CR2()),
    ],
)
def test_a_variance_with_its_options_draws_from_the_seed_of_the_file(tmp_path, variance, made):
    strategy = '[[strategies]]\nname = "A"\ntype = "kernel"\ndistance = "propensity score"\n'
    text = f"seed = 7\n{MINIMAL}{strategy}variance = {variance}\n"
    assert read(tmp_path, text).specifications[0].variance == made


@pytest.mark.parametrize(
    ("adjustment", "made"),
    [
        ('"linear"', "linear"),
        ('"none"', None),
        ('"log link adjustment"', im.LogLinkAdjustment()),
        (
            '{type = "linear adjustment", covariates = ["age"], squares = true}',
            im.LinearAdjustment(("age",), True),
        ),
    ],
)
def test_a_bias_adjustment_with_its_options(tmp_path, adjustment, made):
    strategy = '[[strategies]]\nname = "A"\ntype = "kernel"\ndistance = "propensity score"\n'
    text = f"{MINIMAL}{strategy}bias_adjustment = {adjustment}\n"
    assert read(tmp_path, text).specifications[0].bias_adjustment == made
    with pytest.raises(
        OptionError, match=r"key 'bias_adjustment' must name a bias adjustment: .*'linear adjustment', "
    ):
        read(tmp_path, text.replace(adjustment, '"quadratic"'))


def test_a_ranking_with_its_options(tmp_path):
    text = (
        MINIMAL
        + '[quintiles]\nranking = {type = "predicted outcome", method = "split", splits = 20, seed = 4}\n'
    )
    assert read(tmp_path, text).analysis("quintiles").by == im.PredictedOutcome("split", splits=20, seed=4)
    with pytest.raises(OptionError, match=r"table \[quintiles\]: give 'baseline' or 'ranking', not both"):
        read(tmp_path, text + 'baseline = "b"\n')


STRATEGY = '[[strategies]]\nname = "A"\n'
NEAREST = STRATEGY + 'type = "nearest neighbor"\n'
HEADCOUNT = '[[outcomes]]\ntype = "headcount"\nincome = "i"\n'
MISTAKES = [
    (
        'langage = "es"\n' + MINIMAL,
        r"evaluation\.toml, line 1, top of the file: unknown key 'langage'\. Did you mean 'language'\?",
    ),
    (
        MINIMAL.replace("covariates", "covariate"),
        r"line 7, table \[roles\]: unknown key 'covariate', and 'covariates' is missing\. Did you mean 'covariates'\?",
    ),
    (
        MINIMAL.replace('["age", "region"]', '"age"'),
        r"line 7, table \[roles\]: key 'covariates' must be a list.*got 'age'",
    ),
    (
        MINIMAL.replace('["age", "region"]', "[]"),
        r"table \[roles\]: key 'covariates' must name at least one column",
    ),
    (
        MINIMAL.replace("treatment =", "tratamiento ="),
        r"line 6, table \[roles\]: unknown key 'tratamiento', and 'treatment' is missing\. Did you mean 'treatment'\?",
    ),
    (
        MINIMAL.replace("[[outcomes]]", "[[resultados]]"),
        r"line 9, top of the file: unknown key 'resultados', and 'outcomes' is missing\. Did you mean 'outcomes'\?",
    ),
    (
        MINIMAL.replace("[[outcomes]]", "[[outcomes]]\nlínea = 3").replace("línea", '"línea"')
        + 'type = "headcount"\nincome = "i"\n',
        r"line 10, .*: unknown key 'línea', and 'line' is missing\. Did you mean 'line'\?",
    ),
    (MINIMAL.replace('treatment = "treated"', ""), r"table \[roles\]: key 'treatment' is missing"),
    (MINIMAL.replace("[data]", "[dta]"), r"unknown key 'dta', and 'data' is missing\. Did you mean 'data'"),
    ("level = 95\n" + MINIMAL, r"line 1, top of the file: key 'level' must be a number in \(0, 1\); got 95"),
    ('level = "high"\n' + MINIMAL, r"line 1.*key 'level' must be a number; got 'high'"),
    ("seed = true\n" + MINIMAL, r"line 1.*key 'seed' must be a whole number; got True"),
    ('language = "fr"\n' + MINIMAL, r"key 'language' must be one of 'es', 'en', 'pt'; got 'fr'"),
    (MINIMAL + 'typ = "headcount"\n', r"line 11, table \[\[outcomes\]\] 1: unknown key 'typ'"),
    (
        MINIMAL + '[[outcomes]]\ntype = "headcout"\n',
        r"line 12, table \[\[outcomes\]\] 2: key 'type' must name a kind of outcome.*Did you mean 'headcount'\?",
    ),
    (MINIMAL + HEADCOUNT, r"\[\[outcomes\]\] 2: key 'line' is missing; Headcount needs it"),
    (
        MINIMAL + HEADCOUNT + 'line = "poor"\n',
        r"line 14, table \[\[outcomes\]\] 2: key 'line' must be a number or the name",
    ),
    (MINIMAL + HEADCOUNT + "line = -5.0\n", r"line 14.*key 'line' must be a positive"),
    (
        MINIMAL + '[[outcomes]]\ncolumn = "income"\n',
        r"key 'outcomes' must have different names; 'income' appears twice",
    ),
    (
        MINIMAL + STRATEGY + 'type = "kernal"\n',
        r"line 13, table \[\[strategies\]\] 1: key 'type' must name a strategy.*Did you mean 'kernel'",
    ),
    (
        MINIMAL + STRATEGY + 'type = "kernel"\n',
        r"\[\[strategies\]\] 1: key 'distance' is missing; Kernel needs it",
    ),
    (
        MINIMAL + STRATEGY + 'type = "kernel"\ndistance = "mahalanobis"\nratio = 2\n',
        r"line 15, table \[\[strategies\]\] 1: unknown key 'ratio'",
    ),
    (
        MINIMAL + NEAREST + 'distance = "mahalanobis"\nratio = "two"\n',
        r"line 15.*key 'ratio' must be a whole number; got 'two'",
    ),
    (
        MINIMAL + NEAREST + 'distance = "mahalanobis"\nratio = 0\n',
        r"line 15.*key 'ratio' must be a whole number of at least 1; got 0",
    ),
    (
        MINIMAL + NEAREST + 'distance = "mahalanobs"\n',
        r"line 14.*key 'distance' must name a distance.*Did you mean 'mahalanobis'",
    ),
    (
        MINIMAL + '[[poverty_lines]]\nname = "moderate"\narea = "rural"\nyear = 1990\n',
        r"line 11, table \[\[poverty_lines\]\] 1: No poverty line 'moderate'",
    ),
    (
        MINIMAL + '[quintiles]\noutcome = "incme"\n',
        r"line 12, table \[quintiles\]: key 'outcome' must be one of 'income'; got 'incme'.*'income'",
    ),
    ('main_strategy = "X"\n' + MINIMAL, r"line 1.*key 'main_strategy' must be one of 'Propensity 1-NN'"),
    ('figures = ["x"]\n' + MINIMAL, r"line 1.*key 'figures' must name outcomes"),
    (MINIMAL + "a = \n", r"evaluation\.toml must be TOML: .*line 11"),
]


@pytest.mark.parametrize(("text", "message"), MISTAKES)
def test_a_mistake_is_named_with_its_place(tmp_path, text, message):
    with pytest.raises(OptionError, match=message):
        read(tmp_path, text)


def test_files_that_are_no_configuration(tmp_path):
    with pytest.raises(OptionError, match=r"no configuration file 'nothing\.toml'"):
        read_configuration(tmp_path / "nothing.toml")
    with pytest.raises(OptionError, match="is a folder"):
        read_configuration(tmp_path)
    (tmp_path / "latin.toml").write_bytes("title = 'Evaluación'".encode("latin-1"))
    with pytest.raises(OptionError, match="UTF-8"):
        read_configuration(tmp_path / "latin.toml")


def test_a_key_inside_a_text_of_several_lines_is_no_key(tmp_path):
    text = 'title = """\n[data]\nseed = "no"\n"""\n' + MINIMAL + "wrong = 1\n"
    with pytest.raises(OptionError, match=r"line 15, table \[\[outcomes\]\] 1: unknown key 'wrong'"):
        read(tmp_path, text)


def test_every_exported_strategy_can_be_named(tmp_path):
    from impact.evaluation.reading.kinds import STRATEGY

    named = {word: STRATEGY.find(word) for word in STRATEGY.known()}
    assert {"nearest neighbor", "kernel", "radius"} <= set(named)
    assert all(hasattr(kind, "assign") for kind in named.values())


def test_a_component_is_described_by_what_was_chosen():
    assert (
        described(im.Kernel(im.PropensityScore(), bandwidth=0.1))
        == "Kernel(distance=PropensityScore(), bandwidth=0.1)"
    )


def test_a_component_within_a_table_of_its_own_keeps_its_line(tmp_path):
    text = (
        MINIMAL + STRATEGY + 'type = "kernel"\n[strategies.distance]\ntype = "propensity score"\nlink = 3\n'
    )
    with pytest.raises(
        OptionError,
        match=r"line 16, table \[\[strategies\]\] 1 distance: key 'link' must be a text in quotes; got 3",
    ):
        read(tmp_path, text)
    inline = MINIMAL + STRATEGY + 'type = "kernel"\ndistance = {type = "euclidean", link = "probit"}\n'
    with pytest.raises(OptionError, match=r"line 14, table .* 1 distance: unknown key 'link'"):
        read(tmp_path, inline)


def test_strategies_within_a_strategy_and_steps_of_an_outcome(tmp_path):
    text = (
        MINIMAL
        + """
[[outcomes]]
type = "derived"
name = "income_pc"
column = "income"
steps = [{type = "per period", periods = 12}, {type = "per person", members = "size"}]

[[strategies]]
name = "Groups first"
type = "group first"
groups = {type = "nearest neighbor", distance = "mahalanobis", ratio = 2}
within = {type = "nearest neighbor", distance = "mahalanobis"}
"""
    )
    configuration = read(tmp_path, text)
    assert configuration.outcomes[1] == im.Derived(
        "income_pc", "income", (im.PerPeriod(12), im.PerPerson("size"))
    )
    assert configuration.specifications[0].strategy == im.GroupFirst(
        im.NearestNeighbor(im.Mahalanobis(), ratio=2), im.NearestNeighbor(im.Mahalanobis())
    )
    with pytest.raises(
        OptionError, match=r"must name a strategy: 'full', 'nearest neighbor', .*; got 'kernel'"
    ):
        read(tmp_path, text.replace('within = {type = "nearest neighbor"', 'within = {type = "kernel"'))


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ('["a", 2]', r"key 'exact' must be a list of texts in quotes; got 2 in it"),
        ('"a"', r"key 'exact' must be a list in \[ \]; got 'a'"),
    ],
)
def test_a_value_of_the_wrong_type_inside_a_list_is_shown(tmp_path, value, message):
    with pytest.raises(OptionError, match=message):
        read(tmp_path, MINIMAL + NEAREST + f'distance = "mahalanobis"\nexact = {value}\n')


def test_a_learner_of_no_known_name_is_answered_with_the_names(tmp_path):
    text = MINIMAL + NEAREST + 'distance = {type = "propensity score", model = "forest"}\n'
    with pytest.raises(
        OptionError,
        match=r"line 14, .* key 'model' must name a scikit-learn classifier: 'AdaBoost.*; got 'forest'",
    ):
        read(tmp_path, text)


DERIVED = '[[outcomes]]\ntype = "derived"\nname = "y"\ncolumn = "income"\nsteps = [{step}]\n'


@pytest.mark.parametrize(
    ("part", "who", "name"),
    [
        (DERIVED.format(step='{type = "deflated", prices = "ipc.csv", base = "2014"}'), "Deflated", "prices"),
        (DERIVED.format(step='{type = "deflated", prices = {table = 3}}'), "Deflated", "prices"),
        (DERIVED.format(step='{type = "in standard units", conversions = "units.csv"}'), "InStandardUnits", "conversions"),
        (DERIVED.format(step='"in standard units"'), "InStandardUnits", "conversions"),
        (NEAREST + 'distance = {type = "distance matrix", table = "km.csv"}\n', "DistanceMatrix", "table"),
        (NEAREST + 'distance = "distance matrix"\n', "DistanceMatrix", "table"),
        (NEAREST + 'distance = {type = "custom distance", function = "f"}\n', "CustomDistance", "function"),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "{who} cannot be chosen in a file: its '{name}' is a table of data or a function"),
        ("es", "{who} no se puede elegir en un archivo: su '{name}' es una tabla de datos o una función"),
    ],
)
def test_a_component_that_takes_a_table_of_data_cannot_be_chosen_in_a_file(
    tmp_path, part, who, name, language, said
):
    with pytest.raises(OptionError) as problem:
        read(tmp_path, f'language = "{language}"\n' + MINIMAL + part)
    assert said.format(who=who, name=name) in str(problem.value)
    assert "[[outcomes]] 2" in str(problem.value) or "[[strategies]] 1" in str(problem.value)


@pytest.mark.parametrize("part", [part for kind in KINDS for part in kind.known().values()])
def test_every_component_says_what_its_parameters_take(part):
    hints = _annotations(part)
    assert set(inspect.signature(part).parameters) <= set(hints)
    assert {_can_stand_in_a_file(hint) for name, hint in hints.items() if name != "return"} <= {True, False}


def test_the_columns_of_an_income_are_a_table_of_the_file(tmp_path):
    parts = '{quantity = "kg", price = ["first", "second"], grade = "best", costs = "spent"}'
    text = MINIMAL + f'[[outcomes]]\ntype = "net income"\nparts = {parts}\n'
    asked = im.IncomeParts("kg", ["first", "second"], "best", "spent")
    assert described(read(tmp_path, text).outcomes[1]) == described(NetIncome(asked))
    with pytest.raises(OptionError, match=r"\[\[outcomes\]\] 2 parts: unknown key 'prices'.*'price'"):
        read(tmp_path, text.replace("price =", "prices ="))
    with pytest.raises(OptionError, match="key 'parts' must be a table; got 'kg'"):
        read(tmp_path, text.replace(parts, '"kg"'))


def test_a_file_without_data_says_what_it_must_hold(tmp_path):
    with pytest.raises(OptionError, match=r"table \[data\] is missing; it names the data file"):
        read(tmp_path, MINIMAL.replace('[data]\nfile = "survey.csv"\n', ""))


def test_the_period_of_the_file_is_that_of_every_outcome_without_its_own(tmp_path):
    text = """
[data]
file = "survey.csv"
period = "2014"
[roles]
treatment = "treated"
covariates = ["age"]
[[outcomes]]
column = "income"
[[outcomes]]
column = "sales"
period = "2013"
[[outcomes]]
type = "winsorised"
column = "debt"
upper = 0.99
[[outcomes]]
type = "headcount"
income = "income_pc"
line = "moderate"
[[poverty_lines]]
name = "moderate"
area = "rural"
year = 2014
"""
    assert [one.period for one in read(tmp_path, text).outcomes] == ["2014", "2013", "2014", "2014"]
    none = read(tmp_path, text.replace('period = "2014"', ""))
    assert [one.period for one in none.outcomes] == ["", "2013", "", "2014"]
    with pytest.raises(OptionError, match=r"table \[data\]: key 'period' must be a text in quotes; got 2014"):
        read(tmp_path, text.replace('period = "2014"', "period = 2014"))
