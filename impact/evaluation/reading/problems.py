"""The problems of a file, collected so that one run tells all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn, TypeVar

from impact.errors import ImpactError, OptionError
from impact.language import Text, joined

T = TypeVar("T")


class SeveralProblemsError(OptionError):
    """A file has several problems: all of them, each with its place.

    Attributes
    ----------
    parts : tuple of ImpactError
    """

    def __init__(self, text: Text, parts: tuple[ImpactError, ...] = ()) -> None:
        super().__init__(text)
        self.parts = parts


class Problems:
    """The errors of a file so far.

    Parameters
    ----------
    file : str
        Its name.
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self.found: list[ImpactError] = []

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Keep an error for the end, and go on after it."""
        try:
            yield
        except SeveralProblemsError as several:
            self.found.extend(several.parts)
        except ImpactError as problem:
            self.found.append(problem)

    def of(self, step: Callable[..., T], *arguments: Any, **options: Any) -> T | None:
        """Return what a step gives, or None where it found a problem."""
        with self.kept():
            return step(*arguments, **options)
        return None

    def each(self, step: Callable[..., T], entries: Iterable[Any], *arguments: Any) -> tuple[T, ...]:
        """Return what a step gives for each of several entries; raise the problems of all of them."""
        made = [self.of(step, entry, *arguments) for entry in entries]
        self.tell()
        return tuple(one for one in made if one is not None)

    def tell(self) -> None:
        """Raise what was found, if anything was: one error as it is, several as one list."""
        if self.found:
            self._raise()

    def _raise(self) -> NoReturn:
        if len(self.found) == 1:
            raise self.found[0]
        told = tuple(dict.fromkeys(_line(problem) for problem in self.found))
        raise SeveralProblemsError(
            Text(
                "{file} has {number} problems:{told}",
                "{file} tiene {number} problemas:{told}",
                file=self.file,
                number=len(told),
                told=joined(told, ""),
            ),
            tuple(self.found),
        )


def _line(problem: ImpactError) -> Text:
    return Text("\n  {text}", "\n  {text}", text=problem.text)
