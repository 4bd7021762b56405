"""Idempotency-Key, If-Match and the further routes, through the door."""

import os
import subprocess
import sys
import time

import orjson
import pytest

from capcut_server import create_app, main
from errors import KeyReusedError, StoreError
from operations import OPERATIONS
from settings import Settings
from store.answers import Answers, KeptAnswer
from store.memory_store import MemoryStore
from store.sqlite_store import SqliteStore

from .fakes import make_services
from .test_doors import assert_failure
from .test_readme import ROOT


@pytest.fixture
def post(client):
    def posted(path, key=None, headers=None, **fields):
        named = {"Idempotency-Key": key} if key else {}
        return client.post(path, json=fields, headers=named | (headers or {}))

    return posted


def texts(client, draft_id="d1"):
    seen = client.post("/v1/query_script", json={"draft_id": draft_id, "format": "object"}).get_json()
    return len(seen["output"]["materials"]["texts"])


# ---- Idempotency-Key


@pytest.mark.parametrize("face", ["", "/v1"])
def test_the_same_call_is_done_once_and_answered_the_same(client, post, face):
    post("/create_draft", draft_id="d1")
    first = post(f"{face}/add_text", "k1", draft_id="d1", text="a")
    again = post(f"{face}/add_text", "k1", draft_id="d1", text="a")
    assert again.get_data() == first.get_data() and again.status_code == first.status_code
    assert again.headers["Idempotency-Replayed"] == "true" and "Idempotency-Replayed" not in first.headers
    assert again.headers["ETag"] == first.headers["ETag"] == '"2"'
    assert texts(client) == 1


@pytest.mark.parametrize("face", ["", "/v1"])
def test_a_named_body_that_is_nested_too_deep_is_a_bad_request(client, face):
    for depth in (900, 990, 1_000, 1_020):
        raw = '{"text": "a", "x": ' + "[" * depth + "]" * depth + "}"
        answer = client.post(f"{face}/add_text", data=raw, headers={"Idempotency-Key": f"k{depth}", **JSON})
        assert answer.status_code == 400 or (not face and answer.status_code == 200), depth


def test_a_refusal_is_answered_the_same_too(post):
    post("/create_draft", draft_id="d1")
    post("/add_text", draft_id="d1", text="a")
    first = post("/v1/add_text", "k1", draft_id="d1", text="b")
    assert_failure(first, 409, "conflict")
    assert_failure(post("/v1/add_text", "k1", draft_id="d1", text="b"), 409, "conflict")


def test_the_order_of_fields_makes_no_other_call(client, post):
    first = client.post("/add_text", data='{"text": "a", "end": 2}', headers={"Idempotency-Key": "k", **JSON})
    again = client.post("/add_text", data='{"end":2,"text":"a"}', headers={"Idempotency-Key": "k", **JSON})
    assert first.get_data() == again.get_data()


JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize("path, fields", [("/v1/add_text", {"text": "b"}), ("/v1/create_draft", {}), ("/add_text", {})])
def test_a_key_with_another_request_is_refused(client, post, path, fields):
    post("/v1/create_draft", draft_id="d1")
    post("/v1/add_text", "k1", draft_id="d1", text="a")
    answer = post(path, "k1", **{"draft_id": "d1", "text": "a"} | fields)
    assert answer.get_json()["code"] == "key_reused" and texts(client) == 1
    assert answer.status_code == (409 if path.startswith("/v1") else 200)


def test_a_draft_made_by_a_named_call_is_made_once(client, post):
    made = [post("/create_draft", "k1").get_json()["output"]["draft_id"] for _ in range(2)]
    assert made[0] == made[1]
    started = [post("/add_text", "k2", text="a").get_json()["output"]["draft_id"] for _ in range(2)]
    assert started[0] == started[1] != made[0] and texts(client, started[0]) == 1


def test_a_key_must_be_of_a_length(post):
    refused = assert_failure(post("/v1/create_draft", "x" * 256), 400, "bad_request")
    assert [one["field"] for one in refused["fields"]] == ["Idempotency-Key"]


