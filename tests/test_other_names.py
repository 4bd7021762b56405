import pytest

from operations import OPERATIONS
from other_names import NOT_HERE, OTHER_NAMES


@pytest.fixture(params=OTHER_NAMES, ids=lambda other: other.name)
def other(request):
    return request.param


def test_it_is_another_name_of_an_operation_and_hides_none(other):
    assert other.operation in OPERATIONS
    assert other.name not in OPERATIONS and other.name not in NOT_HERE
    assert set(other.fields) <= set(OPERATIONS[other.operation].request.model_fields)


def test_it_is_described_with_every_method(client, other):
    paths = client.get("/openapi.json").get_json()["paths"]
    for face in ("", "/v1"):
        described = paths[f"{face}/{other.name}"]
        assert {method.upper() for method in described} == set(other.methods)
        for method in described.values():
            said = {one["name"] for one in method["parameters"]}
            assert not said & set(other.fields) and method["summary"].endswith(".")


def test_operation_ids_are_unique(client):
    paths = client.get("/openapi.json").get_json()["paths"]
    ids = [one["operationId"] for methods in paths.values() for one in methods.values()]
    assert len(ids) == len(set(ids))


def test_a_video_has_its_duration_under_the_older_name(client, media):
    url = media.video("https://example.com/a.mp4", 5)
    answer = client.post("/get_video_duration", json={"video_url": url}).get_json()
    assert answer["output"]["duration"] == 5
    assert client.post("/v1/get_video_duration", json={"video_url": url}).get_json() == answer


def test_an_export_is_a_save(client):
    client.post("/add_text", json={"draft_id": "d1", "text": "a"})
    assert client.post("/export_to_capcut", json={"draft_id": "d1"}).get_json()["output"]["status"] == "completed"
    for answer in (client.get("/export_status?task_id=d1"), client.post("/export_status", json={"task_id": "d1"})):
        assert answer.get_json()["output"]["progress"] == 100
    assert client.get("/export_status?task_id=nobody").status_code == 404


@pytest.mark.parametrize("name", NOT_HERE)
@pytest.mark.parametrize("face", ["", "/v1"])
def test_what_is_not_here_says_what_is(client, name, face):
    for answer in (client.post(f"{face}/{name}", json={}), client.get(f"{face}/{name}/x")):
        body = answer.get_json()
        assert (answer.status_code, body["code"]) == (404, "not_found")
        assert body["error"] == f"no such route; {NOT_HERE[name]}"


def test_every_operation_and_field_that_a_message_names_is_there():
    fields = {field for name in ("add_text", "query_draft_status") for field in OPERATIONS[name].request.model_fields}
    for message in NOT_HERE.values():
        named = {word.strip(":,;") for word in message.split() if "_" in word}
        assert named <= {*OPERATIONS, *fields, "text_shape", "text_effect"}, named


def test_a_route_of_nobody_is_not_found(client):
    assert client.get("/").status_code == 302
    assert client.post("/upload", json={}).get_json()["error"] == "no such route; GET /openapi.json lists them"
