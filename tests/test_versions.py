"""Undo, redo, restored and expected versions, history: through the operations, as callers use them."""

import io
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from chores import purge_deleted
from engine.export import write_timeline
from errors import ConflictError, DraftChangedError, InvalidRequestError, NotFoundError, ServiceError, StoreError
from operations import OPERATIONS
from services import DAY
from store.drafts import Row
from util import utc

from .fakes import forget, make_services


@pytest.fixture
def texts(script):
    """What a draft says, in order of time."""
    return lambda draft_id="d1": [segment.text for _, segment in script(draft_id).segments()]


@pytest.fixture
def say(call, draft):
    """Add a text of one second; the n-th said begins at second n."""
    count = iter(range(1_000))

    def said(text, **fields):
        start = next(count)
        return call("add_text", draft_id=draft, text=text, start=start, end=start + 1, **fields)

    return said


def test_undo_takes_back_and_redo_does_again(call, say, texts):
    say("a"), say("b"), say("c")
    assert call("undo", draft_id="d1", steps=2)["undoable"] == 1 and texts() == ["a"]
    assert call("redo", draft_id="d1")["redoable"] == 1 and texts() == ["a", "b"]
    say("d")
    assert texts() == ["a", "b", "d"]
    with pytest.raises(ConflictError, match="nothing to redo"):
        call("redo", draft_id="d1")


def test_ids_stay_through_undo_and_redo(call, say, script):
    placed = say("a")["segment_id"]
    call("undo", draft_id="d1")
    call("redo", draft_id="d1")
    assert [segment.id for _, segment in script().segments()] == [placed]
    call("undo", draft_id="d1")
    assert say("b")["segment_id"] != placed


def test_the_draft_itself_cannot_be_undone(call, draft, say):
    say("a")
    with pytest.raises(ConflictError, match="not 2 steps to undo, only 1"):
        call("undo", draft_id="d1", steps=2)
    call("undo", draft_id="d1")
    with pytest.raises(ConflictError, match="nothing to undo"):
        call("undo", draft_id="d1")


def test_any_version_can_be_restored_and_that_undone(call, say, texts):
    say("a"), say("b")
    call("undo", draft_id="d1")
    say("c")
    restored = call("restore_version", draft_id="d1", version=3)
    assert texts() == ["a", "b"] and restored["version"] == 6
    call("undo", draft_id="d1")
    assert texts() == ["a", "c"]
    with pytest.raises(NotFoundError, match="no version 99"):
        call("restore_version", draft_id="d1", version=99)


def test_what_was_undone_is_undone_after_a_restart_and_in_another_process(call, say, services, tmp_path, media, texts):
    for text in "abcd":
        say(text)
    call("undo", draft_id="d1", steps=3)
    call("redo", draft_id="d1")
    other = make_services(tmp_path, media, store=services.store)
    assert [segment.text for _, segment in other.drafts.snapshot("d1").segments()] == texts() == ["a", "b"]
    OPERATIONS["redo"]({"draft_id": "d1"}, other)
    assert texts() == ["a", "b", "c"]
    other.close()


def test_hundreds_of_steps_go_back_and_forth(call, say, script):
    seen = [write_timeline(script(), {}).document]
    for number in range(120):
        say(f"{number}")
        seen.append(write_timeline(script(), {}).document)
    for before in reversed(seen[:-1]):
        call("undo", draft_id="d1")
        assert write_timeline(script(), {}).document == before
    for after in seen[1:]:
        call("redo", draft_id="d1")
        assert write_timeline(script(), {}).document == after


def test_a_draft_is_the_same_as_at_the_first_version_that_was_so(call, say):
    say("a"), say("b")
    assert call("undo", draft_id="d1")["same_as"] == 2
    assert call("restore_version", draft_id="d1", version=4)["same_as"] == 2
    assert call("get_history", draft_id="d1")["same_as"] == 2
    assert call("restore_version", draft_id="d1", version=3)["same_as"] == 3
    assert call("undo", draft_id="d1")["same_as"] == 2


