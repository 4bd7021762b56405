"""The contract of every log; to have another implementation tested, add it to the fixture."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from errors import DraftChangedError
from store.drafts import MemoryLog, Row
from store.sqlite_log import SqliteLog

LOGS = {"memory": lambda folder: MemoryLog(), "sqlite": lambda folder: SqliteLog(folder / "drafts.db")}


@pytest.fixture(params=LOGS.values(), ids=LOGS)
def log(request, tmp_path):
    return request.param(tmp_path)


def rows(*numbers):
    return [Row(number, "add_text", b"{}") for number in numbers]


def test_rows_come_back_in_order(log):
    for row in rows(1, 2, 3):
        log.append("d1", row)
    assert log.rows("d1") == rows(1, 2, 3)
    assert log.rows("d1", after=2) == rows(3)
    assert log.rows("d1", after=3) == []


def test_an_unknown_draft_has_no_rows(log):
    assert log.rows("nobody") == []


def test_drafts_are_apart(log):
    log.append("d1", Row(1, "a", b""))
    log.append("d2", Row(1, "b", b""))
    assert [row.name for row in log.rows("d2")] == ["b"]


@pytest.mark.parametrize("number", [1, 3])
def test_a_number_that_is_not_the_next_is_refused_and_changes_nothing(log, number):
    log.append("d1", Row(1, "a", b""))
    with pytest.raises(DraftChangedError):
        log.append("d1", Row(number, "b", b""))
    assert len(log.rows("d1")) == 1


def test_of_many_writers_of_the_same_number_one_wins(log):
    def write(writer):
        try:
            log.append("d1", Row(1, f"{writer}", b""))
        except DraftChangedError:
            return 0
        return 1

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(write, range(64))) == 1


def test_what_was_read_does_not_change_when_more_is_written(log):
    log.append("d1", Row(1, "a", b""))
    read = log.rows("d1")
    log.append("d1", Row(2, "b", b""))
    assert len(read) == 1
