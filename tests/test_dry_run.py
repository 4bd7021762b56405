"""dry_run: the answer of the call, and nothing of what it does."""

from base64 import b64encode

import orjson
import pytest

from errors import ConflictError, DraftExistsError, DraftNotFoundError, InvalidRequestError, SaveFailedError
from fields.requests import Changing
from operations import OPERATIONS
from store.tasks import Task

from .fakes import logged, make_services
from .test_tasks import ASKED

BODIES = {
    "create_draft": {"draft_id": "new"},
    "create_timeline": {**OPERATIONS["create_timeline"].request.example, "draft_id": "new"},
    "save_template": OPERATIONS["save_template"].request.example,
    "create_from_template": {"template_id": "kept", "draft_id": "new", "values": {"who": "a"}},
    "delete_template": {"template_id": "kept"},
    "create_asset": {"data_base64": "MQowMDowMDowMCwwMDAgLS0+IDAwOjAwOjAxLDAwMApOZXcK", "name": "new.srt"},
    "delete_asset": {"asset_id": "66404867a0bd0eb344b2f1ee4248d88b"},
    "duplicate_draft": {"draft_id": "d1", "new_draft_id": "new"},
    "import_log": {**OPERATIONS["import_log"].request.example, "draft_id": "new"},
    "delete_draft": {"draft_id": "d1", "purge": True},
    "recover_draft": {"draft_id": "gone"},
    "undo": {"draft_id": "d1"},
    "redo": {"draft_id": "d1"},
    "restore_version": {"draft_id": "d1", "version": 1},
    "mirror_to_oss": OPERATIONS["mirror_to_oss"].request.example,
    "upload_to_oss": {"data_base64": b64encode(b'{"kind": "photo", "extension": ".png", "duration": 0}').decode()},
    "save_draft": {"draft_id": "d1", "wait": 30},
    "generate_draft_url": {"draft_id": "d1", "force_save": True},
    "cancel_task": {"task_id": "waiting"},
    "retry_task": {"task_id": "cancelled"},
    "import_draft": OPERATIONS["import_draft"].request.example,
    "save_skeleton": OPERATIONS["save_skeleton"].request.example,
    "delete_skeleton": {"skeleton_id": "kept"},
}
"""Operations that change something and are no edits of a draft, with a body each."""


@pytest.fixture
def services(tmp_path, media):
    """With a storage, which some of them need."""
    made = make_services(tmp_path, media, folder_config={"folder": tmp_path / "shown", "url": "https://example.com"})
    yield made
    made.close()


@pytest.fixture
def kept(services, tmp_path):
    """Everything that is kept: rows, records, files."""
    store = services.store

    def state():
        files = sorted(path for path in tmp_path.rglob("*") if path.name != "looking")
        kinds = ("template", "skeleton", "task")
        records = {name: value for name, (value, _) in store._records.items() if name[0] in kinds}
        return {name: list(rows) for name, rows in store._rows.items()}, dict(store._entries), records, files

    return state


@pytest.fixture
def drafts(call, media, services):
    media.video("asset://samples/clip.mp4")
    media.photo("asset://samples/photo.png")
    call("create_draft", draft_id="d1")
    call("add_text", draft_id="d1", text="a")
    call("add_text", draft_id="d1", text="b", start=5, end=6)
    call("undo", draft_id="d1")
    call("save_template", **OPERATIONS["save_template"].request.example | {"template_id": "kept"})
    call("save_skeleton", **OPERATIONS["save_skeleton"].request.example | {"skeleton_id": "kept"})
    call("create_asset", data_base64="MQowMDowMDowMCwwMDAgLS0+IDAwOjAwOjAxLDAwMApIaQo=")
    call("create_draft", draft_id="gone")
    call("delete_draft", draft_id="gone")
    incarnation = services.drafts.entry("d1").incarnation
    for task_id in ("waiting", "cancelled"):
        services.tasks.add(Task(task_id, "d1", 2, "capcut", incarnation, ASKED))
    services.tasks.cancel("cancelled")


