"""Many independent fits: draws, specifications and resamples, run here, on the processors of this machine, or on a cluster."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import BrokenExecutor, CancelledError
from contextlib import closing, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from threading import Lock
from typing import Any, Generic, TypeVar

from impact import checks
from impact.dask_cluster import no_cluster, threads_of
from impact.errors import OF_A_FILE, SPOKEN, LostDrawWarning, WorkerLostError
from impact.language import Text, speaking
from impact.threads import on_one_thread
from impact.warn import ABOUT, tell_once, warn, warnings_carried

Item = TypeVar("Item")
Result = TypeVar("Result")

_AHEAD = 3  # tasks a thread of a cluster has before it: enough to keep it busy, few to lose
_PATIENCE = 30.0  # seconds without a result, twice over, after which a cluster must have a worker
_IN_TURN = Lock()  # warnings are caught by process: threads of one process take turns, or they would mix them
_IN_A_TASK: ContextVar[bool] = ContextVar("in_a_task", default=False)
_DIED = Text("its worker died each time it was tried", "su proceso murió cada vez que se intentó")


@dataclass(frozen=True, slots=True)
class Lost:
    """What is had of a task whose worker died whenever it was tried.

    Attributes
    ----------
    reason : Text
    """

    reason: Text = _DIED


def fits(
    function: Callable[[Item], Result], items: Sequence[Item], n_jobs: int | None = None
) -> Generator[tuple[int, Result | Lost]]:
    """Yield each item's place and what the function makes of it, as they are done.

    Whoever may leave off before the last, as where a result cannot be kept, closes it (``contextlib.closing``): workers go on otherwise.

    Parameters
    ----------
    function : callable
        A pure function of its item, whose random numbers come from a seed that the item names: who works it out cannot matter.
    items : sequence
    n_jobs : int, optional
        Processes, -1 for all processors, 1 for this process and in order. By default what joblib's active backend says: one, or
        ``with joblib.parallel_config(backend="dask"):`` the workers of a ``dask.distributed.Client``.

    Yields
    ------
    (int, object)
        ``Lost`` in the place of the result where the worker died whenever the item was tried.

    Raises
    ------
    WorkerLostError
        No item could be worked out, or the cluster is gone.

    Notes
    -----
    Dask tries the task of a dead worker on another (``distributed.scheduler.allowed-failures`` times); of processes of this machine, which
    go down together, the tasks that were under way are tried once more, each by itself. Every task runs on one thread of BLAS, whose sums
    depend on the number of threads. What tasks warn of is told when all are done, the same thing once, in the order of the items and in
    the language of whoever asks.

    Examples
    --------
    >>> sorted(fits(abs, [-3, 2]))
    [(0, 3), (1, 2)]
    """
    from threadpoolctl import threadpool_limits

    carried = _Carried(function, SPOKEN.get(), OF_A_FILE.get(), ABOUT.get())
    lost, warned = 0, dict[int, list[Warning]]()
    with threadpool_limits(1):
        for place, made in _done(carried, items, n_jobs):
            if isinstance(made, Lost):
                lost += 1
                yield place, made
            else:
                result, warned[place] = made
                yield place, result
    tell_once(warning for place in sorted(warned) for warning in warned[place])
    if lost == len(items) > 0:
        raise WorkerLostError(
            Text(
                "No task could be finished: {number:,} of {number:,} workers died. Give each more memory, or try one with n_jobs=1.",
                "No se pudo terminar ninguna tarea: murieron {number:,} de {number:,} procesos. Dé más memoria a cada uno, o use uno.",
                number=lost,
            )
        )
    if lost:
        warn(
            Text(
                "{lost:,} of {number:,} tasks were lost, because {reason}; they are missing from what is told. Give workers more memory.",
                "Se perdieron {lost:,} de {number:,} tareas, porque {reason}; faltan en lo que se informa. Dé más memoria a los procesos.",
                lost=lost,
                number=len(items),
                reason=_DIED,
            ),
            LostDrawWarning,
        )


def each(
    function: Callable[..., Result],
    tasks: Sequence[tuple[Any, ...]],
    n_jobs: int | None,
    doing: Text,
    unfinished: Callable[[], Sequence[str]] | None = None,
) -> list[Result]:
    """Return what the function makes of each task, in the order of the tasks: all of them, or an error.

    Parameters
    ----------
    function : callable
    tasks : sequence of tuple
        Its arguments.
    n_jobs : int or None
        As ``fits`` has it.
    doing : Text
        What is done, for the error.
    unfinished : callable, optional
        Returns the names of the files or cells that are not done.

    Raises
    ------
    WorkerLostError
        A worker died whenever one of the tasks was tried; the files or cells that are not done are named.
    """
    return list(in_turn(function, tasks, n_jobs, doing, unfinished))


def in_turn(
    function: Callable[..., Result],
    tasks: Sequence[tuple[Any, ...]],
    n_jobs: int | None,
    doing: Text,
    unfinished: Callable[[], Sequence[str]] | None = None,
) -> Iterator[Result]:
    """Yield what the function makes of each task, in their order, as soon as all before it are done; arguments as for ``each``."""
    waiting: dict[int, Result] = {}
    first = 0
    with closing(fits(_Spread(function), tasks, n_jobs)) as found:
        for place, result in found:
            if isinstance(result, Lost):
                raise _worker_lost(doing, [] if unfinished is None else unfinished())
            waiting[place] = result
            while first in waiting:
                yield waiting.pop(first)
                first += 1


@dataclass(frozen=True, slots=True)
class _Spread(Generic[Result]):
    """A function whose arguments come as one task."""

    function: Callable[..., Result]

    def __call__(self, task: tuple[Any, ...]) -> Result:
        return self.function(*task)


def _worker_lost(doing: Text, left: Sequence[str]) -> WorkerLostError:
    undone = Text(" Not done: {left}.", " Sin hacer: {left}.", left=checks.listed(list(left)))
    return WorkerLostError(
        Text(
            (
                "A worker was lost while {doing}: it was killed, or the machine ran out of memory.{which} Nothing "
                "half written is left. Run it again with fewer workers (n_jobs=, --jobs), or with more memory for each."
            ),
            (
                "Se perdió un proceso mientras {doing}: lo terminaron, o la máquina se quedó sin memoria.{which} No "
                "queda nada a medio escribir. Córralo de nuevo con menos procesos (n_jobs, --jobs), o con más memoria para "
                "cada uno."
            ),
            doing=doing,
            which=undone if left else "",
        )
    )


def _done(
    function: Callable[[Item], Result], items: Sequence[Item], n_jobs: int | None
) -> Iterator[tuple[int, Result | Lost]]:
    if n_jobs == 1 or (
        n_jobs is None and "joblib" not in sys.modules
    ):  # where none was imported, none is active
        return ((place, function(item)) for place, item in enumerate(items))
    from joblib import effective_n_jobs
    from joblib.parallel import get_active_backend

    backend = get_active_backend()[0]
    client = getattr(backend, "client", None)  # that of Dask alone has one
    if client is not None:
        return _on_cluster(client, function, items)
    processes = effective_n_jobs(n_jobs)
    if processes == 1 or (
        _IN_A_TASK.get() and backend.supports_sharedmem
    ):  # threads would wait for ever for this task's turn to end
        return _done(function, items, 1)
    return _on_this_machine(function, items, processes)


@dataclass(frozen=True, slots=True)
class _Carried(Generic[Item, Result]):
    """A function that gives its result and its warnings, said in the language of whoever asks, in whatever process or thread it runs."""

    function: Callable[[Item], Result]
    language: str
    of_a_file: bool
    about: tuple[str, ...]

    def __call__(self, item: Item) -> tuple[Result, list[Warning]]:
        with speaking(self.language, self.of_a_file), warnings_carried(self.about) as warned:
            return self.function(item), warned


def _alone(function: Callable[[Item], Result], item: Item) -> Result:
    """Work one item out on one thread, while no other thread of this process works one out."""
    with _IN_TURN:
        _IN_A_TASK.set(True)
        try:
            return on_one_thread(function)(item)
        finally:
            _IN_A_TASK.set(False)


def _placed(function: Callable[[Item], Result], place: int, item: Item) -> tuple[int, Result]:
    return place, _alone(function, item)


def _on_this_machine(
    function: Callable[[Item], Result], items: Sequence[Item], processes: int
) -> Iterator[tuple[int, Result | Lost]]:
    """Yield from joblib; where a process dies, and all with it, try what was under way by itself and go on."""
    from joblib import Parallel, delayed

    left = dict(enumerate(items))
    while left:
        tasks = [delayed(_placed)(function, place, item) for place, item in left.items()]
        try:
            with _ended(Parallel(processes, return_as="generator_unordered", batch_size=1)(tasks)) as done:
                for place, result in done:
                    del left[place]
                    yield place, result
        except BrokenExecutor:
            for place in list(left)[: 2 * processes]:  # as many as joblib sends out before one comes back
                yield place, _once_more(function, left.pop(place))


@contextmanager
def _ended(done: Any) -> Iterator[Any]:
    """End joblib's work where it is no longer asked for, without its word about results that nobody takes."""
    try:
        yield done
    finally:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            done.close()


