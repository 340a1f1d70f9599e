"""The file of finished draws: what an interruption, a damaged disk or another program left in it."""

import errno

import pytest

import impact as im
from impact.language import speaking
from impact.robustness.ledger import Ledger


def rows_of(number, problem=""):
    return [
        {
            "design": "d", "draw": number, "rows": 2, "seed": 7 * number, "strategy": "A", "outcome": outcome, "estimate": 0.1 * number,
            "variance": "", "warnings": "", "problem": problem,
        }
        for outcome in ("x", "y")
    ]  # fmt: skip


def estimates_of(finished):
    return {number: [row["estimate"] for row in rows] for number, rows in finished.items()}


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "draws.csv"
    ledger = Ledger("d", file)
    ledger.append(rows_of(0))
    ledger.append(rows_of(1, problem="DataError: la región está vacía"))
    return file


def test_wherever_a_write_was_cut_off_whole_draws_stay_and_the_run_goes_on(path):
    whole = path.read_bytes()
    first = len(whole) - len(whole.split(b"\n", 3)[3])
    for end in range(len(whole) + 1):
        path.write_bytes(whole[:end])
        kept = Ledger("d", path).finished(3)
        assert sorted(kept) == [number for number, size in ((0, first), (1, len(whole))) if end >= size]
        for number in {0, 1} - set(kept):
            Ledger("d", path).append(
                rows_of(number, problem="" if number == 0 else "DataError: la región está vacía")
            )
        assert path.read_bytes() == whole


def test_lines_that_a_damaged_disk_left_unreadable_cost_their_draw(path):
    Ledger("d", path).append(rows_of(2))
    lines = path.read_bytes().split(b"\n")
    lines[3] = bytes(len(lines[3]))  # of draw 1
    path.write_bytes(b"\n".join(lines))
    assert estimates_of(Ledger("d", path).finished(9)) == {0: [0.0, 0.0], 2: [0.2, 0.2]}
    assert estimates_of(Ledger("d", path).finished(9)) == {0: [0.0, 0.0], 2: [0.2, 0.2]}


@pytest.mark.parametrize("content", [b"a,b\n1,2\n", b"notes without a line's end", b"\xff\xfe\x00\n1"])
def test_a_file_of_something_else_is_refused_and_left_as_it_is(tmp_path, content):
    path = tmp_path / "other.csv"
    path.write_bytes(content)
    with pytest.raises(im.DataError, match=r"other\.csv holds draws of another design"):
        Ledger("d", path).finished(2)
    assert path.read_bytes() == content


def test_where_nothing_can_be_kept_that_is_said_before_a_draw(tmp_path):
    with pytest.raises(im.StorageError, match="there is no such folder"):
        Ledger("d", tmp_path / "absent" / "draws.csv").finished(2)
    with speaking("es"), pytest.raises(im.StorageError, match="es una carpeta"):
        Ledger("d", tmp_path).finished(2)


def test_a_full_disk_leaves_what_was_there(path, monkeypatch):
    before = path.read_bytes()
    path.write_bytes(before + b"d,2,2")

    def full(*given, **named):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_text", full)
    with pytest.raises(im.StorageError, match="the disk is full"):
        Ledger("d", path).finished(9)
    assert path.read_bytes() == before + b"d,2,2"
    assert list(path.parent.iterdir()) == [path]


def test_a_file_with_every_draw_is_only_read(path, monkeypatch):
    content = path.read_bytes()
    monkeypatch.setattr("pathlib.Path.read_bytes", lambda self: content)

    def refused(*given, **named):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr("pathlib.Path.open", refused)
    assert estimates_of(Ledger("d", path).finished(2)) == {0: [0.0, 0.0], 1: [0.1, 0.1]}
    with pytest.raises(im.StorageError, match="its disk can only be read"):
        Ledger("d", path).finished(3)
