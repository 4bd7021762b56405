"""What must hold for every operation, on both faces."""

import io
import json
import re
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import pytest
from openapi_spec_validator import validate

from capcut_server import create_app
from errors import InvalidRequestError
from operations import OPERATIONS
from other_names import OTHER_NAMES

from .fakes import make_services

URL = "https://example.com/v.mp4"

FACES = {"compatible": "", "strict": "/v1"}
HTTP_LEVEL = {400, 404, 405, 413, 415}


@pytest.fixture(params=OPERATIONS.values(), ids=OPERATIONS)
def op(request):
    return request.param


@pytest.fixture(params=FACES.values(), ids=FACES)
def face(request):
    return request.param


def assert_failure(response, status, code):
    """Every failure has this one shape."""
    body = response.get_json()
    assert (response.status_code, body["code"]) == (status, code), body
    assert (body["success"], body["output"]) == (False, "")
    assert set(body) == {"success", "output", "error", "code", "fields", "details", "warnings"}
    assert body["error"] and "Traceback" not in body["error"]
    assert response.headers["X-Request-ID"]
    return body


def post(client, path, **fields):
    return client.post(path, json=fields)


# ---- bad requests


NO_JSON = [
    ({"data": "{", "content_type": "application/json"}, 400, "bad_request"),
    ({"data": "", "content_type": "application/json"}, 400, "bad_request"),
    ({"data": b"\xff\xfe", "content_type": "application/json"}, 400, "bad_request"),
    ({"data": "[" * 100_000, "content_type": "application/json"}, 400, "bad_request"),
    ({"data": "x"}, 415, "unsupported_media_type"),
    ({"data": "{}", "content_type": "text/plain"}, 415, "unsupported_media_type"),
    ({"data": {"text": "a"}}, 415, "unsupported_media_type"),
]


def test_what_is_not_json_gets_its_true_status_on_both_faces(client, op, face):
    for sent, status, code in NO_JSON:
        assert_failure(client.post(f"{face}/{op.name}", **sent), status, code)


def test_json_that_is_no_object_is_refused(client, op, face):
    status = 400 if face or op.flat else 200
    for body in ([], None, "text", 5, [1]):
        sent = {"data": json.dumps(body), "content_type": "application/json"}
        answer = assert_failure(client.post(f"{face}/{op.name}", **sent), status, "invalid_request")
        assert "must be a JSON object" in answer["error"]


def test_a_body_over_the_limit_is_413(tmp_path, media, face):
    services = make_services(tmp_path, media, max_body_bytes=1_000)
    client = create_app(services=services).test_client()
    assert_failure(post(client, f"{face}/add_text", text="x" * 2_000), 413, "request_entity_too_large")
    services.close()


def test_unknown_routes_and_methods_have_their_true_status(client, op, face):
    assert_failure(client.get(f"{face}/{op.name}"), 405, "method_not_allowed")
    assert_failure(client.post(f"{face}/{op.name}s", json={}), 404, "not_found")


def test_an_unknown_field_is_let_pass_with_a_warning_or_refused(client, op):
    body = assert_failure(post(client, f"/v1/{op.name}", strat=1), 400, "invalid_request")
    assert "strat" in {field["field"] for field in body["fields"]}
    lenient = post(client, f"/{op.name}", strat=1).get_json()
    assert "strat" not in lenient["error"]
    assert not lenient["success"] or lenient["warnings"][0].startswith("strat: unknown field")


def test_all_problems_are_reported_at_once_with_a_hint(client):
    body = assert_failure(post(client, "/v1/add_text", strat=1, end=-5, scale=2), 400, "invalid_request")
    assert {field["field"] for field in body["fields"]} == {"text", "strat", "end", "scale"}
    assert "did you mean 'start'?" in body["error"]