@pytest.mark.parametrize("name, fields", [("undo", {}), ("redo", {}), ("restore_version", {"version": 1})])
def test_moves_say_where_the_draft_can_be_downloaded(call, services, name, fields):
    call("create_draft", draft_id="d1", target="jianying_10")
    for text in "ab":
        call("add_text", draft_id="d1", text=text, track_name=text)
    call("undo", draft_id="d1")
    forget(services, "d1")
    assert call(name, draft_id="d1", **fields)["draft_url"] == services.draft_path("d1", "jianying")


def test_every_answer_about_a_draft_says_where_it_can_be_downloaded(call, say, services):
    exported = call("export_log", draft_id=say("a")["draft_id"])["log"]
    answers = [call("duplicate_draft", draft_id="d1", new_draft_id="d2"), call("get_draft", draft_id="d1")]
    answers.append(call("import_log", log=exported, draft_id="d3"))
    call("delete_draft", draft_id="d3")
    answers.append(call("recover_draft", draft_id="d3"))
    answers.append(call("mute_track", draft_id="d1", track_name="text_main"))
    for answer in answers:
        assert answer["draft_url"] == services.draft_path(answer["draft_id"], "capcut")
    assert [answer["version"] for answer in answers] == [2, 2, 2, 2, 3]


def test_items_of_lists_have_no_warnings_of_their_own(call, draft):
    assert "warnings" not in call("list_drafts")["drafts"][0]
    assert "warnings" not in call("get_history", draft_id="d1")["steps"][0]


def test_a_refusal_names_the_field_that_the_caller_sent(call, draft):
    for op, fields, field in [
        ("get_draft", {"at_version": 100}, "at_version"),
        ("duplicate_draft", {"new_draft_id": "d1"}, "new_draft_id"),
        ("duplicate_draft", {"version": 100}, "version"),
        ("add_text", {"text": "a", "expected_version": 5}, "expected_version"),
    ]:
        with pytest.raises((ConflictError, NotFoundError)) as refused:
            call(op, draft_id="d1", **fields)
        assert [one["field"] for one in refused.value.fields] == [field], op
        assert str(refused.value).startswith(f"{field}: ")


def test_history_tells_what_was_done_and_what_of_it_is_in_the_draft(call, say):
    say("a"), say("b")
    call("undo", draft_id="d1")
    told = call("get_history", draft_id="d1")
    assert [(step["version"], step["operation"], step["in_draft"]) for step in told["steps"]] == [
        (4, "undo", False), (3, "add_text", False), (2, "add_text", True), (1, "create_draft", True),
    ]  # fmt: skip
    assert (told["version"], told["same_as"], told["undoable"], told["redoable"]) == (4, 2, 1, 1)
    assert told["steps"][2]["request"] == {"text": "a", "start": 0.0, "end": 1.0}
    assert told["steps"][0]["at"].endswith("Z")
    assert [step["version"] for step in call("get_history", draft_id="d1", limit=2, offset=1)["steps"]] == [3, 2]


def test_an_old_version_can_be_looked_at(call, say, services):
    say("a"), say("b")
    assert [segment.text for _, segment in services.drafts.snapshot("d1", 2).segments()] == ["a"]
    assert services.drafts.snapshot("d1", 2).version == 2 and services.drafts.version("d1") == 3


def test_an_edit_on_a_version_that_moved_is_refused(say, texts):
    version = say("a")["version"]
    say("b", expected_version=version)
    with pytest.raises(DraftChangedError, match="at version 3") as refused:
        say("c", expected_version=version)
    assert refused.value.details == {"version": 3} and texts() == ["a", "b"]


@pytest.mark.parametrize("name, fields", [("undo", {}), ("redo", {}), ("restore_version", {"version": 1})])
def test_moves_can_expect_a_version_too(call, say, name, fields):
    say("a")
    call("undo", draft_id="d1")
    with pytest.raises(DraftChangedError):
        call(name, draft_id="d1", expected_version=1, **fields)


def test_an_expected_version_is_not_part_of_what_is_logged(say, services):
    say("a", expected_version=1)
    assert b"expected" not in services.store.read("d1")[1][-1].request


def test_a_draft_that_is_not_there_has_no_version_to_expect(services):
    with pytest.raises(NotFoundError):
        OPERATIONS["add_text"]({"draft_id": "new", "text": "a", "expected_version": 1}, services, strict=False)


