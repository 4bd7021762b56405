"""The contract of every store; to have another implementation tested, add it to STORES."""

import itertools
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from errors import DraftChangedError, DraftExistsError
from store.drafts import KEY_MILLISECONDS, KEY_NAME, Done, Listing, Row
from store.memory_store import MemoryStore
from store.redis_store import RedisStore
from store.sqlite_store import SqliteStore

from .redis_server import RedisServer, programs

STORES = ("memory", "sqlite", *programs())
HOUR = 3_600.0


@pytest.fixture(scope="session")
def servers(tmp_path_factory):
    """Servers by name, each started when it is first asked for."""
    running = {}

    def server(name):
        if name not in running:
            running[name] = RedisServer(programs()[name], tmp_path_factory.mktemp(name))
        return running[name]

    yield server
    for started in running.values():
        started.stop()


@pytest.fixture(params=STORES)
def open_store(request, tmp_path):
    """Open the store; called again, open it a second time as another process would."""
    made = []

    def opened():
        if request.param == "memory":
            store = made[0] if made else MemoryStore()
        elif request.param == "sqlite":
            store = SqliteStore(tmp_path / "drafts.db")
        else:
            store = RedisStore(request.getfixturevalue("servers")(request.param).url)
        made.append(store)
        return store

    if request.param in programs():
        request.getfixturevalue("servers")(request.param).client.flushall()
    yield opened
    for store in made:
        store.close()


@pytest.fixture
def store(open_store):
    return open_store()


def row(number, name="add_text", request=b"{}", at=None, key="", token=None):
    return Row(number, name, request, number if at is None else at, key, token or f"token {number}")


def make(store, draft_id="d1", name="", rows=1, at=5, key="", **fields):
    made = [row(number, **fields) for number in range(1, rows + 1)]
    store.create(draft_id, name or draft_id, made, at, key)
    return store.entry(draft_id)


def rows_of(store, draft_id="d1", after=0):
    found = store.read(draft_id, after)
    return found[1] if found else []


# ---- drafts


def test_there_is_a_server_of_redis_to_test_with():
    assert programs(), "install requirements-dev.txt"


def test_rows_come_back_in_order(store):
    for number in (2, 3):
        store.append(store.entry("d1") or make(store), row(number))
    assert rows_of(store) == [row(1), row(2), row(3)]
    assert rows_of(store, after=2) == [row(3)]
    assert rows_of(store, after=3) == []


def test_a_row_comes_back_as_it_was(store):
    request = '{"text": "世界 \\u0000 \\"\n"}'.encode()
    kept = Row(1, "create_draft", request, 1_700_000_000_123, "key", "token")
    store.create("d1", "草稿", [kept], 1)
    assert rows_of(store) == [kept]


def test_an_unknown_draft_has_no_rows_and_no_entry(store):
    assert rows_of(store, "nobody") == [] and store.entry("nobody") is None


def test_drafts_are_apart(store):
    make(store, "d1")
    make(store, "d2", rows=2)
    assert (len(rows_of(store)), len(rows_of(store, "d2"))) == (1, 2)


def test_the_index_keeps_up_with_the_rows(store):
    store.create("d1", "My draft", [row(1, request=b"12345", at=3)], 10)
    first = store.entry("d1")
    assert (first.name, first.version, first.bytes, first.created_at, first.changed_at) == ("My draft", 1, 5, 10, 10)
    store.append(first, row(2, request=b"123", at=20))
    second = store.entry("d1")
    assert (second.version, second.bytes, second.created_at, second.changed_at) == (2, 8, 10, 20)
    assert second.incarnation == first.incarnation and second.deleted_at is None
    assert (first.token, second.token) == ("token 1", "token 2")


