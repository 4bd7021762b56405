import threading
from concurrent.futures import ThreadPoolExecutor

import orjson
import pytest

from draft_cache import DraftCache
from engine.export import write_timeline
from errors import ConflictError, DraftNotFoundError
from operations import OPERATIONS, replay
from store.drafts import Row
from store.memory_store import MemoryStore

from .fakes import make_services


def create(cache, draft_id):
    cache.create(draft_id, draft_id, [Row(1, "create_draft", b'{"target": "capcut"}')])


def add(cache, draft_id, start, text="a"):
    request = orjson.dumps({"text": text, "start": start, "end": start + 1})
    op = OPERATIONS["add_text"]
    return cache.edit(
        draft_id, "add_text", request, lambda script: op.run(op.request.model_validate_json(request), script)
    )


@pytest.fixture
def log():
    return MemoryStore()


@pytest.fixture
def cache(log):
    return DraftCache(log, replay)


def test_the_least_recently_used_draft_is_dropped_and_rebuilt_the_same(log):
    cache = DraftCache(log, replay, capacity=2)
    create(cache, "d1")
    placed = add(cache, "d1", 0)
    before = write_timeline(cache.snapshot("d1"), {}).document
    create(cache, "d2")
    cache.snapshot("d1")
    cache.snapshot("d2")
    assert set(cache._drafts) == {"d1", "d2"}
    create(cache, "d3")
    cache.snapshot("d3")
    cache.snapshot("d2")
    assert "d1" not in cache._drafts and "d1" in cache
    assert write_timeline(cache.snapshot("d1"), {}).document == before
    assert [one.id for _, one in cache.snapshot("d1").segments()] == [placed.segment_id]


def test_an_edit_of_a_dropped_draft_goes_on_where_it_was(log):
    cache = DraftCache(log, replay, capacity=1)
    create(cache, "d1")
    add(cache, "d1", 0)
    create(cache, "d2")
    add(cache, "d1", 1)
    assert cache.snapshot("d1").version == 3
    assert len(list(cache.snapshot("d1").segments())) == 2


def test_memory_is_bounded_by_bytes_too(log):
    cache = DraftCache(log, replay, capacity_bytes=10_000)
    for draft in range(5):
        create(cache, f"d{draft}")
        for start in range(10):
            add(cache, f"d{draft}", start)
    assert len(cache._drafts) == 1
    assert cache._bytes == sum(held.weight for held in cache._drafts.values())


def test_a_refused_edit_leaves_no_trace(cache, log):
    create(cache, "d1")
    add(cache, "d1", 0)
    with pytest.raises(ConflictError):
        add(cache, "d1", 0.5)
    assert len(log.read("d1")[1]) == 2
    assert cache.snapshot("d1").version == 2


def test_ids_after_a_refused_edit_are_those_of_a_rebuilt_draft(cache, log):
    create(cache, "d1")
    with pytest.raises(ConflictError):
        add(cache, "d1", 0)
        add(cache, "d1", 0)
    live = add(cache, "d1", 1).segment_id
    assert live in [one.id for _, one in DraftCache(log, replay).snapshot("d1").segments()]


def test_an_edit_that_fails_halfway_is_undone(cache, log):
    create(cache, "d1")
    op = OPERATIONS["add_text"]

    def halfway(script):
        op.run(op.request(text="a"), script)
        raise RuntimeError("power")

    with pytest.raises(RuntimeError):
        cache.edit("d1", "add_text", b"{}", halfway)
    assert list(cache.snapshot("d1").segments()) == []
    assert len(log.read("d1")[1]) == 1


def test_an_unknown_draft_is_not_found(cache):
    assert "d1" not in cache
    with pytest.raises(DraftNotFoundError):
        cache.snapshot("d1")
    with pytest.raises(DraftNotFoundError):
        add(cache, "d1", 0)


def test_rows_that_another_worker_wrote_are_seen(log):
    one, other = DraftCache(log, replay), DraftCache(log, replay)
    create(one, "d1")
    add(other, "d1", 0)
    add(one, "d1", 1)
    assert len(list(other.snapshot("d1").segments())) == 2


def test_many_threads_lose_no_edit(cache, log):
    create(cache, "d1")
    with ThreadPoolExecutor(16) as pool:
        placed = list(pool.map(lambda start: add(cache, "d1", start).segment_id, range(200)))
    found = [one.id for _, one in cache.snapshot("d1").segments()]
    assert sorted(found) == sorted(placed)
    assert [row.number for row in log.read("d1")[1]] == list(range(1, 202))


def test_a_snapshot_does_not_see_later_edits(cache):
    create(cache, "d1")
    snapshot = cache.snapshot("d1")
    add(cache, "d1", 0)
    assert list(snapshot.segments()) == []


def test_first_adds_that_race_to_start_a_draft_all_land(tmp_path, media):
    services = make_services(tmp_path, media)

    def first(number):
        payload = {"draft_id": "new", "text": "a", "start": number, "end": number + 1}
        return OPERATIONS["add_text"](payload, services, strict=False).segment_id

    with ThreadPoolExecutor(16) as pool:
        placed = set(pool.map(first, range(32)))
    assert {one.id for _, one in services.drafts.snapshot("new").segments()} == placed
    services.close()


def test_an_edit_waits_for_the_one_before_it(cache):
    """Without the draft's lock the second would read the draft in the middle of the first."""
    create(cache, "d1")
    inside, go_on, order = threading.Event(), threading.Event(), []

    def slow(script):
        inside.set()
        assert go_on.wait(30)
        order.append("slow")

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(cache.edit, "d1", "add_text", b'{"text": "a"}', slow)
        assert inside.wait(30)
        second = pool.submit(cache.edit, "d1", "add_text", b'{"text": "a"}', lambda script: order.append("quick"))
        assert not second.done() and not order
        go_on.set()
        first.result(), second.result()
    assert order == ["slow", "quick"]


def test_another_draft_does_not_wait(cache):
    create(cache, "d1")
    create(cache, "d2")

    def slow(script):
        add(cache, "d2", 0)

    cache.edit("d1", "add_text", b'{"text": "a"}', slow)
    assert cache.snapshot("d2").version == 2


def test_long_texts_weigh_more(cache):
    create(cache, "d1")
    before = cache.snapshot("d1").weight
    add(cache, "d1", 0, text="x" * 10_000)
    assert cache.snapshot("d1").weight - before > 40_000