# ---- whole drafts


def test_drafts_are_listed(call):
    for draft_id, name in [("a", "Trip"), ("b", "trip to 北京"), ("c", "Work")]:
        call("create_draft", draft_id=draft_id, name=name)
    call("delete_draft", draft_id="c")
    found = call("list_drafts", search="TRIP", sort="draft_id", order="ascending")
    assert [(one["draft_id"], one["name"], one["state"]) for one in found["drafts"]] == [
        ("a", "Trip", "active"), ("b", "trip to 北京", "active"),
    ]  # fmt: skip
    assert found["total"] == 2 and found["drafts"][0]["version"] == 1 and found["drafts"][0]["bytes"] > 50
    assert [one["draft_id"] for one in call("list_drafts", state="deleted")["drafts"]] == ["c"]
    assert call("list_drafts", state="all", limit=1)["total"] == 3


def test_a_deleted_draft_is_not_found_until_it_is_recovered(call, say, services, texts):
    say("a")
    until = call("delete_draft", draft_id="d1")["recoverable_until"]
    kept = round(services.settings.retention_days * DAY * 1000)
    assert until == utc(services.store.entry("d1").deleted_at + kept) and kept == 30 * 24 * 3_600_000
    for name, fields in [("add_text", {"text": "b"}), ("query_script", {}), ("save_draft", {}), ("undo", {})]:
        with pytest.raises(NotFoundError, match="recover_draft brings it back"):
            call(name, draft_id="d1", **fields)
    with pytest.raises(NotFoundError, match="recover_draft"):
        OPERATIONS["add_text"]({"draft_id": "d1", "text": "b"}, services, strict=False)
    with pytest.raises(ConflictError, match="recover_draft"):
        call("create_draft", draft_id="d1")
    assert call("recover_draft", draft_id="d1")["version"] == 2 and texts() == ["a"]


def test_a_purged_draft_is_gone_with_its_saves_and_its_id_is_free(call, say, services):
    say("a")
    call("save_draft", draft_id="d1", wait=30)
    assert services.saved.archive("d1")
    assert call("delete_draft", draft_id="d1", purge=True) == {
        "draft_id": "d1", "purged": True, "recoverable_until": "", "warnings": [],
    }  # fmt: skip
    assert services.saved.archive("d1") is None
    with pytest.raises(NotFoundError):
        call("recover_draft", draft_id="d1")
    call("create_draft", draft_id="d1")
    assert services.drafts.snapshot("d1").version == 1


def test_another_process_that_held_a_purged_draft_sees_its_successor(call, say, services, tmp_path, media):
    other = make_services(tmp_path, media, store=services.store)
    say("a")
    other.drafts.snapshot("d1")
    call("delete_draft", draft_id="d1", purge=True)
    call("create_draft", draft_id="d1", width=500)
    call("add_text", draft_id="d1", text="new")
    seen = other.drafts.snapshot("d1")
    assert (seen.width, [segment.text for _, segment in seen.segments()]) == (500, ["new"])
    other.close()


def test_deleted_drafts_are_purged_when_their_days_are_over(call, say, services, tmp_path, media):
    for draft_id in ("old", "young"):
        call("create_draft", draft_id=draft_id)
    call("delete_draft", draft_id="young")
    services.store.mark_deleted("old", services.store.entry("young").deleted_at - 31 * 86_400_000)
    purge_deleted(services)
    assert services.store.entry("old") is None and services.store.entry("young") and services.store.entry("d1")


def test_a_copy_is_the_same_draft_under_another_id(call, say, script):
    placed = [say(text)["segment_id"] for text in "ab"]
    call("undo", draft_id="d1")
    assert call("duplicate_draft", draft_id="d1", new_draft_id="d2", name="Copy")["version"] == 4
    assert [segment.id for _, segment in script("d2").segments()] == placed[:1] and script("d2").name == "Copy"
    call("redo", draft_id="d2")
    assert [segment.id for _, segment in script("d2").segments()] == placed
    assert len(list(script("d1").segments())) == 1


