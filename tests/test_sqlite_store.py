"""What only a store in a file can go wrong with, and be good for."""

import json
import multiprocessing
import os
import resource
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
from opening import check_places
from operations import OPERATIONS, replay
from settings import Settings, SettingsError
from store.drafts import Listing, Row
from store.sqlite_store import SCHEMA_VERSION, SqliteStore

ROOT = Path(__file__).parent.parent
FIRST = Row(1, "create_draft", b'{"target": "capcut"}')


@pytest.fixture
def path(tmp_path):
    return tmp_path / "drafts.db"


def filled(path, rows=1):
    store = SqliteStore(path)
    store.create("d1", "d1", [Row(number, "a", b"x" * 100) for number in range(1, rows + 1)], 1)
    return store


def test_what_was_written_is_there_when_the_file_is_opened_again(path):
    store = filled(path, 3)
    store.put("task", "t", b"state", 3_600)
    assert SqliteStore(path).read("d1") == store.read("d1")
    assert SqliteStore(path).get("task", "t") == b"state"


@pytest.mark.parametrize("durability, level", [("normal", 1), ("full", 2)])
def test_durability_is_what_sqlite_is_told(path, durability, level):
    with SqliteStore(path, durability)._reading() as connection:
        assert connection.execute("PRAGMA synchronous").fetchone() == (level,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_file_of_a_newer_version_is_left_alone(path):
    filled(path)
    with sqlite3.connect(path) as file:
        file.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    with pytest.raises(StoreError, match="newer version"):
        SqliteStore(path)


FIRST_FORM = """
CREATE TABLE operations (draft_id TEXT NOT NULL, number INTEGER NOT NULL, name TEXT NOT NULL, request BLOB NOT NULL,
    at INTEGER NOT NULL DEFAULT (strftime('%s', 'now')), PRIMARY KEY (draft_id, number)) WITHOUT ROWID;
INSERT INTO operations VALUES
    ('d1', 1, 'create_draft', CAST('{"name": "草稿", "target": "capcut"}' AS BLOB), 1700000000);
INSERT INTO operations VALUES ('d1', 2, 'add_text', CAST('{"text": "a"}' AS BLOB), 1700000005);
INSERT INTO operations VALUES ('d2', 1, 'create_draft', CAST('{"target": "capcut"}' AS BLOB), 1700000001);
INSERT INTO operations VALUES ('odd', 1, 'create_draft', CAST('no JSON' AS BLOB), 1700000002);
INSERT INTO operations VALUES ('torn', 2, 'add_text', CAST('{"text": "a"}' AS BLOB), 1700000003);
PRAGMA user_version = 1;
"""


def test_a_file_of_the_first_version_is_brought_up_to_date(path):
    with sqlite3.connect(path) as file:
        file.executescript(FIRST_FORM)
    file.close()
    store = SqliteStore(path)
    one, two, odd, torn = store.search(Listing(sort="draft_id", descending=False))[0]
    assert (odd.name, torn.name) == ("odd", "torn")
    assert (one.name, one.version, one.created_at, one.changed_at) == ("草稿", 2, 1_700_000_000_000, 1_700_000_005_000)
    assert (two.draft_id, two.name, two.version) == ("d2", "d2", 1) and one.incarnation != two.incarnation
    cache = DraftCache(store, replay)
    assert [segment.text for _, segment in cache.snapshot("d1").segments()] == ["a"]
    store.append(one, Row(3, "add_text", b'{"text": "b", "start": 5, "end": 6}'))
    assert len(list(cache.snapshot("d1").segments())) == 2
    for damaged in ("odd", "torn"):
        with pytest.raises(StoreError):
            cache.snapshot(damaged)


def test_a_file_that_is_no_database_is_left_as_it_is(path):
    path.write_bytes(b"my shopping list, which is longer than a header of SQLite and is not one " * 20)
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"drafts.db .* not a database"):
        SqliteStore(path)
    assert path.read_bytes() == before


def test_a_damaged_page_is_an_error_of_the_draft_on_it_and_of_no_other(path):
    store = SqliteStore(path)
    for draft in range(20):
        store.create(f"d{draft:02}", "n", [Row(number, "a", b"%d" % draft * 500) for number in range(1, 30)], 1)
    store.close()
    content = bytearray(path.read_bytes())
    page = content.index(b"1010101010") // 4096 * 4096
    content[page : page + 4096] = b"\xff" * 4096
    path.write_bytes(content)
    damaged, whole = SqliteStore(path), 0
    for draft in range(20):
        try:
            whole += len(damaged.read(f"d{draft:02}")[1]) == 29
        except StoreError as error:
            assert "malformed" in str(error)
    assert 0 < whole < 20
    damaged.create("new", "n", [FIRST], 1)
    assert damaged.read("new")[1] == [FIRST]


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "data").write_text("a file, not a folder")
    with pytest.raises(StoreError, match="data"):
        SqliteStore(tmp_path / "data" / "drafts.db")


def _as_nobody(folder, answers):
    if os.geteuid() == 0:
        os.setuid(65534)
    try:
        check_places(Settings(data_dir=folder))
    except (SettingsError, StoreError) as error:
        answers.put(str(error))
    else:
        answers.put("")