def test_a_call_that_is_under_way_is_not_done_beside_itself(services, post):
    Answers(services.store)
    seen = []

    def meanwhile(key, fingerprint):
        answer = begin(key, fingerprint)
        if not seen:
            seen.append(None)
            seen.append(post("/v1/add_text", "k1", text="a"))
        return answer

    begin, services.answers.begin = services.answers.begin, meanwhile
    assert post("/v1/add_text", "k1", text="a").status_code == 200
    assert_failure(seen[1], 409, "key_reused")
    assert "under way" in seen[1].get_json()["error"]


K = {"Idempotency-Key": "k"}


class Leaky(MemoryStore):
    """A store whose records fail to be kept when told so: what is done before is done, its answer is not."""

    leaks = False

    def swap(self, kind, key, old, new, seconds=0):
        if self.leaks and kind == "answer" and old is not None:
            raise StoreError("gone")
        return super().swap(kind, key, old, new, seconds)


@pytest.mark.parametrize(
    "path, fields",
    [
        ("/add_text", {"draft_id": "d1", "text": "b", "start": 9, "end": 10}),
        ("/add_text", {"text": "b"}),
        ("/add_text", {"draft_id": "new", "text": "b"}),
        ("/create_draft", {}),
        ("/create_draft", {"draft_id": "new"}),
        ("/v1/undo", {"draft_id": "d1"}),
        ("/duplicate_draft", {"draft_id": "d1"}),
        ("/v1/drafts/d1/duplicate", {}),
    ],
)
def test_a_call_whose_answer_was_lost_is_not_done_twice(tmp_path, media, path, fields):
    """As when the service is killed between the commit and the answer."""
    store = Leaky()
    services = make_services(tmp_path, media, store=store)
    client = create_app(services=services).test_client()
    client.post("/add_text", json={"draft_id": "d1", "text": "a"})
    store.leaks = True
    first = client.post(path, json=fields, headers={"Idempotency-Key": "k"}).get_json()
    store.leaks = False
    (claim,) = store.keys("answer")
    store._records.pop(("answer", claim))  # a minute later the call no longer counts as under way
    client.post("/add_text", json={"draft_id": "d1", "text": "later", "start": 50, "end": 51})
    versions = {entry: store.entry(entry).version for entry in store._entries}
    again = client.post(path, json=fields, headers={"Idempotency-Key": "k"}).get_json()
    assert {entry: store.entry(entry).version for entry in store._entries} == versions
    assert again["success"] and again["output"]["draft_id"] == first["output"]["draft_id"]
    other = client.post(
        "/add_text", json={"draft_id": "d1", "text": "quite another", "start": 70, "end": 71}, headers=K
    )
    assert other.get_json()["code"] == "key_reused"
    assert {entry: store.entry(entry).version for entry in store._entries} == versions
    if "segment_id" in first["output"]:
        assert again["output"] == first["output"] | {"warnings": again["output"]["warnings"]}
    services.close()


def test_a_failure_that_may_pass_is_not_kept(tmp_path, media):
    store = MemoryStore()
    services = make_services(tmp_path, media, store=store)
    client = create_app(services=services).test_client()
    client.post("/create_draft", json={"draft_id": "d1"})
    append = store.append

    def failing(entry, row):
        raise StoreError("the disk is full")

    store.append = failing
    named = {"json": {"draft_id": "d1", "text": "a"}, "headers": {"Idempotency-Key": "k"}}
    assert_failure(client.post("/v1/add_text", **named), 503, "store_unavailable")
    store.append = append
    assert client.post("/v1/add_text", **named).status_code == 200
    services.close()


# ---- If-Match


def test_answers_carry_the_version_and_edits_can_insist_on_it(client, post):
    made = post("/v1/create_draft", draft_id="d1")
    added = post("/v1/add_text", draft_id="d1", text="a", headers={"If-Match": made.headers["ETag"]})
    assert (made.headers["ETag"], added.headers["ETag"]) == ('"1"', '"2"')
    late = post("/v1/add_text", draft_id="d1", text="b", start=5, end=6, headers={"If-Match": '"1"'})
    assert assert_failure(late, 409, "draft_changed")["details"] == {"version": 2} and texts(client) == 1
    assert post("/v1/undo", draft_id="d1", headers={"If-Match": "*"}).status_code == 200


@pytest.mark.parametrize("header", ["x", '"a"', '"1', '1"', '"1", "2"', "-1", "0", '"' + "9" * 40 + '"'])
def test_an_if_match_that_is_no_version_is_a_bad_request(post, header):
    post("/v1/create_draft", draft_id="d1")
    answer = post("/v1/add_text", draft_id="d1", text="a", headers={"If-Match": header})
    assert [one["field"] for one in assert_failure(answer, 400, "bad_request")["fields"]] == ["If-Match"]