def test_a_failure_is_200_on_the_compatible_face_and_true_on_the_strict_one(client):
    assert_failure(post(client, "/save_draft", draft_id="nobody"), 200, "draft_not_found")
    assert_failure(post(client, "/v1/save_draft", draft_id="nobody"), 404, "draft_not_found")
    post(client, "/add_text", draft_id="d1", text="a")
    assert_failure(post(client, "/add_text", draft_id="d1", text="a"), 200, "conflict")
    assert_failure(post(client, "/v1/add_text", draft_id="d1", text="a"), 409, "conflict")


def test_an_unknown_draft_is_started_under_its_id_or_404(client, services):
    answer = post(client, "/add_text", draft_id="mine", text="a", width=1920, height=1080).get_json()
    assert answer["output"]["draft_id"] == "mine" and "started" in answer["warnings"][0]
    assert services.drafts.snapshot("mine").width == 1920
    assert_failure(post(client, "/v1/add_text", draft_id="other", text="a"), 404, "draft_not_found")
    assert "other" not in services.drafts


@pytest.mark.parametrize("draft_id", ["..", "a/b", "", "é"])
def test_a_malformed_id_is_refused_on_both_faces(client, face, draft_id):
    assert_failure(
        post(client, f"{face}/add_text", draft_id=draft_id, text="a"), 400 if face else 200, "invalid_request"
    )


def test_a_first_edit_that_is_refused_starts_no_draft(client, services):
    assert_failure(post(client, "/add_text", draft_id="mine", text="a", font="no such font"), 200, "unknown_name")
    assert "mine" not in services.drafts


@pytest.mark.parametrize("raw, field", [('{"text": "a", "start": NaN}', "start"), ('{"text": "\\ud800"}', "text")])
def test_what_only_looks_like_json_is_refused_by_field(client, raw, field):
    answer = client.post("/v1/add_text", data=raw, content_type="application/json")
    assert [one["field"] for one in assert_failure(answer, 400, "invalid_request")["fields"]] == [field]


def test_a_fault_of_ours_is_500_without_a_trace(client, services, monkeypatch):
    monkeypatch.setattr(services.drafts, "snapshot", lambda draft_id: 1 / 0)
    for path in ("/query_script", "/v1/query_script"):
        body = assert_failure(post(client, path, draft_id="d1"), 500, "internal_error")
        assert "ZeroDivision" not in body["error"]


@pytest.mark.parametrize(
    "fields, said",
    [
        ({"text": "a" * 20_000}, "text: must have at most"),
        ({"text": "a", "background_style": "x"}, "background_style: must be "),
        ({"text": "a", "alpha": 2}, "alpha: must be less than or equal to 1"),
        ({"text": "a", "relative_index": "9" * 5_000}, "relative_index: must be a whole number of fewer digits"),
    ],
)
def test_what_is_wrong_is_said_in_plain_words(client, fields, said):
    error = post(client, "/v1/add_text", **fields).get_json()["error"]
    assert error.startswith(said) and "should" not in error


def test_lists_and_objects_that_are_too_short_are_refused_in_plain_words(client):
    answer = post(client, "/v1/update_segment", draft_id="d1", segment_id="x", set={}).get_json()
    assert answer["error"] == "set: must have at least 1 item"
    log = {"format": "capcut-drafts-log/1", "draft_id": "x", "name": "x", "operations": []}
    assert post(client, "/v1/import_log", log=log).get_json()["error"] == "log.operations: must have at least 1 item"


# ---- answers


def test_success_has_one_shape(client):
    response = post(client, "/create_draft", draft_id="d1")
    assert response.get_json() == {
        "success": True,
        "output": {
            "draft_id": "d1",
            "draft_url": "http://localhost/draft/downloader?draft_id=d1&is_capcut=1",
            "version": 1,
            "warnings": [],
        },
        "error": "",
        "warnings": [],
    }