@pytest.mark.parametrize("protected", ["folder", "file"])
def test_what_may_not_be_written_stops_the_start_with_its_name(tmp_path, protected):
    folder = tmp_path / "data"
    folder.mkdir()
    filled(folder / "drafts.db").close()
    before = (folder / "drafts.db").read_bytes()
    for parent in folder.parents:
        if parent.stat().st_uid == os.geteuid() and parent.is_relative_to("/tmp"):
            parent.chmod(0o755)
    if protected == "file":
        folder.chmod(0o777)
        (folder / "drafts.db").chmod(0o444)
    else:
        folder.chmod(0o555)
    fork = multiprocessing.get_context("fork")
    answers = fork.SimpleQueue()
    process = fork.Process(target=_as_nobody, args=(folder, answers))
    process.start()
    said = answers.get()
    process.join()
    folder.chmod(0o755)
    assert str(folder) in said and ("cannot be written" in said or "readonly" in said or "cannot be used" in said), said
    assert (folder / "drafts.db").read_bytes() == before


def test_many_threads_open_a_new_file_at_once(path):
    with ThreadPoolExecutor(16) as pool:
        stores = list(pool.map(lambda _: SqliteStore(path), range(16)))
    stores[0].create("d1", "d1", [FIRST], 1)
    assert all(store.entry("d1").version == 1 for store in stores)


FILLING = """
import json, resource, sys
from capcut_server import create_app
from settings import Settings
app = create_app(Settings(data_dir=sys.argv[1], log_level="ERROR"))
client = app.test_client()
client.post("/create_draft", json={"draft_id": "d1"})
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
done = 0
while True:
    answer = client.post("/v1/add_text", json={"draft_id": "d1", "text": "x" * 9_000, "start": done, "end": done + 1})
    if not answer.get_json()["success"]:
        break
    done += 1
seen = client.post("/v1/query_script", json={"draft_id": "d1", "format": "object"})
texts = len(seen.get_json()["output"]["materials"]["texts"])
print(json.dumps([done, texts, answer.status_code, answer.get_json()["code"], answer.get_json()["error"]]))
"""


def test_an_edit_that_finds_no_room_on_disk_is_refused_and_what_was_there_stays(tmp_path):
    """The service in a process that may write no file beyond a size: what a full disk is to it."""
    command = [sys.executable, "-c", FILLING, tmp_path, str(1_000_000)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    said = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=100, check=True)
    done, texts, status, code, error = json.loads(said.stdout)
    assert done > 20 and texts == done
    assert (status, code) == (503, "store_unavailable") and "nothing was done" in error
    assert SqliteStore(tmp_path / "drafts.db").entry("d1").version == done + 1
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY


def test_a_draft_that_was_edited_with_an_operation_of_a_newer_version_is_a_clear_error(path):
    store = SqliteStore(path)
    store.create("d1", "d1", [FIRST, Row(2, "add_hologram", b"{}")], 1)
    cache = DraftCache(store, replay)
    for _ in range(2):
        with pytest.raises(StoreError, match="add_hologram, which this version of the service lacks"):
            cache.snapshot("d1")


WRITER = """
import sys
from dataclasses import replace
from pathlib import Path
from store.drafts import Row
from store.sqlite_store import SqliteStore
store = SqliteStore(Path(sys.argv[1]))
store.create("d1", "d1", [Row(1, "a", b"")], 1)
entry = store.entry("d1")
for number in range(2, 100_000):
    store.append(entry, Row(number, "a", b"x" * 200))
    entry = replace(entry, version=number)
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
    acknowledged = 501 + writer.stdout.read().count(b"\n")
    writer.wait()
    numbers = [row.number for row in SqliteStore(path).read("d1")[1]]
    assert numbers == list(range(1, len(numbers) + 1)) and len(numbers) >= acknowledged
    assert SqliteStore(path).entry("d1").version == len(numbers)


def test_a_service_that_is_started_again_has_its_drafts(tmp_path):
    def ask(path, **fields):
        app = create_app(Settings(data_dir=tmp_path))
        answer = app.test_client().post(path, json=fields).get_json()
        app.extensions["services"].close()
        return answer["output"]

    placed = ask("/add_text", draft_id="d1", text="a")
    before = ask("/query_script", draft_id="d1")
    assert ask("/query_script", draft_id="d1") == before and placed["segment_id"] in before
    ask("/add_text", draft_id="d1", text="b", start=5, end=6)
    after = ask("/query_script", draft_id="d1", format="object")
    assert len(after["materials"]["texts"]) == 2


def test_two_processes_edit_one_draft_and_lose_nothing(path):
    """Two caches over two stores over one file are what two workers have."""
    caches = [DraftCache(SqliteStore(path), replay) for _ in range(2)]
    caches[0].create("d1", "d1", [FIRST])
    op = OPERATIONS["add_text"]

    def add(start):
        request = op.request(text="a", start=start, end=start + 1)
        logged = request.model_dump_json(exclude_unset=True).encode()
        return caches[start % 2].edit("d1", "add_text", logged, lambda script: op.run(request, script)).segment_id

    with ThreadPoolExecutor(8) as pool:
        placed = sorted(pool.map(add, range(100)))
    for cache in caches:
        assert sorted(segment.id for _, segment in cache.snapshot("d1").segments()) == placed


def test_a_row_of_a_draft_that_is_gone_is_not_written(path):
    one, other = SqliteStore(path), SqliteStore(path)
    one.create("d1", "d1", [FIRST], 1)
    entry = other.entry("d1")
    one.purge(entry)
    with pytest.raises(DraftChangedError):
        other.append(entry, Row(2, "a", b""))