@pytest.mark.parametrize("header", ["1", '"1"', 'W/"1"'])
def test_a_version_may_be_quoted_as_a_whole_or_not_at_all(post, header):
    post("/v1/create_draft", draft_id="d1")
    assert post("/v1/add_text", draft_id="d1", text="a", headers={"If-Match": header}).status_code == 200


@pytest.mark.parametrize("face", ["", "/v1"])
def test_header_and_body_that_expect_different_versions_are_refused(post, face):
    post("/v1/create_draft", draft_id="d1")
    match = {"If-Match": '"1"'}
    answer = post(f"{face}/add_text", draft_id="d1", text="a", expected_version=2, headers=match)
    assert [one["field"] for one in assert_failure(answer, 400, "bad_request")["fields"]] == ["If-Match"]
    for same in (1, "1", None):
        assert (
            post("/v1/mute_track", draft_id="d1", track_name="x", expected_version=same, headers=match).status_code
            == 404
        )


EXPECTING = [
    ("/v1/delete_draft", {}),
    ("/v1/delete_draft", {"purge": True}),
    ("/v1/save_draft", {}),
    ("/v1/duplicate_draft", {"new_draft_id": "d2"}),
    ("/v1/duplicate_draft", {"new_draft_id": "d2", "version": 1}),
]


@pytest.mark.parametrize("path, fields", EXPECTING)
def test_what_is_done_with_a_whole_draft_can_insist_on_a_version(client, post, services, path, fields):
    post("/v1/create_draft", draft_id="d1")
    post("/v1/add_text", draft_id="d1", text="a")
    late = assert_failure(post(path, draft_id="d1", headers={"If-Match": '"1"'}, **fields), 409, "draft_changed")
    assert late["details"] == {"version": 2} and [one["field"] for one in late["fields"]] == ["expected_version"]
    assert texts(client) == 1 and "d2" not in services.drafts and not services.saved.archive("d1")
    assert post(path, draft_id="d1", headers={"If-Match": '"2"'}, **fields).status_code == 200


def test_a_delete_can_insist_on_a_version(client, post):
    post("/v1/create_draft", draft_id="d1")
    assert_failure(client.delete("/v1/drafts/d1", headers={"If-Match": '"2"'}), 409, "draft_changed")
    assert_failure(client.delete("/v1/drafts/d1?expected_version=2"), 409, "draft_changed")
    assert client.delete("/v1/drafts/d1", headers={"If-Match": '"1"'}).status_code == 200


def test_an_if_match_that_cannot_be_honoured_is_refused(client):
    for op in OPERATIONS.values():
        for face in ("", "/v1"):
            answer = client.post(f"{face}/{op.name}", json={}, headers={"If-Match": '"1"'})
            if "expected_version" not in op.request.model_fields:
                assert [one["field"] for one in assert_failure(answer, 400, "bad_request")["fields"]] == ["If-Match"]
            else:
                assert answer.get_json()["code"] == "invalid_request"
    assert_failure(client.get("/v1/drafts", headers={"If-Match": '"1"'}), 400, "bad_request")


@pytest.mark.parametrize("face", ["", "/v1"])
def test_a_version_of_no_draft_is_refused_by_field(post, face):
    answer = post(f"{face}/add_text", text="a", expected_version=1).get_json()
    assert [one["field"] for one in answer["fields"]] == ["expected_version"] and "names no draft" in answer["error"]


# ---- further routes


def test_drafts_are_resources_too(client, post):
    post("/create_draft", draft_id="d1", name="Trip")
    listed = client.get("/v1/drafts?search=trip&limit=5").get_json()["output"]
    assert [one["draft_id"] for one in listed["drafts"]] == ["d1"]
    assert client.get("/v1/drafts/d1/history").get_json()["output"]["version"] == 1
    assert client.post("/v1/drafts/d1/duplicate", json={"new_draft_id": "d2"}).get_json()["output"]["draft_id"] == "d2"
    assert client.delete("/v1/drafts/d1").get_json()["output"]["purged"] is False
    assert_failure(client.get("/v1/drafts/d1/history"), 404, "draft_not_found")
    assert client.post("/v1/drafts/d1/recover").get_json()["output"]["version"] == 1
    assert client.delete("/v1/drafts/d1?purge=true").get_json()["output"]["purged"] is True
    assert_failure(client.delete("/v1/drafts/d1"), 404, "draft_not_found")


