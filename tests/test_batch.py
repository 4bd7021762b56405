import orjson
import pytest

from errors import InvalidRequestError, RefusedStepsError
from operations import OPERATIONS

from .fakes import forget, logged

TITLE = {"operation": "add_text", "alias": "title", "request": {"text": "Hi", "end": 2}}
FADE = {
    "operation": "add_video_keyframe",
    "request": {"segment_id": "alias://title", "property_type": "alpha", "time": 0, "value": "0%"},
}


def add(text, start, **more):
    return {"operation": "add_text", "request": {"text": text, "start": start, "end": start + 1}, **more}


def test_operations_are_done_in_order_as_one_step(call, draft, segment, services):
    done = call("batch", draft_id=draft, operations=[TITLE, FADE])
    assert (done["version"], segment().text, len(segment().keyframes)) == (2, "Hi", 1)
    title, fade = done["results"]
    assert (title["operation"], title["alias"]) == ("add_text", "title")
    assert title["output"]["segment_id"] == segment().id == fade["output"]["segment_ids"][0]
    assert not title["output"].keys() & {"draft_id", "draft_url", "version", "warnings"}
    call("undo", draft_id=draft)
    assert not services.drafts.snapshot(draft).tracks


def test_a_batch_is_done_again_as_it_was(call, draft, services, written):
    call("batch", draft_id=draft, operations=[TITLE, FADE, {"operation": "rename_draft", "request": {"name": "n"}}])
    before = orjson.dumps(written())
    forget(services, draft)
    assert orjson.dumps(written()) == before
    call("duplicate_draft", draft_id=draft, new_draft_id="d2", name="copy")
    assert services.drafts.snapshot("d2").name == "copy"


def test_one_that_is_refused_takes_back_all(refused, draft):
    steps = [TITLE, add("over it", 1), add("after", 2), {"operation": "remove_track", "request": {"track_name": "no"}}]
    error = refused(RefusedStepsError, "batch", operations=steps)
    assert (error.status, error.code) == (409, "conflict")
    assert [one["field"] for one in error.fields] == ["operations.1.request.start", "operations.3.request.track_name"]
    first, last = error.details["refused"]
    assert (first["place"], first["details"]["free_start"]) == ("operations.1.request.start", 2)
    assert (last["place"], last["code"]) == ("operations.3.request.track_name", "track_not_found")
    assert "alias://title" in str(error)


def test_every_operation_that_cannot_be_read_is_named(refused, draft):
    steps = [
        {"operation": "add_text", "request": {"txt": "a"}},
        {"operation": "add_txt"},
        {"operation": "get_draft"},
        {"operation": "batch", "request": {"operations": [TITLE]}},
        {"operation": "create_draft"},
        {"operation": "add_text", "request": {"text": "a", "draft_id": "other"}},
        {"operation": "add_text", "request": {"text": "a", "dry_run": True}},
    ]
    error = refused(RefusedStepsError, "batch", operations=steps)
    assert error.status == 400
    assert [one["field"] for one in error.fields] == [
        *("operations.0.request.text", "operations.0.request.txt"),
        *(f"operations.{place}.operation" for place in (1, 2, 3, 4)),
        *("operations.5.request.draft_id", "operations.6.request.dry_run"),
    ]
    assert "add_text" in error.fields[2]["message"]


def test_what_speaks_of_a_refused_one_is_not_reported_as_well(refused, draft):
    late = {"operation": "add_text", "alias": "late", "request": {"text": "a", "start": 1, "end": 3}}
    split = {"operation": "split_segment", "request": {"segment_id": "alias://late", "at": 2}}
    error = refused(RefusedStepsError, "batch", operations=[TITLE, late, split])
    assert [one["field"] for one in error.fields] == ["operations.1.request.start"]


def test_an_alias_must_have_been_given_before(refused, draft):
    error = refused(RefusedStepsError, "batch", operations=[FADE, TITLE])
    assert error.status == 404
    assert error.fields[0]["field"] == "operations.0.request.segment_id"
    error = refused(RefusedStepsError, "batch", operations=[TITLE, FADE | {"request": {"segment_id": "alias://x"}}])
    assert "known here: title" in str(error)


def test_the_alias_of_a_split_is_its_right_part(call, draft, services):
    split = {"operation": "split_segment", "alias": "rest", "request": {"segment_id": "alias://title", "at": 1}}
    remove = {"operation": "remove_segment", "request": {"segment_id": "alias://rest"}}
    call("batch", draft_id=draft, operations=[TITLE, split, remove])
    ((_, left),) = services.drafts.snapshot(draft).segments()
    assert left.end == 1_000_000


def test_create_draft_in_front_makes_the_draft_with_the_rest_or_not_at_all(call, services):
    create = {"operation": "create_draft", "request": {"draft_id": "new", "width": 1920, "height": 1080, "fps": 25}}
    with pytest.raises(RefusedStepsError):
        call("batch", operations=[create, TITLE, add("over it", 1)])
    assert "new" not in services.drafts
    done = call("batch", operations=[create, TITLE])
    script = services.drafts.snapshot("new")
    assert (done["draft_id"], done["version"], script.width, script.rate) == ("new", 2, 1920, 25)
    assert [row.name for row in logged(services, "new")] == ["create_draft", "batch"]
    with pytest.raises(Exception, match="exists"):
        call("batch", operations=[create, TITLE])
    assert services.drafts.version("new") == 2


