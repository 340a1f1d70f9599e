"""Many fits: the same bits whoever works them out, and a worker that dies costs its draw, not the run."""

import errno
import os
import signal
import socket
import time
import warnings
from concurrent.futures import BrokenExecutor
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

import impact as im
from impact.cli import main
from impact.dask_cluster import cluster_at, threads_of
from impact.language import Text, speaking
from impact.parallel import Lost, fits
from impact.warn import warn, warning_about

# the workers of slow tests import this file: they run from the checkout, with the checkout on the path

KERNEL = im.FOUR_STRATEGIES[2:3]


def squared(number):
    return number * number


def squared_unless(number):
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def killed_once(task):
    """Kill the worker the first time that the task is tried, which a file remembers."""
    number, folder = task
    mark = Path(folder) / "tried"
    if number == 3 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def process_of(number):
    time.sleep(0.01)
    return os.getpid()


def refused(number):
    raise im.DataError(f"number {number}")


@dataclass(frozen=True)
class DeadlyTwin:
    """Surveys, one of which kills the process that draws it while the file is there."""

    deadly: int
    file: str

    def draw(self, seed):
        if seed == self.deadly and Path(self.file).exists():
            os.kill(os.getpid(), signal.SIGKILL)
        return im.RuralAlliancesTwin(groups=60).draw(seed)


def survey_seed(seed, number):
    return int(np.random.SeedSequence([seed, number]).generate_state(1)[0])


def sample_of(groups=60):
    survey = im.synthetic.rural_alliances(seed=1, groups=groups)
    return im.Sample(survey.household, **survey.roles())


@pytest.fixture(scope="module")
def cluster():
    distributed = pytest.importorskip("distributed")
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as two:
        yield two


def test_one_process_works_in_order():
    assert list(fits(squared, [3, 1, 2])) == [(0, 9), (1, 1), (2, 4)]
    assert list(fits(squared, [])) == []


def broken(task):
    """Break the pool as a dead process does: always for 2, for 3 the first time."""
    number, tried = task
    tried.append(number)
    if number == 2 or (number == 3 and tried.count(3) == 1):
        raise BrokenExecutor
    return number * number


def test_workers_give_the_same_and_one_that_dies_costs_its_task():
    tried = []
    with joblib.parallel_config(backend="threading", n_jobs=2):
        assert sorted(fits(squared, [3, 1, 2])) == [(0, 9), (1, 1), (2, 4)]
        with pytest.warns(im.LostDrawWarning, match="1 of 8 tasks were lost"):
            done = dict(fits(broken, [(number, tried) for number in range(8)]))
    assert isinstance(done.pop(2), Lost)
    assert done == {number: number**2 for number in range(8) if number != 2}
    assert tried.count(3) == 2


@pytest.mark.slow
def test_one_process_and_two_give_the_same():
    assert list(fits(squared, [3, 1, 2])) == [(0, 9), (1, 1), (2, 4)]
    assert sorted(fits(squared, [3, 1, 2], n_jobs=2)) == [(0, 9), (1, 1), (2, 4)]
    assert list(fits(squared, [])) == list(fits(squared, [], n_jobs=2)) == []


