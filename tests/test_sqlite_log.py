"""What only a log in a file can go wrong with, and be good for."""

import os
import signal
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from capcut_server import create_app
from draft_cache import DraftCache
from errors import DraftChangedError, StoreError
from operations import OPERATIONS, replay
from settings import Settings
from store.drafts import Row
from store.sqlite_log import SCHEMA_VERSION, SqliteLog

ROOT = Path(__file__).parent.parent


@pytest.fixture
def path(tmp_path):
    return tmp_path / "drafts.db"


def test_what_was_appended_is_there_when_the_file_is_opened_again(path):
    SqliteLog(path).append("d1", Row(1, "create_draft", b'{"a": 1}'))
    assert SqliteLog(path).rows("d1") == [Row(1, "create_draft", b'{"a": 1}')]


def test_two_logs_over_one_file_see_each_other(path):
    one, other = SqliteLog(path), SqliteLog(path)
    one.append("d1", Row(1, "a", b""))
    other.append("d1", Row(2, "b", b""))
    with pytest.raises(DraftChangedError):
        one.append("d1", Row(2, "c", b""))
    assert [row.name for row in one.rows("d1")] == ["a", "b"]


def test_a_file_of_a_newer_version_is_left_alone(path):
    SqliteLog(path)
    with sqlite3.connect(path) as file:
        file.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    with pytest.raises(StoreError, match="newer version"):
        SqliteLog(path)


def test_a_file_that_is_no_database_is_left_as_it_is(path):
    path.write_bytes(b"my shopping list, which is longer than a header of SQLite and is not one " * 20)
    before = path.read_bytes()
    with pytest.raises(StoreError, match="drafts.db"):
        SqliteLog(path)
    assert path.read_bytes() == before


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "data").write_text("a file, not a folder")
    with pytest.raises(StoreError, match="data"):
        SqliteLog(tmp_path / "data" / "drafts.db")


def test_many_threads_open_a_new_file_at_once(path):
    with ThreadPoolExecutor(16) as pool:
        logs = list(pool.map(lambda _: SqliteLog(path), range(16)))
    logs[0].append("d1", Row(1, "a", b""))
    assert all(log.version("d1") == 1 for log in logs)


def test_an_edit_that_finds_no_room_on_disk_is_refused_and_not_done(path):
    log = SqliteLog(path)
    log.append("d1", Row(1, "a", b""))
    log._connection().execute("PRAGMA max_page_count = 1")
    with pytest.raises(StoreError, match="was not done"):
        log.append("d1", Row(2, "b", b"x" * 100_000))
    assert log.version("d1") == 1


WRITER = """
import sys
from pathlib import Path
from store.drafts import Row
from store.sqlite_log import SqliteLog
log = SqliteLog(Path(sys.argv[1]))
for number in range(1, 100_000):
    log.append("d1", Row(number, "a", b"x" * 200))
    sys.stdout.write(f"{number}\\n")
    sys.stdout.flush()
"""


def test_a_killed_process_loses_no_acknowledged_row(path):
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, path],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    for _ in range(500):
        writer.stdout.readline()
    writer.send_signal(signal.SIGKILL)
    acknowledged = 500 + writer.stdout.read().count(b"\n")
    writer.wait()
    numbers = [row.number for row in SqliteLog(path).rows("d1")]
    assert numbers == list(range(1, len(numbers) + 1)) and len(numbers) >= acknowledged


def test_a_service_that_is_started_again_has_its_drafts(tmp_path):
    def ask(path, **fields):
        app = create_app(Settings(data_dir=tmp_path, durability="normal"))
        answer = app.test_client().post(path, json=fields).get_json()
        app.extensions["services"].close()
        return answer["output"]

    placed = ask("/add_text", draft_id="d1", text="a")
    before = ask("/query_script", draft_id="d1")
    ask("/add_text", draft_id="d1", text="b", start=5, end=6)
    assert placed["segment_id"] in before
    after = ask("/query_script", draft_id="d1", format="object")
    assert len(after["materials"]["texts"]) == 2 and before != after


def test_two_processes_edit_one_draft_and_lose_nothing(tmp_path):
    """Two caches over two logs over one file are what two workers have."""
    caches = [DraftCache(SqliteLog(tmp_path / "drafts.db"), replay) for _ in range(2)]
    caches[0].create("d1", Row(1, "create_draft", b'{"target": "capcut"}'))
    op = OPERATIONS["add_text"]

    def add(start):
        request = op.request(text="a", start=start, end=start + 1)
        logged = request.model_dump_json(exclude_unset=True).encode()
        return caches[start % 2].edit("d1", "add_text", logged, lambda script: op.run(request, script)).segment_id

    with ThreadPoolExecutor(8) as pool:
        placed = sorted(pool.map(add, range(100)))
    for cache in caches:
        assert sorted(segment.id for _, segment in cache.snapshot("d1").segments()) == placed