def test_a_copy_goes_on_apart_and_can_be_copied_again(call, say, script):
    say("a")
    call("duplicate_draft", draft_id="d1", new_draft_id="d2")
    call("duplicate_draft", draft_id="d2", new_draft_id="d3")
    added = [call("add_text", draft_id=draft, text="b", start=5, end=6)["segment_id"] for draft in ("d1", "d2", "d3")]
    assert len(set(added)) == 1, "the same edit of equal drafts makes the same segment"
    call("add_text", draft_id="d2", text="c", start=7, end=8)
    assert [len(list(script(draft).segments())) for draft in ("d1", "d2", "d3")] == [2, 3, 2]


def test_a_draft_can_be_copied_as_it_was(call, say, script):
    say("a"), say("b")
    assert call("duplicate_draft", draft_id="d1", new_draft_id="d2", version=2)["version"] == 2
    assert [segment.text for _, segment in script("d2").segments()] == ["a"]
    with pytest.raises(NotFoundError, match="no version 9"):
        call("duplicate_draft", draft_id="d1", version=9)


def test_a_copy_gets_an_id_if_none_is_given_and_no_taken_one(call, draft, script):
    made = call("duplicate_draft", draft_id="d1")["draft_id"]
    assert made != "d1" and script(made).version == 1
    with pytest.raises(ConflictError):
        call("duplicate_draft", draft_id="d1", new_draft_id=made)


def test_an_exported_draft_comes_back_the_same(call, say, script):
    say("a"), say("b")
    call("undo", draft_id="d1")
    before = write_timeline(script(), {}).document
    exported = call("export_log", draft_id="d1")["log"]
    call("delete_draft", draft_id="d1", purge=True)
    assert call("import_log", log=exported)["draft_id"] == "d1"
    assert write_timeline(script(), {}).document == before
    call("redo", draft_id="d1")
    assert [segment.text for _, segment in script().segments()] == ["a", "b"]
    assert call("export_log", draft_id="d1")["log"]["operations"][:4] == [
        one if one["version"] > 1 else one | {"request": one["request"] | {"name": "d1", "ids_of": "d1"}}
        for one in exported["operations"]
    ]


def test_a_draft_that_cannot_be_rebuilt_can_still_be_exported(call, draft, services):
    services.store.append(services.store.entry("d1"), Row(2, "fly", b"{}", 5_000))
    forget(services, "d1")
    with pytest.raises(StoreError):
        call("get_draft", draft_id="d1")
    log = call("export_log", draft_id="d1")["log"]
    assert log["name"] == "d1" and log["operations"][1] == {
        "version": 2, "operation": "fly", "at": 5_000, "request": {},
    }  # fmt: skip


def test_an_export_says_when_each_operation_was_done(call, say, services):
    say("a")
    exported = call("export_log", draft_id="d1")["log"]
    assert [one["at"] for one in exported["operations"]] == [row.at for row in services.store.read("d1")[1]]
    call("import_log", log=exported, draft_id="d2")
    assert [row.at for row in services.store.read("d2")[1]] == [row.at for row in services.store.read("d1")[1]]


def test_an_exported_draft_can_be_imported_under_another_id(call, say, script):
    placed = say("a")["segment_id"]
    exported = call("export_log", draft_id="d1")["log"]
    with pytest.raises(ConflictError):
        call("import_log", log=exported)
    call("import_log", log=exported, draft_id="d2", name="Back")
    assert [segment.id for _, segment in script("d2").segments()] == [placed] and script("d2").name == "Back"


OPERATION = {"version": 2, "operation": "add_text", "request": {"text": "a"}}


def nested(depth):
    value = 0
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("value", ["\ud800", nested(300), 10**30, float("nan"), [{"a": float("inf")}]])
def test_what_a_log_cannot_keep_is_refused_by_field(call, value):
    operations = [START, OPERATION | {"request": {"text": "a", "x": value}}]
    with pytest.raises(InvalidRequestError) as refused:
        call(
            "import_log", log={"format": "capcut-drafts-log/1", "draft_id": "x", "name": "x", "operations": operations}
        )
    assert [one["field"] for one in refused.value.fields] == ["log.operations.1.request"]


