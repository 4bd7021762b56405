"""Idempotency-Key, If-Match and the further routes, through the door."""

import os
import subprocess
import sys
import time

import orjson
import pytest

from capcut_server import create_app
from errors import KeyReusedError, StoreError
from operations import OPERATIONS
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
    assert texts(client) == 1


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
    assert_failure(post("/v1/create_draft", "x" * 256), 400, "bad_request")


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


@pytest.mark.parametrize("header", ["x", '"a"', '"1", "2"', "-1", '"' + "9" * 40 + '"'])
def test_an_if_match_that_is_no_version_is_a_bad_request(post, header):
    post("/v1/create_draft", draft_id="d1")
    assert_failure(post("/v1/add_text", draft_id="d1", text="a", headers={"If-Match": header}), 400, "bad_request")


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


def test_an_exported_file_is_a_request_of_import_as_it_stands(client, post):
    post("/create_draft", draft_id="d1")
    file = client.get("/v1/drafts/d1/log")
    assert file.headers["Content-Disposition"] == 'attachment; filename="d1.json"'
    assert orjson.loads(file.get_data())["log"]["draft_id"] == "d1"
    client.delete("/v1/drafts/d1?purge=true")
    assert client.post("/v1/import_log", data=file.get_data(), headers=JSON).get_json()["output"]["draft_id"] == "d1"


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
    services.store.put("answer", "k", claim, 0.1)
    one.renew()
    time.sleep(0.15)
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