def test_without_a_draft_one_is_made(call, services):
    done = call("batch", operations=[TITLE], width=1920, height=1080)
    assert services.drafts.snapshot(done["draft_id"]).width == 1920
    done = OPERATIONS["batch"]({"draft_id": "mine", "operations": [TITLE]}, services, strict=False)
    assert done.draft_id == "mine"
    with pytest.raises(Exception, match="no such draft"):
        call("batch", draft_id="nobody", operations=[TITLE])


def test_what_has_to_be_learned_is_logged(call, draft, media, services, shown):
    media.file("https://a.b/c.srt", b"1\n00:00:00,000 --> 00:00:01,000\nHello\n")
    call("batch", draft_id=draft, operations=[{"operation": "add_subtitle", "request": {"srt": "https://a.b/c.srt"}}])
    assert shown()[-1] == ("subtitle", 0, 1)
    media.missing("https://a.b/c.srt")
    forget(services, draft)
    assert shown()[-1] == ("subtitle", 0, 1)
    assert b"Hello" in logged(services, draft)[-1].request


def test_each_warning_says_of_which_operation_it_is(services, draft):
    steps = [TITLE, {"op": "add_text", "args": {"text": "b", "start": 2, "end": 3, "colour": "#FFF"}}]
    done = OPERATIONS["batch"]({"draft_id": draft, "script": steps}, services, strict=False)
    assert [warning[:21] for warning in done.warnings] == ["operations.1: colour:"]


def test_the_draft_of_its_operations_is_the_batchs(call, draft, refused):
    done = call("batch", operations=[{"operation": "add_text", "request": {"text": "a", "draft_id": draft}}])
    assert (done["draft_id"], done["version"]) == (draft, 2)


def test_what_needs_to_learn_something_it_cannot_is_refused_by_its_place(refused, draft, media):
    gone = {"operation": "add_subtitle", "alias": "s", "request": {"srt": media.missing("https://a.b/c.srt")}}
    change = {"operation": "update_segment", "request": {"segment_id": "alias://s", "set": {"size": 9}}}
    error = refused(RefusedStepsError, "batch", operations=[TITLE, gone, change])
    assert (error.status, [one["field"] for one in error.fields]) == (502, ["operations.1.request"])


def test_what_needs_to_learn_something_is_not_found_at_fault_for_others(refused, draft):
    cues = {"operation": "add_subtitle", "request": {"srt": "1\n00:00:01,000 --> 00:00:02,000\nhello\n"}}
    error = refused(RefusedStepsError, "batch", operations=[cues, {"operation": "add_text", "request": {"text": ""}}])
    assert [one["field"] for one in error.fields] == ["operations.1.request.text"]


def test_an_alias_of_what_adds_no_segment_names_none(refused, draft):
    track = {"operation": "add_track", "alias": "t", "request": {"track_name": "x", "type": "text"}}
    change = {"operation": "update_segment", "request": {"segment_id": "alias://t", "set": {"text": "x"}}}
    assert "adds no segment" in str(refused(RefusedStepsError, "batch", operations=[track, change]))


def test_an_alias_without_its_sign_is_pointed_out(refused, draft):
    change = {"operation": "update_segment", "request": {"segment_id": "title", "set": {"text": "x"}}}
    assert "alias://title" in str(refused(RefusedStepsError, "batch", operations=[TITLE, change]))


def test_an_alias_is_given_once(refused, draft):
    assert "twice" in str(refused(InvalidRequestError, "batch", operations=[TITLE, TITLE]))


def test_the_canvas_beside_create_draft_counts_and_so_does_an_expected_version(call, services):
    create = {"operation": "create_draft", "request": {"draft_id": "new", "height": 480}}
    with pytest.raises(Exception, match="no such draft"):
        call("batch", operations=[create, TITLE], draft_id="new", expected_version=7)
    call("batch", operations=[create, TITLE], width=640, height=90)
    assert (services.drafts.snapshot("new").width, services.drafts.snapshot("new").height) == (640, 480)


def test_of_thousands_of_wrong_names_not_all_are_looked_at(refused, draft):
    wrong = {"operation": "add_video", "request": {"video_url": "https://a.b/c.mp4", "transition": "Disolve"}}
    error = refused(RefusedStepsError, "batch", operations=[wrong] * 3_000)
    assert (len(error.fields), error.details["count"]) == (20, 100)


@pytest.mark.parametrize("operations", [[], None, [1], ["add_text"], [{}], {"operation": "add_text"}])
def test_what_is_no_list_of_operations_is_refused(refused, draft, operations):
    error = refused(InvalidRequestError, "batch", operations=operations)
    assert error.fields[0]["field"].startswith("operations")


def test_a_thousand_operations(call, draft, services):
    call("batch", draft_id=draft, operations=[add(str(number), number) for number in range(1000)])
    assert len(list(services.drafts.snapshot(draft).segments())) == 1000