def test_times_of_an_import_can_be_named(call):
    log = {"format": "capcut-drafts-log/1", "draft_id": "x", "name": "x"}
    with pytest.raises(InvalidRequestError, match="log.operations.0.at"):
        call("import_log", log=log | {"operations": [START | {"at": 253_402_300_800_000}]})
    call("import_log", log=log | {"operations": [START | {"at": 253_402_300_799_999}]})
    assert call("get_draft", draft_id="x")["created_at"] <= "9999-12-31T23:59:59.999Z"
    assert call("get_history", draft_id="x")["steps"][0]["at"] == "9999-12-31T23:59:59.999Z"


BAD = {"version": 2, "operation": "add_text", "request": {"text": "a", "end": -3}}
START = {"version": 1, "operation": "create_draft", "request": {"draft_id": "x", "target": "capcut"}}


@pytest.mark.parametrize(
    "operations, said",
    [
        ([], "at least 1 item"),
        ([START | {"version": 2}], "numbered 1, 2, 3"),
        ([START, START], "numbered 1, 2, 3"),
        ([{**START, "operation": "add_text"}], "begin with create_draft"),
        ([{**START, "request": {"draft_id": "x"}}], "operation 1 of draft 'x'.*: target: required and missing$"),
        ([{**START, "request": {"draft_id": "x", "target": "vlc"}}], "operation 1 of draft 'x'"),
        (
            [START, {"version": 2, "operation": "add_text", "request": {"text": 5}}],
            "operation 2 of draft 'x', add_text, cannot be done: text: must be a text$",
        ),
        ([START, {"version": 2, "operation": "undo", "request": {}}], "nothing to undo$"),
        ([START, {"version": 2, "operation": "fly", "request": {}}], "fly, which this version of the service lacks"),
        ([START, {"version": 2, "operation": "save_draft", "request": {"draft_id": "x"}}], "is no edit"),
        ([START, {"version": 2, "operation": "undo", "request": {}}], "nothing to undo"),
        (
            [START, {"version": 2, "operation": "undo", "request": {"steps": "x"}}],
            "steps: undo must say it as a whole number",
        ),
        ([START, {"version": 2, "operation": "undo", "request": {"steps": 0}}], "whole number"),
        ([START, {"version": 2, "operation": "undo", "request": {"steps": True}}], "whole number"),
        ([START, {"version": 2, "operation": "undo", "request": {"junk": 1}}], "and nothing else"),
        ([START, {"version": 2, "operation": "restore_version", "request": {}}], "no version 0"),
        ([START, BAD, {"version": 3, "operation": "undo", "request": {}}], "operation 2 of draft 'x', add_text"),
        ([START, BAD | {"operation": "fly"}, {"version": 3, "operation": "undo", "request": {}}], "fly"),
    ],
)
def test_what_is_no_export_is_refused_and_leaves_nothing(call, services, operations, said):
    with pytest.raises(InvalidRequestError, match=said):
        call(
            "import_log", log={"format": "capcut-drafts-log/1", "draft_id": "x", "name": "x", "operations": operations}
        )
    assert "x" not in services.drafts


def test_a_jump_to_what_cannot_be_rebuilt_is_refused_and_not_logged(call, say, services):
    """As after a downgrade: the draft as it is stays usable."""
    say("a"), say("b")
    call("undo", draft_id="d1")
    rows = services.store._rows["d1"]
    rows[2] = replace(rows[2], name="add_hologram")
    services.drafts.forget("d1")
    with pytest.raises(StoreError, match="add_hologram"):
        call("redo", draft_id="d1")
    assert services.drafts.version("d1") == 4
    say("c")
    call("export_log", draft_id="d1")


def test_a_log_that_lost_its_end_and_went_on_is_read_anew(call, say, services, tmp_path, media):
    """A server that came back older than it was: the numbers are the same, the rows are not."""
    say("a"), say("b"), say("c")
    store, other = services.store, make_services(tmp_path, media, store=services.store)
    rows = store._rows["d1"]
    del rows[2:]
    store._entries["d1"] = replace(store._entries["d1"], version=2, token=rows[-1].token)
    other.drafts.forget("d1")
    for start in (5, 6, 7):
        OPERATIONS["add_text"]({"draft_id": "d1", "text": f"{start}", "start": start, "end": start + 1}, other)
    seen = [[one.text for _, one in drafts.snapshot("d1").segments()] for drafts in (services.drafts, other.drafts)]
    assert seen == [["a", "5", "6", "7"]] * 2
    del rows[3:]
    store._entries["d1"] = replace(store._entries["d1"], version=3, token=rows[-1].token)
    call("add_text", draft_id="d1", text="on", start=20, end=21)
    assert [one.text for _, one in services.drafts.snapshot("d1").segments()] == ["a", "5", "on"]
    other.close()