@pytest.mark.parametrize("number", [1, 2, 4])
def test_a_number_that_is_not_the_next_is_refused_and_changes_nothing(store, number):
    entry = make(store, rows=2)
    with pytest.raises(DraftChangedError):
        store.append(entry, row(number, "other"))
    assert rows_of(store) == [row(1), row(2)] and store.entry("d1") == entry


def test_an_id_that_is_taken_is_refused_and_changes_nothing(store):
    entry = make(store)
    with pytest.raises(DraftExistsError):
        make(store, name="other", rows=3)
    assert store.entry("d1") == entry and len(rows_of(store)) == 1


def test_the_index_calls_a_draft_as_it_is_told(store):
    entry = make(store, name="old")
    make(store, "d2", name="other")
    store.rename(entry, "新 name")
    assert store.entry("d1") == replace(entry, name="新 name") and store.entry("d2").name == "other"
    assert [found.draft_id for found in store.search(Listing(text="NAME"))[0]] == ["d1"]


def test_a_draft_that_is_gone_or_another_one_is_not_renamed(store):
    entry = make(store)
    store.purge(entry)
    store.rename(entry, "a")
    assert store.entry("d1") is None
    other = make(store)
    store.rename(entry, "a")
    assert store.entry("d1") == other


def test_a_draft_can_be_made_of_many_rows_at_once(store):
    assert make(store, rows=20_000).version == 20_000
    assert rows_of(store, after=19_998) == [row(19_999), row(20_000)]


def test_of_many_writers_of_the_same_number_one_wins(store):
    entry = make(store)

    def write(writer):
        try:
            store.append(entry, row(2, f"{writer}"))
        except DraftChangedError:
            return 0
        return 1

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(write, range(64))) == 1
    assert len(rows_of(store)) == 2


def test_of_many_makers_of_the_same_draft_one_wins(store):
    def write(writer):
        try:
            store.create("d1", f"{writer}", [row(1, f"{writer}")], 1)
        except DraftExistsError:
            return 0
        return 1

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(write, range(64))) == 1
    assert rows_of(store)[0].name == store.entry("d1").name


def test_what_was_read_does_not_change_when_more_is_written(store):
    entry = make(store)
    read = rows_of(store)
    store.append(entry, row(2))
    assert len(read) == 1


def test_what_one_has_written_the_other_sees(open_store):
    one, other = open_store(), open_store()
    entry = make(one)
    other.append(entry, row(2))
    with pytest.raises(DraftChangedError):
        one.append(entry, row(2, "late"))
    assert rows_of(one) == [row(1), row(2)]


# ---- deleted drafts


def test_a_deleted_draft_takes_no_rows_until_it_is_back(store):
    entry = make(store)
    store.mark_deleted("d1", 99)
    assert store.entry("d1").deleted_at == 99
    with pytest.raises(DraftChangedError):
        store.append(entry, row(2))
    with pytest.raises(DraftExistsError):
        make(store)
    store.mark_deleted("d1", None)
    store.append(entry, row(2))
    assert store.entry("d1").deleted_at is None and len(rows_of(store)) == 2


def test_a_purged_draft_is_gone_and_its_id_is_free(store):
    entry = make(store, rows=2, key=KEY)
    assert store.purge(entry)
    assert store.entry("d1") is None and rows_of(store) == [] and store.find(NAME, 2) is None
    assert store.search(Listing(state=None)) == ([], 0)
    assert make(store).incarnation != entry.incarnation


def test_a_writer_of_a_purged_draft_does_not_write_to_its_successor(store):
    entry = make(store)
    store.purge(entry)
    make(store)
    with pytest.raises(DraftChangedError):
        store.append(entry, row(2))


def test_marking_or_purging_what_is_not_there_makes_nothing(store):
    entry = make(store)
    assert store.purge(entry) and not store.purge(entry)
    store.mark_deleted("d1", 5)
    assert store.entry("d1") is None and store.search(Listing(state=None)) == ([], 0)