def test_what_does_not_fit_is_refused_there_as_well(client):
    assert_failure(client.get("/v1/drafts?limit=many"), 400, "invalid_request")
    assert "did you mean 'limit'" in assert_failure(client.get("/v1/drafts?limits=3"), 400, "invalid_request")["error"]
    assert_failure(client.get("/v1/drafts/%20/history"), 400, "invalid_request")
    assert_failure(client.put("/v1/drafts/d1"), 405, "method_not_allowed")


@pytest.mark.parametrize(
    "method, path, sent",
    [
        ("POST", "/v1/drafts/d1/duplicate", {"json": {"draft_id": "d2"}}),
        ("POST", "/v1/drafts/d1/duplicate?draft_id=d2", {}),
        ("GET", "/v1/drafts/d1?draft_id=d2", {}),
        ("DELETE", "/v1/drafts/d1?draft_id=d2", {}),
        ("DELETE", "/v1/drafts/d1?draft_id=d1&draft_id=d2", {}),
        ("GET", "/draft/downloader?draft_id=d1&draft_id=d2", {}),
    ],
)
def test_a_request_that_names_two_drafts_is_refused_and_neither_is_touched(client, post, services, method, path, sent):
    for draft_id in ("d1", "d2"):
        post("/create_draft", draft_id=draft_id)
    answer = client.open(path, method=method, **sent)
    assert [one["field"] for one in assert_failure(answer, 400, "invalid_request")["fields"]] == ["draft_id"]
    assert {entry.draft_id for entry in services.store._entries.values() if entry.deleted_at is None} == {"d1", "d2"}


def test_the_draft_of_the_path_may_be_named_again(client, post):
    post("/create_draft", draft_id="d1")
    again = {"draft_id": "d1", "new_draft_id": "d2"}
    assert client.post("/v1/drafts/d1/duplicate", json=again).status_code == 200
    assert client.get("/v1/drafts/d1?draft_id=d1").status_code == 200
    assert client.post("/v1/drafts/d1/duplicate", json={"draft_id": None}).status_code == 200


def test_a_parameter_that_is_given_twice_is_refused(client):
    refused = assert_failure(client.get("/v1/drafts?limit=1&limit=2"), 400, "invalid_request")
    assert [one["field"] for one in refused["fields"]] == ["limit"]


@pytest.mark.parametrize(
    "method, path", [("GET", "/v1/drafts"), ("DELETE", "/v1/drafts/d1"), ("GET", "/draft/downloader?draft_id=d1")]
)
def test_a_body_where_none_is_read_is_refused(client, post, services, method, path):
    post("/create_draft", draft_id="d1")
    assert (
        "no body" in assert_failure(client.open(path, method=method, json={"purge": True}), 400, "bad_request")["error"]
    )
    assert_failure(client.open(path, method=method, data=b"x" * 20_000_000), 400, "bad_request")
    assert "d1" in services.drafts


def test_a_draft_that_has_not_changed_is_not_sent_again(client, post):
    post("/create_draft", draft_id="d1")
    seen = client.get("/v1/drafts/d1").headers["ETag"]
    same = client.get("/v1/drafts/d1", headers={"If-None-Match": seen})
    assert (same.status_code, same.get_data(), same.headers["ETag"]) == (304, b"", seen)
    post("/add_text", draft_id="d1", text="a")
    assert client.get("/v1/drafts/d1", headers={"If-None-Match": seen}).get_json()["output"]["version"] == 2
    assert post("/v1/get_draft", draft_id="d1", headers={"If-None-Match": "*"}).status_code == 200


def test_head_has_the_headers_of_get(client, post):
    post("/create_draft", draft_id="d1")
    for path in ("/v1/drafts/d1", "/v1/drafts/d1/log"):
        head, get = client.head(path), client.get(path)
        for name in ("Content-Disposition", "Content-Type", "Content-Length", "ETag"):
            assert head.headers.get(name) == get.headers.get(name), (path, name)
        assert head.get_data() == b""