def test_every_operation_that_changes_something_can_be_tried_out():
    changing = {op.name for op in OPERATIONS.values() if issubclass(op.request, Changing)}
    elsewhere = {"lint_draft"}  # which changes faulty drafts only: tests/test_lint_draft.py
    assert changing == {op.name for op in OPERATIONS.values() if op.is_edit} | BODIES.keys() | elsewhere


@pytest.mark.parametrize("name", BODIES)
def test_an_operation_that_is_tried_out_answers_and_changes_nothing(drafts, call, kept, name):
    before = kept()
    tried = call(name, **BODIES[name], dry_run=True)
    assert tried["warnings"][0].startswith("dry_run: nothing was changed")
    assert kept() == before
    done = call(name, **BODIES[name])
    assert tried.keys() == done.keys()
    assert kept() != before


def test_an_edit_that_is_tried_out_answers_as_it_would(drafts, call, services):
    before = logged(services, "d1")
    tried = call("add_text", draft_id="d1", text="c", start=7, end=8, dry_run=True)
    assert logged(services, "d1") == before
    done = call("add_text", draft_id="d1", text="c", start=7, end=8)
    assert tried | {"warnings": []} == done


def test_what_would_be_refused_is_refused(drafts, refused, call):
    refused(ConflictError, "add_text", text="c", start=1, end=2, dry_run=True)
    refused(InvalidRequestError, "add_text", text="c", font="no such font", dry_run=True)
    with pytest.raises(DraftExistsError):
        call("create_draft", draft_id="d1", dry_run=True)
    with pytest.raises(DraftNotFoundError):
        call("add_text", draft_id="nobody", text="c", dry_run=True)


def test_a_draft_that_would_be_started_is_not(services, kept):
    before = kept()
    tried = OPERATIONS["add_text"]({"draft_id": "new", "text": "a", "dry_run": "true"}, services, strict=False)
    assert (tried.draft_id, tried.version) == ("new", 2)
    assert kept() == before


def test_a_batch_that_is_tried_out_names_every_problem(drafts, refused):
    steps = [
        {"operation": "add_text", "request": {"text": "x", "start": at, "end": at + 1}} for at in (0, 10, 10.5, 11)
    ]
    error = refused(ConflictError.__base__, "batch", operations=steps, dry_run=True)
    assert [one["field"] for one in error.fields] == ["operations.0.request.start", "operations.2.request.start"]


def test_a_save_that_is_tried_out_says_what_would_be_lost(drafts, call, media, kept):
    call("add_video", draft_id="d1", video_url=media.missing("https://a.b/c.mp4"))
    before = kept()
    with pytest.raises(SaveFailedError, match="HTTP 404") as failure:
        call("save_draft", draft_id="d1", dry_run=True)
    assert failure.value.details["removed_segments"][0]["url"] == "https://a.b/c.mp4"
    assert failure.value.details["draft_url"] == ""
    assert kept() == before


def test_a_dry_run_uses_up_no_key(client):
    key = {"Idempotency-Key": "k"}
    body = {"draft_id": "d1", "text": "a"}
    client.post("/create_draft", json={"draft_id": "d1"})
    assert client.post("/v1/add_text", json=body | {"dry_run": True}, headers=key).json["success"]
    done = client.post("/v1/add_text", json=body, headers=key).json
    assert (done["success"], done["output"]["version"]) == (True, 2)
    assert client.post("/v1/add_text", json=body, headers=key).json == done


def test_a_first_edit_is_done_once_whoever_asks_again(client, services):
    body, key = {"text": "a"}, {"Idempotency-Key": "k"}
    done = client.post("/v1/add_text", json=body, headers=key).json["output"]
    services.store._records.clear()  # the answer was lost, the log was not
    again = client.post("/v1/add_text", json=body, headers=key).json["output"]
    assert (again["draft_id"], again["segment_id"]) == (done["draft_id"], done["segment_id"])
    assert orjson.loads(logged(services, done["draft_id"])[-1].request) == body
    assert services.drafts.version(done["draft_id"]) == 2