def test_a_configured_domain_is_the_base_of_urls(tmp_path, media):
    services = make_services(tmp_path, media, draft_domain="https://drafts.example.com/")
    answer = post(create_app(services=services).test_client(), "/create_draft", draft_id="d1").get_json()
    assert answer["output"]["draft_url"].startswith("https://drafts.example.com/draft/downloader?")
    services.close()


def test_every_answer_carries_a_request_id_and_its_time(client):
    given = client.post("/create_draft", json={}, headers={"X-Request-ID": "trace-1"})
    assert given.headers["X-Request-ID"] == "trace-1" and float(given.headers["X-Response-Time"]) >= 0
    odd = client.post("/create_draft", json={}, headers={"X-Request-ID": "bad id; x"})
    assert odd.headers["X-Request-ID"] not in ("", "bad id; x")


def test_the_request_id_is_on_the_log_lines_of_the_save_it_started(client, media, caplog):
    post(client, "/add_video", draft_id="d1", video_url=media.missing("https://example.com/x.mp4"))
    from logs import RequestIdFilter

    caplog.handler.addFilter(RequestIdFilter())
    client.post("/save_draft", json={"draft_id": "d1"}, headers={"X-Request-ID": "trace-2"})
    ids = {record.request_id for record in caplog.records if record.name.startswith("saving.")}
    assert ids == {"trace-2"}


# ---- downloads


def test_the_draft_url_leads_to_the_zip(client, media):
    post(client, "/add_video", draft_id="d1", video_url=media.video("https://example.com/a.mp4"), end=1)
    url = post(client, "/save_draft", draft_id="d1").get_json()["output"]["draft_url"]
    response = client.get(url)
    assert response.status_code == 200 and response.data[:2] == b"PK"
    assert "d1.zip" in response.headers["Content-Disposition"]


def test_the_url_of_a_draft_that_was_never_saved_saves_it(client, media):
    url = post(client, "/create_draft", draft_id="d1").get_json()["output"]["draft_url"]
    assert client.get(url).data[:2] == b"PK"


def test_the_url_of_no_draft_is_404(client):
    assert_failure(client.get("/draft/downloader?draft_id=nobody"), 404, "draft_not_found")


@pytest.mark.parametrize("query", ["", "?draft_id=..", "?draft_id=../../etc", "?draft_id=%2e%2e%2fx", "?draft_id=*"])
def test_a_download_cannot_leave_its_folder(client, query, services):
    secret = services.settings.data_dir / "secret.zip"
    secret.write_bytes(b"PK secret")
    assert_failure(client.get(f"/draft/downloader{query}"), 400, "invalid_request")


def test_a_failed_save_with_a_partial_draft_says_both(client, media):
    post(client, "/add_video", draft_id="d1", video_url=media.missing("https://example.com/x.mp4"))
    body = assert_failure(post(client, "/save_draft", draft_id="d1"), 200, "save_failed")
    assert "https://example.com/x.mp4: HTTP 404 Not Found" in body["error"]
    assert client.get(body["details"]["draft_url"]).data[:2] == b"PK"


# ---- documents


@pytest.mark.slow
def test_the_openapi_document_is_valid(client):
    validate(client.get("/openapi.json").get_json())


def test_the_openapi_document_is_complete(client):
    document = client.get("/openapi.json").get_json()
    routes = {f"{face}/{name}" for name in OPERATIONS for face in FACES.values()}
    further = {op.route.split()[1].replace("<", "{").replace(">", "}") for op in OPERATIONS.values() if op.route}
    others = {f"{face}/{other.name}" for other in OTHER_NAMES for face in FACES.values()}
    assert set(document["paths"]) == routes | further | others | {"/draft/downloader"}
    assert document["servers"] == [{"url": "http://localhost"}]


def test_every_reference_of_the_document_leads_somewhere(client):
    document = client.get("/openapi.json").get_json()
    references = set(re.findall(r'"\$ref": "(.*?)"', json.dumps(document)))
    assert references <= {f"#/components/schemas/{name}" for name in document["components"]["schemas"]}


