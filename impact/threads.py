"""One thread for the small products of linear algebra, of which an evaluation makes many."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from typing import Any, ParamSpec, TypeVar

Given = ParamSpec("Given")
Result = TypeVar("Result")


def on_one_thread(function: Callable[Given, Result]) -> Callable[Given, Result]:
    """Hold BLAS to one thread while a function runs, and give it back what it had.

    Notes
    -----
    Products of a few columns gain nothing by a second thread, and where another program has the processor each of thousands waits for
    the thread to come.

    Examples
    --------
    >>> on_one_thread(abs)(-3)
    3
    """

    @wraps(function)
    def limited(*given: Given.args, **named: Given.kwargs) -> Result:
        blas = _blas()
        if all(
            library.num_threads == 1 for library in blas.lib_controllers
        ):  # a function that is held already called this one
            return function(*given, **named)
        with blas.limit(limits=1):
            return function(*given, **named)

    return limited


@cache
def _blas() -> Any:
    """Return the libraries of linear algebra of numpy and scipy, looked up once: that takes as long as a small match."""
    import scipy.linalg  # noqa: F401 - it brings a library of its own, which must be there to be found
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController().select(user_api="blas")
