"""Temporary folders that a killed process has left are cleared away by the next; those of the living stay."""

import signal
import subprocess
import sys

import pytest

from impact import owned_folder
from impact.owned_folder import owned_folder as make
from impact.owned_folder import temporary_folder

HOLDS = "import sys, pathlib, time; from impact.owned_folder import owned_folder as make; "
HOLDS += "kept = make('work-', pathlib.Path(sys.argv[1])); print(kept[0], flush=True); time.sleep(600)"


@pytest.fixture
def elsewhere(tmp_path):
    """A process that holds a folder."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as one:
        place = one.stdout.readline().strip()
        yield one, tmp_path / place.rpartition("/")[2]
        one.kill()


def test_a_folder_is_cleared_once_its_process_was_killed_and_not_before(tmp_path, elsewhere):
    process, theirs = elsewhere
    (tmp_path / "work-of-somebody").mkdir()
    first, _ = make("work-", tmp_path)
    assert theirs.is_dir() and first.is_dir()
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert theirs.is_dir()
    second, remove = make("work-", tmp_path)
    assert not theirs.exists() and first.is_dir()
    assert (tmp_path / "work-of-somebody").is_dir()
    remove()
    assert not second.exists()


def test_a_folder_of_another_machine_is_left_alone(tmp_path, elsewhere, monkeypatch):
    process, theirs = elsewhere
    process.send_signal(signal.SIGKILL)
    process.wait()
    monkeypatch.setattr(owned_folder.platform, "node", lambda: "another")
    make("work-", tmp_path)
    assert theirs.is_dir()


def test_where_the_disk_knows_no_locks_nothing_is_cleared(tmp_path, monkeypatch):
    def refused(_):
        raise OSError

    monkeypatch.setattr(owned_folder, "_lock", refused)
    first, second = make("work-", tmp_path)[0], make("work-", tmp_path)[0]
    assert first.is_dir() and second.is_dir()


def test_a_folder_for_a_while_is_gone_after_an_error_too(tmp_path):
    with pytest.raises(ValueError), temporary_folder("work-", tmp_path) as folder:
        (folder / "one").write_text("1")
        raise ValueError
    assert not list(tmp_path.iterdir())