def _once_more(function: Callable[[Item], Result], item: Item) -> Result | Lost:
    """Return the result of a process of its own, never of this one."""
    from joblib import Parallel, delayed

    try:
        found: list[Result] = Parallel(2)([delayed(_alone)(function, item)])
    except BrokenExecutor:
        return Lost()
    return found[0]


def _on_cluster(
    client: Any, function: Callable[[Item], Result], items: Sequence[Item]
) -> Iterator[tuple[int, Result | Lost]]:
    """Yield from a Dask cluster: a few tasks ahead of each thread, the next as one comes back; Dask tries again.

    Notes
    -----
    joblib's own road to Dask waits for ever for the tasks of a worker that was killed.
    """
    import dask
    from distributed import KilledWorker

    trusted: set[str] = set()
    threads_of(client, trusted)
    with dask.config.set({"distributed.admin.large-graph-warning-threshold": "10GB"}):
        # a task, and not data scattered, so that it is made anew where its worker dies
        held = client.submit(_same, [function], pure=False)
    waiting = iter(enumerate(items))
    under_way: dict[Any, int] = {}
    try:
        while True:
            for place, item in waiting:
                under_way[client.submit(_held, held, item, pure=False)] = place
                if len(under_way) >= _AHEAD * threads_of(client, trusted):
                    break
            if not under_way:
                return
            for future in _finished(client, list(under_way)):
                place = under_way.pop(future)
                try:
                    result: Result | Lost = future.result()
                except KilledWorker:
                    result = Lost()
                yield place, result
    except CancelledError as failure:
        raise no_cluster(client) from failure
    finally:
        client.cancel([*under_way, held])


def _finished(client: Any, futures: list[Any]) -> list[Any]:
    """Return the tasks that are done, at least one; raise where the cluster has no worker left."""
    import distributed

    wait: Any = distributed.wait
    empty = 0
    while True:
        try:
            return list(wait(futures, timeout=_PATIENCE, return_when="FIRST_COMPLETED").done)
        except TimeoutError as nothing:
            empty = 0 if client.nthreads() else empty + 1
            if empty == 2:
                raise no_cluster(client) from nothing


def _same(value: list[Any]) -> list[Any]:
    return value


def _held(held: list[Callable[[Item], Result]], item: Item) -> Result:
    return _alone(held[0], item)
