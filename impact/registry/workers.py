"""Parts of a task handed to joblib's active backend: threads, processes, or a Dask cluster; nothing of ours schedules or retries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from impact import checks
from impact.errors import WorkerLostError
from impact.language import Text


def each(
    function: Callable[..., Any],
    tasks: Sequence[tuple[Any, ...]],
    n_jobs: int | None,
    doing: Text,
    unfinished: Callable[[], Sequence[str]] | None = None,
) -> list[Any]:
    """Return what the function makes of each task, in the order of the tasks.

    Parameters
    ----------
    function : callable
    tasks : sequence of tuple
        Its arguments.
    n_jobs : int or None
        Workers; what joblib's active backend says by default.
    doing : Text
        What is done, for the error.
    unfinished : callable, optional
        Returns the names of the files or cells that are not done.

    Raises
    ------
    WorkerLostError
        A worker process died; the files or cells that were not done are named.
    """
    from joblib import Parallel, delayed

    try:
        return list(Parallel(n_jobs=n_jobs)(delayed(function)(*task) for task in tasks))
    except Exception as failure:
        if type(failure).__name__ not in ("TerminatedWorkerError", "BrokenProcessPool", "KilledWorker"):
            raise
        left = list(unfinished()) if unfinished is not None else []
        undone = Text(" Not done: {left}.", " Sin hacer: {left}.", left=checks.listed(left))
        raise WorkerLostError(
            Text(
                (
                    "A worker was lost while {doing}: it was killed, or the machine ran out of memory.{which} Nothing "
                    "half written is left. Run it again with fewer workers (n_jobs=), or with more memory for each."
                ),
                (
                    "Se perdió un proceso mientras {doing}: lo terminaron, o la máquina se quedó sin memoria.{which} No "
                    "queda nada a medio escribir. Córralo de nuevo con menos procesos (n_jobs), o con más memoria para "
                    "cada uno."
                ),
                doing=doing,
                which=undone if left else "",
            )
        ) from failure