def test_a_draft_that_was_recovered_deleted_or_made_anew_is_not_purged(store):
    entry = make(store)
    store.mark_deleted("d1", 7)
    deleted = store.entry("d1")
    assert not store.purge(entry)
    store.mark_deleted("d1", None)
    assert not store.purge(deleted)
    assert store.purge(entry)
    make(store)
    assert not store.purge(entry) and store.entry("d1")


def test_a_row_on_another_end_than_the_logs_is_refused(store):
    """Two logs that went apart have the same numbers: after a server lost its end, say."""
    entry = make(store, rows=2)
    elsewhere = replace(entry, token="another row 2")
    with pytest.raises(DraftChangedError):
        store.append(elsewhere, row(3))
    store.append(entry, row(3))


def test_entry_and_rows_are_read_as_they_were_at_one_moment(store):
    entry = make(store)

    def write():
        nonlocal entry
        for _ in range(1_000):
            store.append(entry, row(entry.version + 1))
            entry = store.entry("d1")

    writer = threading.Thread(target=write)
    writer.start()
    while writer.is_alive():
        read, rows = store.read("d1", after=1)
        assert read.version == len(rows) + 1 and (not rows or read.token == rows[-1].token)
    writer.join()
    assert store.read("d1", after=1)[0].version == 1_001


# ---- named calls


NAME = "n" * KEY_NAME
KEY = NAME + "what was asked"


def test_what_a_named_call_has_done_is_found_for_a_day(store):
    entry = make(store, at=1_000, key="1" * KEY_NAME + "x")
    store.append(entry, row(2, at=2_000, key=KEY))
    assert store.find("1" * KEY_NAME, 1_000) == Done("d1", 1, "1" * KEY_NAME + "x")
    assert store.find(NAME, 2_000 + KEY_MILLISECONDS - 1) == Done("d1", 2, KEY)
    assert store.find(NAME, 2_000 + KEY_MILLISECONDS) is None
    assert store.find("3" * KEY_NAME, 2_000) is None


def test_a_copy_is_found_by_the_time_it_was_made_and_not_by_that_of_its_rows(store):
    make(store, rows=3, at=10 * KEY_MILLISECONDS, key=KEY)
    assert store.find(NAME, 10 * KEY_MILLISECONDS + 1) == Done("d1", 1, KEY)


def test_a_call_that_makes_a_draft_with_its_first_edit_is_found_by_the_edit(store):
    store.create("d1", "d1", [row(1, at=5), row(2, at=5, key=KEY)], 5)
    assert store.find(NAME, 6) == Done("d1", 2, KEY)


def test_a_call_that_was_refused_is_not_found(store):
    entry = make(store)
    with pytest.raises(DraftChangedError):
        store.append(entry, row(3, key=KEY))
    assert store.find(NAME, 3) is None


# ---- lists


@pytest.fixture
def listed(store):
    for at, (draft_id, name, rows) in enumerate([("a", "Ärger", 3), ("b", "trip 2026", 1), ("c", "春节", 2)]):
        made = [row(number, request=b"x" * rows) for number in range(1, rows + 1)]
        store.create(draft_id, name, made, 10 * at)
    store.mark_deleted("b", 1)
    return lambda **fields: [entry.draft_id for entry in store.search(Listing(**fields))[0]]


@pytest.mark.parametrize(
    "asked, found",
    [
        ({}, ["c", "a"]),
        ({"descending": False}, ["a", "c"]),
        ({"state": "deleted"}, ["b"]),
        ({"state": None}, ["c", "b", "a"]),
        ({"state": None, "sort": "version"}, ["a", "c", "b"]),
        ({"state": None, "sort": "bytes", "descending": False}, ["b", "c", "a"]),
        ({"state": None, "sort": "name", "descending": False}, ["b", "a", "c"]),
        ({"state": None, "text": "äRG"}, ["a"]),
        ({"state": None, "text": "节"}, ["c"]),
        ({"state": None, "text": "B"}, ["b"]),
        ({"state": None, "text": "%"}, []),
        ({"state": None, "limit": 1}, ["c"]),
        ({"state": None, "limit": 2, "offset": 1}, ["b", "a"]),
    ],
)
def test_drafts_are_found_sorted_and_paged(listed, asked, found):
    assert listed(**asked) == found