def test_reads_that_race_with_a_purge_answer_or_are_not_found(services):
    stop, odd = threading.Event(), []

    def read():
        while not stop.is_set():
            for name in ("get_history", "get_draft", "duplicate_draft", "undo", "export_log"):
                try:
                    OPERATIONS[name]({"draft_id": "x"}, services)
                except ServiceError as error:
                    odd.extend([error] if error.status not in (404, 409, 503) else [])

    with ThreadPoolExecutor(3) as pool:
        readers = [pool.submit(read) for _ in range(3)]
        for _ in range(150):
            OPERATIONS["add_text"]({"draft_id": "x", "text": "a"}, services, strict=False)
            OPERATIONS["delete_draft"]({"draft_id": "x", "purge": True}, services)
        stop.set()
        for reader in readers:
            reader.result(60)
    assert not odd


def test_a_chore_does_not_purge_what_was_recovered_or_made_anew_meanwhile(call, say, services, monkeypatch):
    for draft_id in ("back", "anew", "gone"):
        call("create_draft", draft_id=draft_id)
        call("delete_draft", draft_id=draft_id)
        services.store.mark_deleted(draft_id, 1)
    search = services.store.search

    def searched(listing):
        found = search(listing)
        if not done:
            done.append(True)
            call("recover_draft", draft_id="back")
            call("delete_draft", draft_id="anew", purge=True)
            call("create_draft", draft_id="anew")
        return found

    done = []
    monkeypatch.setattr(services.store, "search", searched)
    purge_deleted(services)
    assert services.store.entry("back") and services.store.entry("anew") and services.store.entry("gone") is None


def test_a_download_of_a_new_draft_is_not_that_of_the_purged_one_of_its_id(client, call, say):
    say("yesterday")
    assert client.get("/draft/downloader?draft_id=d1").status_code == 200
    call("delete_draft", draft_id="d1", purge=True)
    assert client.get("/draft/downloader?draft_id=d1").status_code == 404
    call("add_text", draft_id=call("create_draft", draft_id="d1")["draft_id"], text="tomorrow")
    with zipfile.ZipFile(io.BytesIO(client.get("/draft/downloader?draft_id=d1").get_data())) as packed:
        content = packed.read("d1/draft_content.json")
    assert b"tomorrow" in content and b"yesterday" not in content


@pytest.mark.parametrize("garbage", [b"\x00garbage", b"[]", b'"text"'])
def test_a_damaged_row_is_an_error_of_the_store_and_not_of_the_service(call, say, services, garbage):
    say("a")
    rows = services.store._rows["d1"]
    rows[1] = replace(rows[1], request=garbage)
    forget(services, "d1")
    for name in ("get_draft", "get_history", "export_log"):
        with pytest.raises(StoreError):
            call(name, draft_id="d1")
    assert call("undo", draft_id="d1")["version"] == 3, "a way out of it"
    assert call("get_draft", draft_id="d1")["tracks"] == []


def test_a_log_of_many_branches_is_checked_branch_by_branch(services, call):
    """Every row once and a few more: with each way done from its beginning it would be many thousands."""
    done = []
    replay = services.drafts._replay
    services.drafts._replay = lambda draft_id, script, row: done.append(row.number) or replay(draft_id, script, row)
    operations = [START]
    for number in range(2, 602):
        text = {"text": "a", "start": number, "end": number + 1}
        undone = number % 3 == 1
        request = {"operation": "undo", "request": {}} if undone else {"operation": "add_text", "request": text}
        operations.append({"version": number, **request})
    call("import_log", log={"format": "capcut-drafts-log/1", "draft_id": "x", "name": "x", "operations": operations})
    assert len(done) < 2_500