def test_an_exported_file_is_a_request_of_import_as_it_stands(client, post):
    post("/create_draft", draft_id="d1")
    file = client.get("/v1/drafts/d1/log")
    assert file.headers["Content-Disposition"] == 'attachment; filename="d1.json"'
    assert orjson.loads(file.get_data())["log"]["draft_id"] == "d1" and b"\n" not in file.get_data()
    client.delete("/v1/drafts/d1?purge=true")
    assert client.post("/v1/import_log", data=file.get_data(), headers=JSON).get_json()["output"]["draft_id"] == "d1"


def test_an_import_may_be_larger_than_other_requests(tmp_path, media):
    services = make_services(tmp_path, media, max_body_bytes=1_000, max_import_bytes=5_000)
    client = create_app(services=services).test_client()
    start = {"version": 1, "operation": "create_draft", "request": {"draft_id": "d1", "target": "capcut"}}
    log = {"format": "capcut-drafts-log/1", "draft_id": "d1", "name": "d1", "operations": [start]}
    body = orjson.dumps({"log": log})
    assert client.post("/v1/import_log", data=body + b" " * 3_000, headers=JSON).status_code == 200
    refused = client.post("/v1/import_log", data=body + b" " * 5_000, headers=JSON)
    assert "max_import_bytes" in assert_failure(refused, 413, "request_entity_too_large")["error"]
    assert_failure(client.post("/v1/add_text", data=body + b" " * 3_000, headers=JSON), 413, "request_entity_too_large")
    services.close()


def test_the_server_lets_the_largest_import_through(tmp_path, monkeypatch):
    seen = {}

    def create_server(app, **options):
        app.extensions["services"].close()
        seen.update(options)
        raise OSError("far enough")

    settings = Settings(data_dir=tmp_path, max_body_bytes=1_000, max_import_bytes=5_000)
    monkeypatch.setattr("waitress.server.create_server", create_server)
    monkeypatch.setattr("capcut_server.load", lambda: settings)
    with pytest.raises(SystemExit):
        main()
    assert seen["max_request_body_size"] == 5_000


def test_every_further_route_is_described(client):
    paths = client.get("/openapi.json").get_json()["paths"]
    for op in OPERATIONS.values():
        if op.route:
            method, path = op.route.replace("<", "{").replace(">", "}").split()
            described = paths[path][method.lower()]
            assert described["summary"] == op.summary
            assert all(one["description"] for one in described["parameters"])


def test_a_call_counts_as_under_way_for_as_long_as_its_process_says_so(services):
    one, other = services.answers, Answers(services.store)
    assert one.begin("k", "call") is None
    claim = services.store.get("answer", "k")
    services.store.put("answer", "k", claim, 0.5)
    one.renew()
    time.sleep(0.6)
    with pytest.raises(KeyReusedError, match="under way"):
        other.begin("k", "call")
    services.store.put("answer", "k", claim, 0.001)
    time.sleep(0.01)
    assert other.begin("k", "call") is None, "its process is silent"
    other.keep("k", "call", KeptAnswer(200, b"of the other"))
    one.keep("k", "call", KeptAnswer(200, b"late"))
    assert other.begin("k", "call").body == b"of the other"


def test_an_answer_is_kept_for_a_day(services, monkeypatch):
    services.answers.begin("k", "call")
    services.answers.keep("k", "call", KeptAnswer(200, b"{}"))
    now = time.time()
    monkeypatch.setattr("store.memory_store.time.time", lambda: now + 24 * 3600 - 60)
    assert services.answers.begin("k", "call")
    monkeypatch.setattr("store.memory_store.time.time", lambda: now + 24 * 3600 + 60)
    assert services.answers.begin("k", "call") is None


def test_a_call_whose_process_was_killed_can_be_sent_again_at_once(services):
    claiming = """
import sys
from pathlib import Path
from store.answers import Answers
from store.sqlite_store import SqliteStore
Answers(SqliteStore(Path(sys.argv[1]))).begin("k", "call")
"""
    path = services.settings.data_dir / "drafts.db"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", claiming, path], env=environment, cwd=ROOT, check=True)
    store = SqliteStore(path)
    assert store.get("answer", "k") and Answers(store).begin("k", "call") is None
    with pytest.raises(KeyReusedError, match="under way"):
        Answers(store).begin("k", "call")
