"""Tasks in the store: seen from other processes, taken over from those that died."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from queue import SimpleQueue

import orjson
import pytest

from chores import take_over
from errors import MediaError, StoreError, TaskFinishedError, TaskNotFoundError
from operations import OPERATIONS
from saving.job import STEPS, resume
from store.memory_store import MemoryStore
from store.tasks import Task, TaskCancelledError, TaskStore, TaskTakenError

from .fakes import HOUR, make_services

ASKED = {"folder": "", "root": "", "on_conflict": "trim"}


@pytest.fixture
def store():
    return MemoryStore()


@pytest.fixture
def process(store):
    """Another process with its own tasks over the same store."""
    return lambda: TaskStore(store, HOUR, lease=HOUR)


@pytest.fixture
def silence(store):
    """Let the leases of all tasks run out, as when their process is silent."""

    def silent():
        for task_id in store.keys("running"):
            store.put("running", task_id, store.get("running", task_id), 0)

    return silent


def new(task_id="t1", **fields):
    return Task(task_id, "d1", 3, "capcut", asked=ASKED, **fields)


def test_another_process_sees_a_task_and_its_end(process):
    one, other = process(), process()
    one.add(new())
    one.update("t1", status="processing", message="fetching")
    assert other.get("t1").message == "fetching" and other.latest("d1").task_id == "t1"
    done = one.update("t1", status="completed", warnings=["w"], failed_files=[{"url": "u"}])
    assert other.get("t1") == done == one.get("d1")


def test_the_latest_task_of_a_draft_is_the_one_added_last(process):
    one = process()
    one.add(new("t1"))
    one.add(new("t2"))
    assert process().get("d1").task_id == "t2"
    with pytest.raises(TaskNotFoundError):
        one.get("d2")


def test_progress_reaches_other_processes_after_a_moment(process):
    one, other = process(), process()
    one.add(new())
    one.update("t1", status="processing")
    for percent in range(5):
        one.update("t1", progress=percent)
    assert one.get("t1").progress == 4 and other.get("t1").progress < 4
    time.sleep(0.3)
    one.update("t1", progress=5)
    assert other.get("t1").progress == 5


def test_those_who_wait_in_another_process_hear_of_the_end(process):
    one, other = process(), process()
    one.add(new())
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(other.wait, "t1", 30)
        one.update("t1", status="completed")
        assert waiting.result(30).status == "completed"
    assert other.wait("t1", 0).is_finished


def test_a_task_whose_process_is_silent_is_taken_over_by_one_other(process, silence):
    one = process()
    one.add(new())
    others = [process() for _ in range(8)]
    assert [list(other.take_over()) for other in others] == [[]] * 8
    silence()
    with ThreadPoolExecutor(8) as pool:
        taken = [task for tasks in pool.map(lambda other: list(other.take_over()), others) for task in tasks]
    assert [(task.task_id, task.tries) for task in taken] == [("t1", 2)]


def test_a_task_whose_process_lives_is_left_to_it(process):
    one, other = process(), process()
    one.add(new())
    one.renew()
    assert list(other.take_over()) == []


def test_a_process_that_comes_back_too_late_learns_that_its_task_was_taken(process, silence):
    one, other = process(), process()
    one.add(new())
    silence()
    (taken,) = other.take_over()
    one.renew()
    with pytest.raises(TaskTakenError):
        one.update("t1", status="completed", message="by the first")
    other.update("t1", status="completed", message="by the second")
    assert one.get("t1").message == "by the second" and taken.tries == 2


def test_a_process_that_slept_but_whom_nobody_followed_goes_on(process, silence):
    one = process()
    one.add(new())
    silence()
    one.renew()
    assert list(process().take_over()) == []
    assert one.update("t1", status="completed").is_finished


def test_a_process_that_ends_leaves_its_tasks_to_others_at_once(process):
    one = process()
    one.add(new())
    one.release()
    assert [task.task_id for task in process().take_over()] == ["t1"]


def test_a_finished_task_is_taken_by_nobody(process, store):
    one = process()
    one.add(new())
    one.update("t1", status="failed")
    assert list(process().take_over()) == [] and store.keys("unfinished") == store.keys("running") == []
    assert not one.is_alive("t1") and not one.is_alive("nothing")


def test_a_task_that_ended_just_before_its_process_did_is_let_go(process, store):
    one = process()
    one.add(new())
    one.update("t1", status="completed")
    store.put("unfinished", "t1", b"1", HOUR)  # killed between the two writes
    assert list(process().take_over()) == [] and store.keys("unfinished") == []


def test_an_end_that_could_not_be_stored_is_stored_later(process, store):
    one, swap = process(), store.swap
    one.add(new())

    def failing(*_):
        raise StoreError("out of reach")

    store.swap = failing
    one.update("t1", status="completed", message="all there")
    store.swap = swap
    assert one.get("t1").is_finished and not process().get("t1").is_finished
    one.renew()
    assert process().get("t1").message == "all there" and store.keys("unfinished") == []


# ---- by one thread only


def test_a_task_that_a_process_is_at_is_not_given_to_it_again(process, store, silence):
    """A broker may send a message twice, also to the worker that has had it."""
    one, worker = process(), process()
    one.add(new())
    one.hand_on("t1")
    assert worker.take("t1").task_id == "t1"
    assert worker.take("t1") is None and process().take("t1") is None
    silence()
    assert list(worker.take_over()) == [] and worker.take("t1") is None
    assert worker.update("t1", status="completed").is_finished and worker.take("t1") is None


def test_a_task_that_is_added_while_others_are_looked_for_is_not_let_go(process, store, monkeypatch):
    one, keys = process(), store.keys

    def adding(kind):
        """As `add` begins, in another thread."""
        found = keys(kind)
        store.put("running", "t1", one._owner, HOUR)
        store.put("unfinished", "t1", b"1", HOUR)
        return found

    monkeypatch.setattr(store, "keys", adding)
    assert list(one.take_over()) == []
    monkeypatch.undo()
    assert store.keys("running") == store.keys("unfinished") == ["t1"]


def test_of_two_that_are_taken_over_the_first_is_not_lost_when_the_store_goes_away(process, store, silence):
    one, other, swap = process(), process(), store.swap
    one.add(new("t1"))
    one.add(new("t2"))
    silence()
    taken = other.take_over()
    first = next(taken)

    def failing(*_):
        raise StoreError("out of reach")

    store.swap = failing
    with pytest.raises(StoreError):
        next(taken)
    store.swap = swap
    assert other.update(first.task_id, status="completed").is_finished
    assert [task.task_id for task in process().take_over()] == [{"t1": "t2", "t2": "t1"}[first.task_id]]


# ---- the end of the process


def test_waits_end_with_the_service_also_those_that_begin_then(process):
    one = process()
    one.add(new())
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(one.wait, "t1", HOUR)
        while not one._followers._waits:
            time.sleep(0.01)
        one.end_waits()
        assert waiting.result(30).status == "initialized"
    assert one.wait("t1", HOUR).status == "initialized"
    assert one._followers._waits == set()


# ---- cancelled, from anywhere


def test_a_task_can_be_cancelled_from_any_process_and_the_one_that_runs_it_notices(process, store):
    one, other = process(), process()
    one.add(new())
    assert other.cancel("d1").status == "cancelled"
    with pytest.raises(TaskCancelledError):
        one.update("t1", status="processing")
    with pytest.raises(TaskCancelledError):
        one.update("t1", progress=7)
    ended = one.get("t1")
    assert ended == other.get("t1") and ended.is_finished and ended.finished_at and ended.has_failed
    assert store.keys("unfinished") == [] and list(process().take_over()) == []


def test_a_cancelled_task_is_not_completed_by_a_process_that_has_not_noticed(process):
    one, other = process(), process()
    one.add(new())
    other.cancel("t1")
    for claim in (one, other):
        with pytest.raises(TaskCancelledError):
            claim.check("t1")
    with pytest.raises(TaskCancelledError):
        one.update("t1", status="completed")
    assert one.get("t1").status == other.get("t1").status == "cancelled"


def test_a_task_that_is_silent_learns_of_it_when_its_lease_is_renewed(process):
    one, other = process(), process()
    one.add(new())
    other.cancel("t1")
    one.renew()
    assert one.get("t1").status == "cancelled"


@pytest.mark.parametrize("status", ["completed", "failed", "cancelled"])
def test_what_has_ended_cannot_be_cancelled(process, status):
    one = process()
    one.add(new())
    one.cancel("t1") if status == "cancelled" else one.update("t1", status=status)
    with pytest.raises(TaskFinishedError, match=f"it is {status}"):
        process().cancel("t1")
    with pytest.raises(TaskNotFoundError):
        one.cancel("t2")


def test_of_an_end_and_a_cancel_at_once_one_counts(process):
    for _ in range(50):
        one, other = process(), process()
        one.add(new())
        with ThreadPoolExecutor(2) as pool:
            ends = [pool.submit(one.update, "t1", status="completed"), pool.submit(other.cancel, "t1")]
        won = [end.exception() is None for end in ends]
        assert sorted(won) == [False, True]
        assert other.get("t1").status == one.get("t1").status == ("completed" if won[0] else "cancelled")


# ---- observers


def followed(tasks, task_id="t1"):
    """The states that an observer hears, as a queue."""
    heard = SimpleQueue()
    return heard, tasks.follow(task_id, heard.put)


def test_an_observer_hears_the_last_state_then_each_new_one_up_to_the_end(process):
    one, other = process(), process()
    one.add(new())
    one.update("t1", status="processing", progress=5)
    near, far = followed(one)[0], followed(other)[0]
    assert near.get(timeout=30).progress == far.get(timeout=30).progress == 5
    one.update("t1", status="completed", progress=100)
    assert near.get(timeout=30).status == far.get(timeout=30).status == "completed"
    late, _ = followed(process())
    assert late.get(timeout=30).status == "completed"


def test_an_observer_that_fails_or_leaves_disturbs_no_other(process):
    one = process()
    one.add(new())
    stop = one.follow("t1", lambda task: 1 / 0)
    heard, _ = followed(one)
    gone, leave = followed(one)
    assert heard.get(timeout=30).status == gone.get(timeout=30).status == "initialized"
    leave()
    one.update("t1", status="processing")
    assert heard.get(timeout=30).status == "processing"
    stop()
    one.update("t1", status="failed")
    assert heard.get(timeout=30).status == "failed" and gone.empty()


def test_those_who_follow_outlive_a_store_that_is_away(process, store):
    one = process()
    one.add(new())
    heard, _ = followed(process())
    assert heard.get(timeout=30).status == "initialized"
    there, tried = store.get_many, SimpleQueue()

    def failing(*_):
        tried.put(1)
        raise StoreError("out of reach")

    store.get_many = failing
    tried.get(timeout=30)
    store.get_many = there
    one.update("t1", status="completed")
    assert heard.get(timeout=30).status == "completed"


# ---- saves that were cut off


@pytest.fixture
def cut_off(tmp_path, media, store):
    """Services of a process in which a save of d1 was begun and never ended; the draft has changed since."""
    services = make_services(tmp_path, media, store=store)
    OPERATIONS["add_text"]({"draft_id": "d1", "text": "a"}, services, strict=False)
    task = Task("t1", "d1", 2, "capcut", services.store.entry("d1").incarnation, ASKED)
    TaskStore(store, HOUR, lease=0.001).add(task)
    half = services.saved.begin("d1", "t1")
    (half / "half.mp4").write_bytes(b"half")
    OPERATIONS["add_text"]({"draft_id": "d1", "text": "b", "start": 5, "end": 6}, services)
    time.sleep(0.01)
    yield services, half
    services.close()


def test_a_save_that_was_cut_off_is_done_again_on_the_version_it_was_of(cut_off):
    services, half = cut_off
    take_over(services, resume)
    task = services.tasks.wait("t1", 30)
    assert (task.status, task.draft_version, task.tries) == ("completed", 2, 2)
    archive = services.saved.archive("d1", "t1")
    document = orjson.loads((archive.with_suffix("") / "draft_content.json").read_bytes())
    assert len(document["materials"]["texts"]) == 1, "the text added since is not in it"
    services.saved.sweep(services.tasks.is_alive)
    assert not half.exists()


def test_a_save_that_ends_the_service_each_time_is_given_up(cut_off):
    services, _ = cut_off
    (task,) = services.tasks.take_over()
    services.tasks.update("t1", tries=3)
    resume(services.tasks.get("t1"), services)
    ended = services.tasks.get("t1")
    assert ended.status == "failed" and "ended 2 times while saving it" in ended.message and task.tries == 2


def test_a_save_is_not_done_again_of_another_draft_with_the_same_id(cut_off):
    services, _ = cut_off
    OPERATIONS["delete_draft"]({"draft_id": "d1", "purge": True}, services)
    OPERATIONS["add_text"]({"draft_id": "d1", "text": "of another"}, services, strict=False)
    take_over(services, resume)
    assert services.tasks.get("t1").status == "failed" and services.saved.archive("d1", "t1") is None
    with pytest.raises(TaskNotFoundError):
        services.tasks.get("d1")


def test_a_save_that_cannot_be_taken_over_just_now_is_left_for_later(cut_off):
    services, _ = cut_off

    def failing(task, services):
        raise StoreError("locked for a moment")

    take_over(services, failing)
    assert services.tasks.get("t1").status == "initialized"
    take_over(services, resume)
    assert services.tasks.wait("t1", 30).status == "completed"


def test_an_orderly_stop_leaves_a_running_save_to_the_next_process(tmp_path, media, store):
    services = make_services(tmp_path, media, store=store)
    url, fetch = media.video("https://example.com/a.mp4"), media.fetch
    OPERATIONS["add_video"]({"draft_id": "d1", "video_url": url}, services, strict=False)

    def stopping(url, *_):
        services.stopping.set()
        raise MediaError(url, "the service is stopping")

    services.media._fetch = stopping
    task = OPERATIONS["save_draft"]({"draft_id": "d1"}, services).task_id
    services.runner.close()
    assert not services.tasks.get(task).is_finished and not list((tmp_path / "drafts").rglob("*.part"))
    following = make_services(tmp_path, media, store=store)
    following.media._fetch = fetch
    take_over(following, resume)
    ended = following.tasks.wait(task, 30)
    assert (ended.status, ended.tries) == ("completed", 1), "an orderly stop is no try"
    following.close()


def test_what_a_process_leaves_at_its_end_it_does_not_take_over_itself(cut_off):
    services, _ = cut_off
    taken = []
    services.stopping.set()
    take_over(services, lambda task, _: taken.append(task))
    assert taken == []
    services.stopping.clear()
    take_over(services, resume)
    assert services.tasks.wait("t1", 30).status == "completed"


def test_a_save_that_loses_the_store_is_done_again_when_it_is_there(cut_off, monkeypatch):
    services, _ = cut_off
    losses = ["once"]

    def lose(save):
        if losses:
            losses.pop()
            raise StoreError("out of reach")

    monkeypatch.setattr("saving.job.STEPS", ((1, "looking", lose), *STEPS))
    take_over(services, resume)
    while services.tasks._held:
        time.sleep(0.01)
    assert not services.tasks.get("t1").is_finished
    take_over(services, resume)
    assert services.tasks.wait("t1", 30).status == "completed"
    assert services.saved.archive("d1", "t1")


def test_a_store_that_goes_away_while_a_save_is_given_back_holds_up_no_other(cut_off, monkeypatch):
    services, _ = cut_off
    tasks = [replace(services.tasks.get("t1"), task_id=name) for name in ("t2", "t3")]
    for task in tasks:
        TaskStore(services.store, HOUR, lease=0.001).add(task)
    time.sleep(0.01)
    seen = []

    def failing(task, services):
        seen.append(task.task_id)
        raise StoreError("out of reach")

    monkeypatch.setattr(services.tasks, "give_back", lambda task: failing(task, services))
    take_over(services, failing)
    assert sorted(set(seen)) == ["t1", "t2", "t3"]


def test_each_try_of_a_save_has_its_own_folder_and_the_last_removes_what_is_older(cut_off):
    services, half = cut_off
    again, third = services.saved.begin("d1", "t1"), services.saved.begin("d1", "t1", 2)
    assert len({half, again, third}) == 3
    place = services.saved.finish(third)
    assert place.name == "t1" and not half.exists() and not again.exists()


def test_a_save_whose_draft_was_deleted_meanwhile_fails_with_the_reason(cut_off):
    services, _ = cut_off
    OPERATIONS["delete_draft"]({"draft_id": "d1"}, services)
    take_over(services, resume)
    ended = services.tasks.get("t1")
    assert ended.status == "failed" and "was deleted" in ended.message
    with pytest.raises(TaskNotFoundError):
        services.tasks.get("t2")


def test_a_save_that_was_taken_over_touches_nothing_of_its_successor(tmp_path, media, store):
    """The first process comes back after the second has taken its save: it ends without touching the result."""
    services = make_services(tmp_path, media, store=store)
    OPERATIONS["add_text"]({"draft_id": "d1", "text": "a"}, services, strict=False)
    other, cover = TaskStore(store, HOUR), services.cover
    theirs = []

    def taken_in_the_meantime(*args):
        (task_id,) = store.keys("running")
        store.put("running", task_id, b"another", HOUR)
        state = orjson.loads(store.get("task", task_id)) | {"message": "of the other"}
        store.put("task", task_id, orjson.dumps(state), HOUR)
        theirs.append(services.saved.begin("d1", task_id, 2))
        cover(*args)

    object.__setattr__(services, "cover", taken_in_the_meantime)
    task = OPERATIONS["save_draft"]({"draft_id": "d1", "wait": 0}, services).task_id
    services.runner.close()
    assert theirs[0].is_dir() and services.saved.archive("d1", task) is None
    assert other.get(task).message == "of the other" and not other.get(task).is_finished