@pytest.mark.parametrize("n_jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_an_error_of_a_task_is_the_error_of_the_run(n_jobs):
    with pytest.raises(im.DataError, match="number 5"):
        list(fits(refused, [5], n_jobs))


@pytest.mark.slow
def test_a_process_that_dies_costs_its_task_alone():
    with pytest.warns(im.LostDrawWarning, match="1 of 12 tasks were lost") as caught:
        done = dict(fits(squared_unless, range(12), n_jobs=2))
    assert caught[0].filename == __file__
    assert isinstance(done.pop(3), Lost)
    assert done == {number: number**2 for number in range(12) if number != 3}


@pytest.mark.slow
def test_a_task_whose_process_died_once_is_tried_again(tmp_path):
    tasks = [(number, str(tmp_path)) for number in range(8)]
    assert dict(fits(killed_once, tasks, n_jobs=2)) == {number: number**2 for number in range(8)}
    assert (tmp_path / "tried").exists()


@pytest.mark.slow
def test_where_every_task_dies_the_run_ends():
    with pytest.raises(im.WorkerLostError, match="No task could be finished"):
        list(fits(squared_unless, [3], n_jobs=2))


@pytest.mark.slow
def test_a_lost_draw_has_its_rows_and_the_next_run_tries_it_again(tmp_path):
    file, path = tmp_path / "deadly", tmp_path / "draws.csv"
    file.touch()
    twin = DeadlyTwin(survey_seed(3, 1), str(file))
    with pytest.warns(im.LostDrawWarning, match="1 of 3"):
        found = im.certify(twin, KERNEL, draws=3, seed=3, n_jobs=2, path=path)
    lost = found.draws[found.draws["draw"] == 1]
    assert lost["problem"].str.startswith("WorkerLostError: its worker died").all()
    assert lost["estimate"].isna().all()
    assert lost["outcome"].tolist() == found.draws.loc[found.draws["draw"] == 0, "outcome"].tolist()
    assert (found.frame["failed"] == 1).all()
    assert sorted(set(pd.read_csv(path)["draw"])) == [0, 2]
    file.unlink()
    again = im.certify(twin, KERNEL, draws=3, seed=3, path=path)
    alone = im.certify(twin, KERNEL, draws=3, seed=3)
    pd.testing.assert_frame_equal(again.draws, alone.draws, check_exact=True)


def numbers_of(sample, n_jobs):
    """Everything that loops over draws, as tables."""
    by_income = im.PredictedOutcome("split", splits=3, seed=2)
    kernel = im.Kernel(im.PropensityScore())
    options = {"seed": 4, "n_jobs": n_jobs}
    matched = im.match(sample, kernel)
    outcome = "income_agr_pc_month"
    return [
        im.placebo_treatment(sample, KERNEL[0], [outcome], replications=4, **options).draws,
        im.simulated_confounder(
            sample, kernel, outcome, like="education_index", replications=4, **options
        ).frame,
        im.bootstrap_quantile_effects(matched, outcome, [0.5], replications=99, **options).frame,
        im.quintile_effects(sample, kernel, outcome, by_income, quantiles=2, n_jobs=n_jobs).frame,
    ]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::impact.errors.ImpactWarning")
def test_every_loop_gives_the_same_bits_on_two_processes_and_on_joblibs_backend():
    sample = sample_of(200)
    alone, two = numbers_of(sample, 1), numbers_of(sample, 2)
    with joblib.parallel_config(n_jobs=2):
        active = numbers_of(sample, None)
    for one, other, third in zip(alone, two, active, strict=True):
        pd.testing.assert_frame_equal(one, other, check_exact=True)
        pd.testing.assert_frame_equal(one, third, check_exact=True)


@dataclass(frozen=True)
class DeadlyKernel:
    """A kernel that kills its worker while the file is there, once in a worker."""

    file: str

    def assign(self, units):
        if os.getpid() != int(Path(self.file).read_text()):
            os.kill(os.getpid(), signal.SIGKILL)
        return im.Kernel(im.PropensityScore()).assign(units)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::impact.errors.ImpactWarning")
def test_where_every_draw_kills_its_worker_the_run_ends(tmp_path):
    file = tmp_path / "here"
    file.write_text(str(os.getpid()))
    with pytest.raises(im.WorkerLostError, match="No task could be finished"):
        im.simulated_confounder(
            sample_of(),
            DeadlyKernel(str(file)),
            "income_agr_pc_month",
            like="education_index",
            replications=2,
            n_jobs=2,
        )


@pytest.mark.slow
def test_reassignments_are_the_same_on_two_processes():
    matched = im.match(sample_of(), im.Kernel(im.PropensityScore()))
    one = im.randomization_test(matched, replications=49, seed=2)
    two = im.randomization_test(matched, replications=49, seed=2, n_jobs=2)
    pd.testing.assert_frame_equal(one, two, check_exact=True)


@pytest.mark.slow
def test_no_scheduler_at_the_address_is_said():
    pytest.importorskip("distributed")
    with pytest.raises(im.OptionError, match="Give the address"), cluster_at("nowhere"):
        pass


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::impact.errors.ImpactWarning")
def test_a_cluster_gives_the_bits_of_one_process(cluster):
    from distributed import Client

    sample = sample_of(160)
    matched = im.match(sample, im.Kernel(im.PropensityScore()))
    choices = im.Choices(ratio={"1": 1, "4": 4})

    def all_of_them():
        return [
            *numbers_of(sample, None),
            im.certify(im.RuralAlliancesTwin(groups=60), KERNEL, draws=6, seed=3).draws,
            im.simulated_power(
                lambda effect: im.RuralAlliancesTwin(groups=60, effect=effect), [0, 2], KERNEL, draws=3
            ).frame,
            im.universe(sample, choices=choices, quality=im.QualityRule(10, 0), replications=99).frame,
            im.estimate(matched, variance=im.Bootstrap(99, seed=1)).frame,
            im.randomization_test(matched, replications=49, seed=2),
            im.sorted_effects(sample, "income_agr_pc_month", LinearRegression(), splits=4).groups,
        ]

    alone = all_of_them()
    with Client(cluster) as client, joblib.parallel_config(backend="dask"):
        where = {process for _, process in fits(process_of, range(40))}
        assert where == set(client.run(os.getpid).values())
        there = all_of_them()
    assert len(where) == 2
    for one, other in zip(alone, there, strict=True):
        pd.testing.assert_frame_equal(one, other, check_exact=True)


@pytest.mark.slow
def test_a_worker_of_a_cluster_that_is_killed_costs_nothing_or_its_draw(cluster, tmp_path):
    from distributed import Client

    alone = im.certify(im.RuralAlliancesTwin(groups=60), KERNEL, draws=20, seed=3).draws
    path = tmp_path / "draws.csv"
    with Client(cluster) as client, joblib.parallel_config(backend="dask"):
        one = next(iter(client.run(os.getpid).values()))
        design = im.RuralAlliancesTwin(groups=60)
        im.certify(design, KERNEL, draws=2, seed=3, path=path)
        os.kill(one, signal.SIGKILL)  # the next draws go to it before anybody knows
        there = im.certify(design, KERNEL, draws=20, seed=3, path=path).draws
        pd.testing.assert_frame_equal(alone, there, check_exact=True)
        with pytest.warns(im.LostDrawWarning, match="1 of 12 tasks were lost"):
            done = dict(fits(squared_unless, range(12)))
        assert isinstance(done.pop(3), Lost)
        assert done == {number: number**2 for number in range(12) if number != 3}
        with pytest.raises(im.DataError, match="number 5"):
            list(fits(refused, [5]))


@pytest.mark.slow
def test_the_command_line_sends_its_draws_to_a_cluster(cluster, tmp_path):
    there, here = tmp_path / "there.csv", tmp_path / "here.csv"
    asked = ["certify", "--draws", "2", "--groups", "60"]
    for options in (
        ["--out", str(there), "--cluster", cluster.scheduler_address],
        ["--out", str(here), "--jobs", "1"],
    ):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", im.ImpactWarning)
            assert main(asked + options) == 0
    rows = [pd.read_csv(path).sort_values("draw", kind="stable", ignore_index=True) for path in (there, here)]
    pd.testing.assert_frame_equal(*rows, check_exact=True)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::impact.errors.ImpactWarning")
def test_the_command_line_sends_its_specifications_to_a_cluster(cluster, tmp_path):
    im.synthetic.rural_alliances(1, groups=60).household.to_csv(tmp_path / "households.csv", index=False)
    file = tmp_path / "evaluation.toml"
    file.write_text(
        'synthetic = true\n[data]\nfile = "households.csv"\n[roles]\ntreatment = "treated"\n'
        'covariates = ["assets_pre", "travel_time_market"]\ncluster = "group_id"\n[[outcomes]]\ncolumn = "income_agr_net"\n',
        encoding="utf-8",
    )
    places = {"there": ["--cluster", cluster.scheduler_address], "here": ["--jobs", "1"]}
    for place, options in places.items():
        assert main(["universe", str(file), "--out", str(tmp_path / place), *options]) == 0
    for table in ("universe.csv", "summary.csv", "choices.csv"):
        assert (tmp_path / "there" / table).read_bytes() == (tmp_path / "here" / table).read_bytes()


@pytest.mark.slow
def test_a_cluster_without_workers_ends_the_run(monkeypatch):
    distributed = pytest.importorskip("distributed")
    monkeypatch.setattr("impact.parallel._PATIENCE", 0.5)
    started = time.monotonic()
    with distributed.LocalCluster(n_workers=0, dashboard_address=":0") as none, distributed.Client(none):  # noqa: SIM117
        with (
            joblib.parallel_config(backend="dask"),
            pytest.raises(im.WorkerLostError, match="no worker left"),
        ):
            list(fits(squared, [1, 2]))
    assert time.monotonic() - started < 30


def warned_of(number):
    warn(Text("{number} rows are odd", "{number} filas son raras", number=number), im.OverlapWarning)
    return number


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_what_tasks_warn_of_is_told_once_in_the_language_of_whoever_asks(n_jobs):
    with (
        joblib.parallel_config(backend="threading", n_jobs=n_jobs),
        speaking("es"),
        warning_about("Kernel"),
        warnings.catch_warnings(record=True) as caught,
    ):
        warnings.simplefilter("always")
        assert sorted(fits(warned_of, [5, 3, 4])) == [(0, 5), (1, 3), (2, 4)]
    (one,) = caught
    assert one.category is im.OverlapWarning
    assert str(one.message) == "Kernel: 5 filas son raras (la primera de 3 advertencias de este tipo)"
    assert one.filename == __file__


def test_a_caller_makes_an_error_of_what_tasks_warn_of():
    with warnings.catch_warnings():
        warnings.simplefilter("error", im.OverlapWarning)
        with pytest.raises(im.OverlapWarning, match="3 rows are odd"):
            list(fits(warned_of, [3]))


def kinds_warned_of(number):
    """Return the warnings that a task sees itself raise, while others raise theirs."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(3):
            warnings.warn(f"of {number}", stacklevel=1)
            time.sleep(0.005)
    return [str(warning.message) for warning in caught]


def test_threads_of_this_machine_do_not_mix_their_warnings():
    before = list(warnings.filters)
    with joblib.parallel_config(backend="threading", n_jobs=2):
        done = dict(fits(kinds_warned_of, range(8)))
    assert done == {number: [f"of {number}"] * 3 for number in range(8)}
    assert warnings.filters == before


def fits_within(number):
    return [result for _, result in fits(squared, [number, number + 1], n_jobs=2)]


def test_a_task_in_a_thread_may_have_fits_of_its_own():
    with joblib.parallel_config(backend="threading", n_jobs=2):
        assert dict(fits(fits_within, [1, 2, 3])) == {0: [1, 4], 1: [4, 9], 2: [9, 16]}


class ClusterOf:
    """What is asked of a cluster's client: its scheduler "s" and its workers say these versions."""

    def __init__(self, scheduler, workers):
        self.said, self.workers, self.scheduler = scheduler, workers, SimpleNamespace(address="s")

    def nthreads(self):
        return dict.fromkeys(self.workers, 2)

    def run(self, function, expression, workers, on_error):
        assert (function(expression), on_error) == (im.__version__, "return")
        return {worker: self.workers[worker] for worker in workers}

    def run_on_scheduler(self, function, expression):
        assert function(expression) == im.__version__
        if isinstance(self.said, ImportError):
            raise self.said
        return self.said


ABSENT = ModuleNotFoundError("No module named 'impact'")


@pytest.mark.parametrize(
    ("scheduler", "workers", "language", "said"),
    [
        (ABSENT, {"a": im.__version__}, "en", "without it: s."),
        (
            im.__version__,
            {"a": "0.0.9", "b": ABSENT, "c": OSError("gone"), "d": AttributeError("a folder of its name")},
            "en",
            "without it: b, d; with another version: a (0.0.9).",
        ),
        ("0.0.9", {"a": im.__version__}, "es", "con otra versión: s (0.0.9)."),
    ],
)
def test_a_cluster_without_this_version_of_the_package_is_refused(scheduler, workers, language, said):
    with speaking(language), pytest.raises(im.OptionError, match=im.__version__) as refused:
        threads_of(ClusterOf(scheduler, workers), set())
    assert said in str(refused.value)


def test_a_cluster_is_asked_for_its_version_once_and_each_worker_that_joins():
    cluster, trusted = ClusterOf(im.__version__, {"a": im.__version__}), set()
    assert threads_of(cluster, trusted) == 2
    assert trusted == {"s", "a"}
    cluster.said, cluster.workers = ABSENT, {"a": ABSENT, "b": im.__version__}
    assert threads_of(cluster, trusted) == 4
    cluster.workers["c"] = "0.0.9"
    with pytest.raises(im.OptionError, match=r"c \(0\.0\.9\)"):
        threads_of(cluster, trusted)


@pytest.mark.slow
def test_what_listens_and_is_no_scheduler_is_said(monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr("impact.dask_cluster._PATIENCE", 1.0)
    started = time.monotonic()
    with socket.create_server(("127.0.0.1", 0)) as mute:
        address = f"tcp://127.0.0.1:{mute.getsockname()[1]}"
        with pytest.raises(im.OptionError, match="its dashboard"), cluster_at(address):
            pass
    assert time.monotonic() - started < 20


@dataclass(frozen=True)
class MarkedTwin:
    """Surveys that leave a mark in a folder when they are drawn."""

    folder: str

    def draw(self, seed):
        (Path(self.folder) / str(seed)).touch()
        time.sleep(0.05)
        return im.RuralAlliancesTwin(groups=60).draw(seed)


@pytest.mark.slow
def test_where_a_draw_cannot_be_kept_processes_do_not_go_on_with_the_others(tmp_path, monkeypatch):
    def full(file):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    (tmp_path / "drawn").mkdir()
    with pytest.raises(
        im.StorageError
    ) as held:  # as a notebook holds the last error, and all that stands in its frames
        im.certify(
            MarkedTwin(str(tmp_path / "drawn")), KERNEL, draws=200, n_jobs=2, path=tmp_path / "draws.csv"
        )
    drawn = len(list((tmp_path / "drawn").iterdir()))
    time.sleep(2)
    assert len(list((tmp_path / "drawn").iterdir())) <= drawn + 2 < 200
    assert held.value
