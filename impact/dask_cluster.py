"""A Dask cluster: how it is reached, that its workers have this package, and what is said where it is gone."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pkgutil import resolve_name
from typing import Any

from impact import checks
from impact.errors import OptionError, WorkerLostError
from impact.language import Text

_PATIENCE = 10.0  # seconds in which a scheduler must answer
_VERSION = "impact:__version__"
"""The package's version, by a name that can be sent where the package is absent, or a folder of its name stands on the path."""

_ABSENT = (ImportError, AttributeError)
"""What is raised where there is no package; other errors are of workers that are just gone."""


@contextmanager
def cluster_at(address: str | None) -> Iterator[None]:
    """Send many fits to the Dask cluster at an address, or nowhere without one.

    Parameters
    ----------
    address : str, optional
        Of the scheduler: ``tcp://host:8786``.

    Raises
    ------
    OptionError
        Dask is not installed, or no scheduler answers there.
    """
    if address is None:
        yield
        return
    try:
        import distributed
    except ImportError as absent:
        raise OptionError(
            Text(
                'A cluster needs Dask. Run: pip install "impact-evaluation[scale]"',
                'Un clúster necesita Dask. Ejecute: pip install "impact-evaluation[scale]"',
            )
        ) from absent
    from joblib import parallel_config

    connected: Any = distributed.Client
    try:
        asyncio.run(_greet(address))
        client = connected(address, timeout=_PATIENCE)
    except (OSError, ValueError, TimeoutError) as silent:
        raise OptionError(
            Text(
                (
                    "No Dask scheduler answers at {address!r}. Give the address that `dask scheduler` prints, as tcp://host:8786; "
                    "that of its dashboard (8787) is another."
                ),
                (
                    "Ningún planificador de Dask responde en {address!r}. Dé la dirección que escribe `dask scheduler`, como "
                    "tcp://host:8786; la de su tablero (8787) es otra."
                ),
                address=address,
            )
        ) from silent
    with client, parallel_config(backend="dask"):
        yield


async def _greet(address: str) -> None:
    """Shake hands with a scheduler: a client waits for ever where something else listens, such as the scheduler's own dashboard."""
    import distributed
    import distributed.comm

    security: Any = distributed.Security
    comm: Any = distributed.comm
    options = security().get_connection_args("client")
    greeted = await asyncio.wait_for(comm.connect(address, timeout=_PATIENCE, **options), _PATIENCE)
    greeted.abort()


def threads_of(client: Any, trusted: set[str]) -> int:
    """Return how many threads a cluster has, of whose scheduler and workers those that are not yet trusted must have this package.

    Parameters
    ----------
    client : distributed.Client
    trusted : set of str
        Addresses of those that have it; those found to have it join them.

    Raises
    ------
    OptionError
        Some lack it, or have another version: their numbers need not be those of this one.
    """
    threads: dict[str, int] = client.nthreads()
    scheduler: str = client.scheduler.address
    new = sorted(set(threads) - trusted)
    if scheduler not in trusted or new:
        found = client.run(resolve_name, _VERSION, workers=new, on_error="return") if new else {}
        if scheduler not in trusted:
            found[scheduler] = _version_of_scheduler(client)
        _require_this_version(found)
        trusted.update(found)
    return max(1, sum(threads.values()))


def _version_of_scheduler(client: Any) -> str | Exception:
    """Return the package's version there, or why there is none: a scheduler reads what is sent to workers."""
    try:
        version: str = client.run_on_scheduler(resolve_name, _VERSION)
    except _ABSENT as absent:
        return absent
    return version


def _require_this_version(found: dict[str, object]) -> None:
    """Refuse a cluster whose scheduler or workers have no package, or another."""
    here: str = sys.modules["impact"].__version__
    absent = [address for address, version in found.items() if isinstance(version, _ABSENT)]
    others = [
        f"{address} ({version})"
        for address, version in found.items()
        if isinstance(version, str) and version != here
    ]
    if absent or others:
        raise _another_package(absent, others, here)


def _another_package(absent: list[str], others: list[str], version: str) -> OptionError:
    lacking = Text("without it: {places}", "sin él: {places}", places=checks.listed(absent))
    differing = Text(
        "with another version: {places}", "con otra versión: {places}", places=checks.listed(others)
    )
    both = Text("{one}; {other}", "{one}; {other}", one=lacking, other=differing)
    return OptionError(
        Text(
            (
                "A cluster's scheduler and workers need impact {version}, as here; {wrong}. Install it there: pip install "
                "impact-evaluation=={version}"
            ),
            (
                "El planificador y los procesos de un clúster necesitan impact {version}, como aquí; {wrong}. Instálelo allí: pip "
                "install impact-evaluation=={version}"
            ),
            version=version,
            wrong=both if absent and others else lacking if absent else differing,
        )
    )


def no_cluster(client: Any) -> WorkerLostError:
    """Return the error of a run whose cluster has no worker left, or is gone."""
    return WorkerLostError(
        Text(
            "The cluster at {address} has no worker left, or is gone. Start workers and run it again: what is in its file is not redone.",
            "El clúster en {address} ya no tiene procesos, o no está. Inícielos y vuelva a correr: lo que está en su archivo no se repite.",
            address=client.scheduler.address if client.scheduler else "?",
        )
    )
