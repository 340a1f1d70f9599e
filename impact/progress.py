"""One progress bar, silent when nobody watches a terminal."""

import sys
from collections.abc import Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")


def track(steps: Iterable[T], label: str, total: int | None = None) -> Iterator[T]:
    """Yield the steps of a long task while a progress bar counts them.

    Parameters
    ----------
    steps : iterable
        The work, one item a step.
    label : str
        What is being done, shown before the bar.
    total : int, optional
        Number of steps, where ``steps`` has no length.

    Yields
    ------
    object
        The items of ``steps``, unchanged and in order.
    """
    from tqdm import tqdm

    yield from tqdm(
        steps,
        desc=label,
        total=total,
        file=sys.stderr,
        disable=not sys.stderr.isatty(),
        leave=False,
        dynamic_ncols=True,
    )