def test_a_page_says_how_many_there_are_on_all_pages(store, listed):
    assert store.search(Listing(state=None, limit=1))[1] == 3
    assert store.search(Listing(state="deleted", text="a"))[1] == 0


def test_drafts_that_sort_alike_keep_one_order_over_pages(store):
    for number in range(30):
        store.create(f"d{number:02}", "same", [row(1)], 5)
    pages = [store.search(Listing(sort="name", limit=7, offset=offset))[0] for offset in range(0, 30, 7)]
    ids = [entry.draft_id for entry in itertools.chain(*pages)]
    assert ids == sorted(ids) and len(ids) == 30


# ---- records


def test_a_record_comes_back_until_its_end(store):
    store.put("task", "t1", b"a", HOUR)
    store.put("facts", "t1", b"\x00\xff", HOUR)
    store.put("task", "t2", b"gone", 0.001)
    time.sleep(0.01)
    assert (store.get("task", "t1"), store.get("facts", "t1")) == (b"a", b"\x00\xff")
    assert store.get("task", "t2") is None and store.get("task", "t3") is None
    assert store.get_many("task", ["t1", "t2", "t3"]) == {"t1": b"a"}
    assert store.get_many("task", []) == {}
    assert store.keys("task") == ["t1"] and store.keys("latest") == []


def test_a_record_is_replaced(store):
    store.put("task", "t1", b"a", 0.001)
    store.put("task", "t1", b"b", HOUR)
    time.sleep(0.01)
    assert store.get("task", "t1") == b"b"


def test_a_swap_for_itself_prolongs(store):
    store.put("running", "t1", b"mine", 0.5)
    assert store.swap("running", "t1", b"mine", b"mine", HOUR)
    time.sleep(0.6)
    assert store.get("running", "t1") == b"mine"


def test_a_value_that_is_there_already_counts_as_put(store):
    store.put("running", "t1", b"mine", HOUR)
    assert store.swap("running", "t1", None, b"mine", HOUR) and not store.swap("running", "t1", None, b"yours", HOUR)


@pytest.mark.parametrize("there", [None, b"a"])
@pytest.mark.parametrize("old", [None, b"a", b"other"])
@pytest.mark.parametrize("new", [None, b"new"])
def test_a_swap_is_done_only_when_the_old_value_is_there(store, there, old, new):
    if there:
        store.put("running", "t1", there, HOUR)
    assert store.swap("running", "t1", old, new, HOUR) == (old == there)
    assert store.get("running", "t1") == (new if old == there else there)
    assert store.keys("running") == (["t1"] if store.get("running", "t1") else [])


def test_what_is_past_its_end_counts_as_absent_in_a_swap(store):
    store.put("running", "t1", b"a", 0.001)
    time.sleep(0.01)
    assert not store.swap("running", "t1", b"a", b"b", HOUR)
    assert store.swap("running", "t1", None, b"b", HOUR)


def test_of_many_swaps_at_once_one_wins(store):
    with ThreadPoolExecutor(16) as pool:
        won = list(pool.map(lambda n: store.swap("running", "t1", None, f"{n}".encode(), HOUR), range(64)))
    assert sum(won) == 1 and store.get("running", "t1") == str(won.index(True)).encode()


def test_sweeping_leaves_what_is_not_past_its_end(store):
    store.put("task", "t1", b"a", HOUR)
    store.put("task", "t2", b"b", 0.001)
    time.sleep(0.01)
    store.sweep()
    assert store.keys("task") == ["t1"] and store.get("task", "t1") == b"a"
