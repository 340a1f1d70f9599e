"""What blocks gave, kept in a folder: a run that was stopped goes on from there."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from impact.robustness.finished import kept_at
from impact.robustness.universe.block import Estimated


@dataclass(frozen=True, slots=True)
class Kept:
    """A folder of finished blocks, written by whoever asked for them: workers elsewhere need not see it.

    Attributes
    ----------
    folder : Path or None
        Nothing is kept without one.
    """

    folder: Path | None

    @classmethod
    def at(cls, folder: str | Path | None) -> Kept:
        """Return what a folder keeps, made where it is absent."""
        if folder is None:
            return cls(None)
        path = Path(folder)
        with kept_at(path):
            path.mkdir(parents=True, exist_ok=True)
        return cls(path)

    def read(self, key: str) -> Estimated | None:
        """Return what a block gave, None where it is not there or the file is damaged."""
        if self.folder is None:
            return None
        file = self.folder / f"{key}.npz"
        if not file.exists():
            return None
        with kept_at(self.folder):
            try:
                with file.open("rb") as source, np.load(source, allow_pickle=False) as kept:
                    words = json.loads(str(kept["words"]))
                    rows = [(int(number), str(name)) for number, name in words["rows"]]
                    infeasible = [(int(n), str(o), str(reason)) for n, o, reason in words["infeasible"]]
                    return Estimated(rows, kept["numbers"], kept["contributions"], infeasible)
            except (
                BadZipFile,
                EOFError,
                KeyError,
                ValueError,
            ):  # the machine stopped before it was on the disk
                return None

    def write(self, key: str, found: Estimated) -> None:
        """Keep what a block gave, whole or not at all."""
        if self.folder is None:
            return
        words = json.dumps({"rows": found.rows, "infeasible": found.infeasible})
        unfinished = self.folder / f"{key}.{os.getpid()}.part"
        with kept_at(self.folder):
            try:
                with unfinished.open("wb") as target:
                    np.savez(
                        target,
                        words=np.array(words),
                        numbers=found.numbers,
                        contributions=found.contributions,
                    )
                    target.flush()
                    os.fsync(target.fileno())
                unfinished.replace(self.folder / f"{key}.npz")
            except BaseException:
                unfinished.unlink(missing_ok=True)
                raise