_ANY = {"type", "const", "enum", "title", "description", "default", "examples", "format", "$ref", "oneOf", "anyOf"}
_OF = {
    "number": {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"},
    "string": {"minLength", "maxLength", "pattern", "contentEncoding"},
    "array": {"items", "prefixItems", "minItems", "maxItems", "uniqueItems"},
    "object": {"properties", "required", "additionalProperties", "propertyNames", "minProperties", "maxProperties"},
}


def check_keywords(schema, place):
    """Every keyword is one of JSON Schema 2020-12, and says something about the type it stands at."""
    assert isinstance(schema, dict), place
    types = [schema["type"]] if isinstance(schema.get("type"), str) else schema.get("type", [])
    known = _ANY.union(*(_OF.get("number" if kind == "integer" else kind, set()) for kind in types))
    assert {name for name in schema if not name.startswith("x-")} <= known, place
    for name, inner in schema.get("properties", {}).items():
        check_keywords(inner, f"{place}.{name}")
    parts = [
        schema.get("items"),
        schema.get("additionalProperties"),
        {"type": "string"} | schema["propertyNames"] if "propertyNames" in schema else None,
        *schema.get("oneOf", []),
        *schema.get("anyOf", []),
    ]
    for inner in [*parts, *schema.get("prefixItems", [])]:
        if isinstance(inner, dict):
            check_keywords(inner, place)


def schemas_in(node, place=""):
    """Every schema of the document that stands outside another, with its place."""
    if isinstance(node, dict):
        if isinstance(node.get("schema"), dict):
            yield place, node["schema"]
        for name, inner in node.items():
            if name not in ("schema", "example"):
                yield from schemas_in(inner, f"{place}/{name}")
    elif isinstance(node, list):
        for number, inner in enumerate(node):
            yield from schemas_in(inner, f"{place}/{number}")


def test_every_keyword_of_the_document_is_one_of_json_schema(client):
    document = client.get("/openapi.json").get_json()
    named = document["components"]["schemas"].items()
    seen = [*schemas_in(document["paths"]), *named]
    assert len(seen) > 300
    for place, schema in seen:
        check_keywords(schema, place)
    text = document["components"]["schemas"]["AddText"]["properties"]
    assert (text["alpha"]["minimum"], text["alpha"]["maximum"]) == (0, 1)
    assert document["components"]["schemas"]["MoveSegment"]["properties"]["start"]["maximum"] == 86_400
    assert document["components"]["schemas"]["DraftExport"]["properties"]["operations"]["minItems"] == 1
    assert document["components"]["schemas"]["UpdateSegment"]["properties"]["set"]["minProperties"] == 1


def headers_of(described):
    return {one["name"] for one in described["parameters"] if one["in"] == "header"}


def test_the_document_says_which_headers_each_route_takes_and_gives(client):
    paths = client.get("/openapi.json").get_json()["paths"]
    for op in OPERATIONS.values():
        match = {"If-Match"} if "expected_version" in op.request.model_fields else set()
        etag = {"ETag"} if "version" in op.answer.model_fields else set()
        routes = [("post", f"/{op.name}"), ("post", f"/v1/{op.name}")]
        routes += [(part[0].lower(), re.sub(r"<(\w+)>", r"{\1}", part[1])) for part in [op.route.split()] if part]
        for method, path in routes:
            described = paths[path][method]
            given = set(described["responses"]["200"].get("headers", {})) - {"Content-Disposition", "X-Warnings"}
            if method == "post":
                assert headers_of(described) == match | {"Idempotency-Key"}, path
                assert given == etag | {"Idempotency-Replayed"}, path
            else:
                assert headers_of(described) == match | ({"If-None-Match"} if etag and method == "get" else set()), path
                assert given == etag and ("304" in described["responses"]) == bool(etag and method == "get"), path
    assert "If-Match" in headers_of(paths["/v1/add_text"]["post"])
    assert "If-Match" not in headers_of(paths["/v1/list_drafts"]["post"])


def test_the_document_lists_the_statuses_that_a_route_can_answer(client):
    paths = client.get("/openapi.json").get_json()["paths"]

    def statuses(method, path):
        return {int(status) for status in paths[path][method]["responses"]}

    assert statuses("post", "/add_text") == {200, 400, 413, 415, 500}
    assert statuses("post", "/v1/add_text") == {200, 400, 404, 409, 413, 415, 500, 502, 503}
    assert statuses("post", "/v1/drafts/{draft_id}/duplicate") == statuses("post", "/v1/add_text")
    assert statuses("get", "/v1/drafts") == {200, 400, 500, 503}
    assert statuses("get", "/v1/drafts/{draft_id}") == {200, 304, 400, 404, 500, 503}
    assert statuses("get", "/v1/drafts/{draft_id}/log") == {200, 400, 404, 500, 503}
    assert statuses("delete", "/v1/drafts/{draft_id}") == {200, 400, 404, 409, 500, 503}
    assert statuses("get", "/v1/templates") == {200, 400, 500, 503}
    assert statuses("delete", "/v1/templates/{template_id}") == {200, 400, 404, 500, 503}
    assert statuses("get", "/draft/downloader") == {200, 202, 400, 404, 409, 500, 502, 503}


def test_a_body_need_not_say_what_the_path_says(client):
    paths = client.get("/openapi.json").get_json()["paths"]
    for path in ("/v1/drafts/{draft_id}/duplicate", "/v1/drafts/{draft_id}/recover"):
        body = paths[path]["post"]["requestBody"]
        schema = body["content"]["application/json"]["schema"]
        assert not body["required"] and not schema["required"] and "draft_id" not in schema["properties"]
    properties = paths["/v1/drafts/{draft_id}/duplicate"]["post"]["requestBody"]["content"]["application/json"][
        "schema"
    ]
    assert {"new_draft_id", "expected_version"} <= set(properties["properties"])
    assert all(paths[path]["post"]["requestBody"]["required"] for path in ("/v1/timelines", "/v1/templates"))


def test_the_document_names_the_operations_that_others_are_made_of(client):
    schemas = client.get("/openapi.json").get_json()["components"]["schemas"]
    edits = {name for name, op in OPERATIONS.items() if op.is_edit and name != "batch"}
    assert set(schemas["BatchStep"]["properties"]["operation"]["enum"]) == edits | {"create_draft"}
    adds = {"add_video", "add_image", "add_audio", "add_text", "add_sticker", "add_effect", "add_filter", "add_adjust"}
    assert set(schemas["TimelineSegment"]["properties"]["operation"]["enum"]) == adds


def test_every_field_says_what_it_means(op):
    for model in (op.request, op.answer):
        assert [name for name, field in model.model_fields.items() if not field.description] == []


def test_every_parameter_has_a_plain_type(client):
    """Importers of tools read `type` and nothing deeper."""
    schemas = client.get("/openapi.json").get_json()["components"]["schemas"]
    for op in OPERATIONS.values():
        for name, field in schemas[op.request.__name__]["properties"].items():
            assert "type" in field or "$ref" in field or "enum" in field, (op.name, name, field)


@pytest.mark.parametrize("face", FACES.values(), ids=FACES)
def test_the_examples_work_one_after_the_other(real_client, face):
    paths = real_client.get("/openapi.json").get_json()["paths"]
    for op in OPERATIONS.values():
        path = f"{face}/{op.name}"
        body = paths[path]["post"]["requestBody"]["content"]["application/json"]["example"]
        answer = post(real_client, path, **body).get_json()
        if op.name in ENDED:
            assert ENDED[op.name] in answer["error"], answer
            continue
        expected = op.name == "add_adjust"  # which always says what is not known of it
        assert answer["success"] and bool(answer["warnings"]) is expected, (path, answer)


ENDED = {"cancel_task": "has ended: it is completed", "retry_task": "is completed, and has not failed"}
"""Operations on a save that goes on or has failed; that of the story is completed."""


def test_summaries_are_sentences(op):
    assert op.summary.endswith(".") and len(op.summary) < 120


def test_the_viewer_works_without_the_network(client):
    page = client.get("/docs/").get_data(as_text=True)
    for source in [part.split('"')[0] for mark in ('src="', 'href="') for part in page.split(mark)[1:]]:
        assert not source.startswith(("http", "//")), source
        if source.endswith((".js", ".css")):
            path = source if source.startswith("/") else f"/docs/{source.removeprefix('./')}"
            assert client.get(path).status_code == 200, path


def test_the_root_leads_to_the_documents(client):
    assert client.get("/").headers["Location"] == "/docs/"


def test_defaults_are_those_of_record(op, request):
    """Drafts are rebuilt from requests that left defaults out: a changed default changes drafts that exist."""
    recorded = json.loads((request.path.parent / "data" / "defaults.json").read_text(encoding="utf-8"))
    now = {name: field.default for name, field in op.request.model_fields.items() if not field.is_required()}
    assert json.loads(json.dumps(now)) == recorded[op.name]


# ---- what two reviews broke


@pytest.mark.parametrize("way", ["absolute", "dots"])
def test_a_download_never_leaves_the_drafts_even_after_a_save(client, services, tmp_path_factory, way):
    post(client, "/add_text", draft_id="d1", text="a")
    post(client, "/save_draft", draft_id="d1")
    victim = tmp_path_factory.mktemp("victim")
    (victim / "sub").mkdir()
    (victim / "sub" / "secret.zip").write_bytes(b"PK secret")
    up = "../" * (len(services.settings.data_dir.parts) + 2)
    draft_id = str(victim) if way == "absolute" else f"{up}{victim}"[:-1] + victim.name[-1]
    assert_failure(client.get("/draft/downloader", query_string={"draft_id": draft_id}), 400, "invalid_request")
    query = {"draft_id": "d1", "task_id": f"{up}{victim}/sub"}
    assert_failure(client.get("/draft/downloader", query_string=query), 400, "invalid_request")


def test_the_url_of_a_save_leads_to_that_save_and_the_drafts_to_what_it_is_now(client):
    def texts(url):
        with zipfile.ZipFile(io.BytesIO(client.get(url).data)) as archive:
            document = json.loads(archive.read("d1/draft_content.json"))
        return len(document["materials"]["texts"])

    added = post(client, "/add_text", draft_id="d1", text="a").get_json()["output"]["draft_url"]
    saved = post(client, "/save_draft", draft_id="d1").get_json()["output"]["draft_url"]
    post(client, "/add_text", draft_id="d1", text="b", start=5, end=6)
    assert (texts(saved), texts(added)) == (1, 2)
    before = len(list(client.application.extensions["services"].settings.data_dir.rglob("*.zip")))
    assert texts(added) == 2
    assert len(list(client.application.extensions["services"].settings.data_dir.rglob("*.zip"))) == before


def test_a_save_that_is_not_kept_is_404(client):
    post(client, "/add_text", draft_id="d1", text="a")
    assert_failure(client.get("/draft/downloader?draft_id=d1&task_id=1_abc"), 404, "not_found")


def test_polling_a_download_starts_one_save(tmp_path, media, monkeypatch):
    services = make_services(tmp_path, media, save_wait=0)
    client = create_app(services=services).test_client()
    go_on = threading.Event()
    fetch = media.fetch
    monkeypatch.setattr(services.media, "_fetch", lambda *asked: (go_on.wait(30), fetch(*asked))[1])
    post(client, "/add_video", draft_id="d1", video_url=media.video("https://example.com/a.mp4"))
    answers = [client.get("/draft/downloader?draft_id=d1") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [202] * 3 and answers[0].headers["Retry-After"]
    assert len({answer.get_json()["output"]["task_id"] for answer in answers}) == 1
    go_on.set()
    services.tasks.wait(answers[0].get_json()["output"]["task_id"], 30)
    assert client.get("/draft/downloader?draft_id=d1").data[:2] == b"PK"
    services.close()


@pytest.mark.parametrize(
    "fields",
    [
        {f"field{number}": number for number in range(150)},
        {"text_styles": [{}] * 1_000},
        {"text_styles": [{}] * 100_000},
    ],
    ids=["unknown", "broken", "too-many"],
)
def test_an_answer_explains_some_problems_and_counts_the_rest(client, fields):
    answer = post(client, "/v1/add_text", text="a", **fields)
    body = assert_failure(answer, 400, "invalid_request")
    assert len(body["fields"]) <= 20 and len(answer.data) < 10_000


def test_a_body_of_very_many_fields_is_refused_at_once(client, face):
    answer = post(client, f"{face}/add_text", text="a", **{f"field{number}": 1 for number in range(10_000)})
    assert "at most" in assert_failure(answer, 400 if face else 200, "invalid_request")["error"]


def test_a_number_of_thousands_of_digits_is_no_fault_of_ours(client):
    raw = '{"text": "a", "start": ' + "1" * 5_000 + "}"
    assert_failure(client.post("/v1/add_text", data=raw, content_type="application/json"), 400, "bad_request")


def test_a_wrong_method_says_which_are_right(client):
    assert "POST" in client.get("/add_text").headers["Allow"]


def test_a_path_cannot_write_a_log_line_of_its_own(client, caplog):
    client.get("/x%0a2026-11-22 [INFO] root -: forged")
    assert not any("\n" in record.getMessage() for record in caplog.records)


def test_null_is_as_if_left_out_for_the_wait_of_a_save_too(client):
    post(client, "/add_text", draft_id="d1", text="a")
    assert post(client, "/save_draft", draft_id="d1", wait=None).get_json()["output"]["status"] == "completed"


def test_a_conflict_names_the_field_that_the_caller_sent(client):
    for op, field in (("add_video", "target_start"), ("add_text", "start")):
        fields = {"video_url": "https://example.com/a.mp4", "end": 1} if op == "add_video" else {"text": "a"}
        post(client, f"/{op}", draft_id="d1", **fields)
        body = assert_failure(post(client, f"/v1/{op}", draft_id="d1", **fields), 409, "conflict")
        assert [one["field"] for one in body["fields"]] == [field] and body["error"].startswith(f"{field}: ")


def test_every_name_in_a_description_is_there(op):
    """A description that sends callers to a route that does not exist is worse than none."""
    said = " ".join(field.description or "" for field in op.request.model_fields.values())
    assert set(re.findall(r"\bget_\w+", said)) <= OPERATIONS.keys()


def test_waiting_for_saves_leaves_threads_for_others(tmp_path, media, monkeypatch):
    services = make_services(tmp_path, media)
    go_on = threading.Event()
    monkeypatch.setattr(services.media, "_fetch", lambda *asked: go_on.wait(30))
    client = create_app(services=services).test_client()
    post(client, "/add_video", draft_id="d1", video_url="https://example.com/a.mp4")
    with ThreadPoolExecutor(20) as pool:
        waiting = [pool.submit(OPERATIONS["save_draft"], {"draft_id": "d1", "wait": 30}, services) for _ in range(20)]
        while sum(future.done() for future in waiting) < 12:  # all but the eight that may wait
            assert not go_on.wait(0.01)
        assert sum(future.done() for future in waiting) == 12
        go_on.set()
    services.close()


@pytest.mark.parametrize("name, plain", [("My draft", "My draft.zip"), ("草稿", "d1.zip"), ("a 草稿 b", "a  b.zip")])
def test_a_downloaded_file_has_a_name_for_every_client(client, name, plain):
    post(client, "/create_draft", draft_id="d1", name=name)
    said = client.get("/draft/downloader?draft_id=d1").headers["Content-Disposition"]
    assert plain in said and quote(f"{name}.zip") in said


def test_a_relative_index_that_comes_too_late_is_mentioned(client):
    post(client, "/add_text", draft_id="d1", text="a")
    answer = post(client, "/add_text", draft_id="d1", text="b", start=5, end=6, relative_index=3).get_json()
    assert answer["warnings"][0].startswith("relative_index: ")


@pytest.mark.parametrize("value", [True, "", "1.5", 1.5, "two", "-1", 9])
@pytest.mark.parametrize("name, field", [("add_video", "background_blur"), ("add_text", "background_style")])
def test_a_choice_among_whole_numbers_is_one_of_them(call, draft, name, field, value):
    body = {"add_video": {"video_url": "https://example.com/v.mp4"}, "add_text": {"text": "a"}}[name]
    with pytest.raises(InvalidRequestError, match=f"{field}: must be "):
        call(name, draft_id=draft, **body, **{field: value})


@pytest.mark.parametrize(
    "path, body",
    [
        ("add_video", {"video_url": URL, "transition": "", "mask_type": "", "end": "", "speed": ""}),
        ("add_image", {"image_url": URL, "intro_animation": "", "background_blur": ""}),
        ("add_audio", {"audio_url": URL, "effect_type": "", "track_name": "", "draft_folder": ""}),
        ("add_text", {"text": "a", "font": "", "font_color": "", "color": "", "text_styles": ""}),
        ("add_subtitle", {"cues": [{"start": 0, "end": 1, "text": "a"}], "srt": "", "font_size": ""}),
        ("add_effect", {"effect_type": "Blur", "params": "", "effect_category": ""}),
    ],
)
def test_an_empty_text_for_what_is_optional_is_as_if_left_out(client, path, body):
    """CapCutAPI asks `if transition:`."""
    answer = client.post(f"/{path}", json=body).get_json()
    plain = client.post(f"/{path}", json={name: value for name, value in body.items() if value != ""}).get_json()
    assert answer["success"] and answer["output"]["warnings"] == plain["output"]["warnings"]
    assert client.post(f"/v1/{path}", json=body).status_code == 400


@pytest.mark.parametrize(
    "path, body, field",
    [
        ("add_text", {"text": ""}, "text"),
        ("add_video", {"video_url": "", "transition": ""}, "video_url"),
        ("save_draft", {"draft_id": ""}, "draft_id"),
        ("add_text", {"text": "a", "draft_id": ""}, "draft_id"),
        ("add_text", {"text": "a", "font": "", "size": "big"}, "size"),
    ],
)
def test_what_is_required_stays_so_when_it_is_empty(client, path, body, field):
    answer = client.post(f"/{path}", json=body).get_json()
    assert not answer["success"] and [one["field"] for one in answer["fields"]] == [field]


def test_half_a_bubble_is_left_aside_with_a_warning_on_the_compatible_face(client):
    body = {"text": "a", "bubble_effect_id": "7", "bubble_resource_id": ""}
    answer = client.post("/add_text", json=body).get_json()
    assert answer["success"] and "bubble_effect_id: left aside" in answer["output"]["warnings"][0]
    assert client.post("/v1/add_text", json={"text": "a", "bubble_resource_id": "7"}).status_code == 400


def test_an_empty_wait_waits_as_long_as_one_that_is_left_out(client):
    client.post("/add_text", json={"draft_id": "d1", "text": "a"})
    answer = client.post("/save_draft", json={"draft_id": "d1", "wait": ""}).get_json()
    assert answer["success"] and answer["output"]["status"] == "completed"
