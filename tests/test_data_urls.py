"""Media that stand in a request itself, as data: URLs: in every field that names one, and never in a log."""

import base64
from pathlib import Path

import pytest

from data_urls import _with_media
from operations import OPERATIONS

from .media_files import make_audio, make_photo, make_video
from .real_draft import ask, check, unpacked
from .test_doors import assert_failure

FONT = Path(__file__).parent / "data" / "tiny.ttf"


@pytest.fixture
def client(make):
    return make()


def as_url(content, said="application/octet-stream"):
    return f"data:{said};base64,{base64.b64encode(content).decode()}"


@pytest.fixture(scope="module")
def urls(tmp_path_factory):
    """A video, a picture, a sound and a font."""
    folder = tmp_path_factory.mktemp("mine")
    files = {
        "video": make_video(folder / "a.mp4", seconds=3),
        "photo": make_photo(folder / "b.jpg"),
        "audio": make_audio(folder / "c.mp3"),
        "font": FONT,
    }
    return {kind: as_url(path.read_bytes()) for kind, path in files.items()}


def logged(client, draft_id="d"):
    """The log of a draft, in which there is nothing of the media themselves."""
    log = client.get(f"/v1/drafts/{draft_id}/log").get_data(as_text=True)
    assert "base64" not in log and len(log) < 20_000
    return log


def assets(client):
    return {one["kind"]: one for one in ask(client, "/v1/list_assets")["assets"]}


def saved(client, tmp_path, draft_id="d"):
    state = ask(client, "/v1/save_draft", draft_id=draft_id, wait=60)
    assert state["status"] == "completed", state
    folder = unpacked(client, state, tmp_path / draft_id)
    assert check(folder)[0] == 0
    return sorted(path.suffix for path in (folder / "assets").rglob("*.*"))


@pytest.mark.parametrize("face", ["/", "/v1/"])
def test_they_stand_in_every_field_that_names_a_medium(client, urls, face, tmp_path):
    ask(client, "/create_draft", draft_id="d")
    segment = ask(client, f"{face}add_video", draft_id="d", video_url=urls["video"], end=1)["segment_id"]
    ask(client, f"{face}add_image", draft_id="d", image_path=urls["photo"], start=1)
    ask(client, f"{face}add_audio", draft_id="d", audio_url=urls["audio"])
    parts = {"keywords": [{"text": "Hi", "font_url": urls["font"]}]}
    ask(client, f"{face}add_text", draft_id="d", text="Hi there", start=0, end=1, **parts)
    ask(client, f"{face}set_cover", draft_id="d", image_url=urls["photo"])
    ask(client, f"{face}replace_media", draft_id="d", segment_id=segment, url=urls["photo"])
    ask(client, f"{face}update_segment", draft_id="d", segment_id=segment, set={"video_url": urls["video"]})
    name = f"asset://{assets(client)['video']['asset_id']}"
    ask(client, f"{face}replace_by_name", draft_id="d", media={name: urls["photo"]})
    ask(client, f"{face}replace_by_name", draft_id="d", media={f"asset://{assets(client)['photo']['asset_id']}": name})
    log = logged(client)
    assert all(one["url"] in log for one in assets(client).values()) and len(assets(client)) == 4
    assert saved(client, tmp_path) == [".mp3", ".mp4", ".ttf"]


def test_in_a_batch_a_timeline_and_a_template(client, urls, tmp_path):
    step = {"operation": "add_image", "request": {"image_url": urls["photo"]}}
    ask(client, "/v1/batch", draft_id="d", operations=[{"operation": "create_draft", "request": {}}, step])
    assert saved(client, tmp_path) == [".jpg"]
    clip = {"operation": "add_video", "parameters": {"video_url": urls["video"]}}
    after = {"operation": "add_image", "parameters": {"image_url": urls["photo"]}}  # waits for the clip's length
    timeline = {"tracks": [{"track_name": "v", "segments": [clip, after]}], "cover": {"image_url": urls["photo"]}}
    made = ask(client, "/v1/timelines", draft_id="t", **timeline)
    assert [one["start"] for one in made["segments"]] == [0, 3]
    assert saved(client, tmp_path, "t") == [".jpg", ".mp4"]
    template = {
        "timeline": {"tracks": [{"track_name": "v", "segments": [after | {"parameters": {"image_url": "{{what}}"}}]}]},
        "variables": {"what": {"type": "url"}},
    }
    ask(client, "/v1/save_template", template_id="one", **template)
    rows = [{"draft_id": f"row{number}", "values": {"what": urls["photo"]}} for number in range(2)]
    assert ask(client, "/v1/create_from_template", template_id="one", rows=rows)["created"] == 2
    for draft in ("d", "t", "row0", "row1"):
        logged(client, draft)
    assert sorted(assets(client)) == ["photo", "video"]


def test_a_try_out_keeps_nothing_and_knows_how_long_it_is(client, urls):
    clip = {"operation": "add_video", "parameters": {"video_url": urls["video"]}}
    after = {"operation": "add_text", "parameters": {"text": "Then"}}
    tracks = [{"track_name": "v", "segments": [clip | {"alias": "clip"}]}]
    tracks += [{"track_name": "t", "segments": [after | {"after": "clip"}]}]
    made = ask(client, "/v1/timelines", tracks=tracks, dry_run=True)
    assert made["segments"][1]["start"] == 3
    ask(client, "/add_image", image_url=urls["photo"], dry_run=True)
    assert assets(client) == {}


def test_what_is_not_kept_can_be_looked_at(client, urls):
    found = ask(client, "/v1/get_duration", url=urls["video"])
    assert (found["type"], found["duration"]) == ("video", 3) and assets(client) == {}
    text = as_url(b"1\n00:00:00,000 --> 00:00:01,000\nHi\n", "text/plain")
    assert len(ask(client, "/add_subtitle", draft_id="d", srt=text)["segment_ids"]) == 1
    assert "Hi" in logged(client)


def test_undo_and_the_next_start_have_them(make, urls, tmp_path):
    client = make()
    ask(client, "/add_image", draft_id="d", image_url=urls["photo"])
    ask(client, "/undo", draft_id="d")
    ask(make(), "/redo", draft_id="d")
    assert saved(client, tmp_path) == [".jpg"]


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("data:image/png,abc", "is a data: URL that is not in base64; write data:image/png;base64,..."),
        ("data:image/png;base64", "is a data: URL that is not in base64"),
        ("data:image/png;base64,", "is a data: URL with nothing in it"),
        ("data:image/png;base64,abc", "is a data: URL whose base64 is damaged or cut short"),
        ("DATA:image/png;BASE64,a*c=", "is a data: URL whose base64 is damaged or cut short"),
        (as_url(b"\0" * 60, "image/png"), "not a picture, video or sound: the file begins with the bytes"),
        (as_url(b"<html>", "image/png"), "not a picture, video or sound: the file begins with '<html>' (a web page)"),
        (as_url(b"words", "image/png"), "not a picture, video or sound: the file begins with 'words'"),
        (
            as_url(b"\x89PNG\r\n\x1a\n" + b"\0" * 2_000),
            "holds 2,008 bytes, more than 1,000: send it to POST /v1/assets",
        ),
        ("data:{{picture}}", "contains a placeholder ({{...}}) that was not filled in"),
    ],
)
def test_what_cannot_be_used_is_refused_by_its_field(make, url, why):
    client = make(max_data_url_bytes=1_000)
    ask(client, "/create_draft", draft_id="d")
    for path, field, body in (
        ("/v1/add_image", "image_url", {"image_url": url}),
        ("/v1/update_segment", "set.image_url", {"segment_id": added(client), "set": {"image_url": url}}),
        (
            "/v1/batch",
            "operations.0.request.image_url",
            {"operations": [{"operation": "add_image", "request": {"image_url": url}}]},
        ),
    ):
        answer = client.post(path, json={"draft_id": "d", **body})
        assert_failure(answer, 400, "invalid_request")
        (problem,) = answer.get_json()["fields"]
        assert problem["field"] == field and problem["message"].startswith(why), problem
    tracks = [{"track_name": "t", "segments": [{"operation": "add_image", "parameters": {"image_url": url}}]}]
    (problem,) = client.post("/v1/timelines", json={"tracks": tracks}).get_json()["fields"]
    assert problem["field"] == "tracks.0.segments.0.parameters.image_url" and problem["message"].startswith(why)
    assert assets(client) == {}


def added(client):
    return ask(client, "/add_image", draft_id="other", image_url="asset://samples/photo.png")["segment_id"]


def test_no_message_holds_a_whole_file(client, caplog):
    url = as_url(b"\0" * 100_000)
    answer = client.post("/v1/get_duration", json={"url": url}).get_data(as_text=True)
    assert "data:application/octet-stream;base64,AAA..." in answer and len(answer) < 1_000
    assert all(len(line.getMessage()) < 1_000 for line in caplog.records)


def test_when_there_is_no_room_for_them_their_field_says_so(make, urls):
    client = make(max_assets_bytes=1_000)
    answer = client.post("/v1/add_image", json={"image_url": urls["photo"]})
    assert_failure(answer, 409, "conflict")
    assert answer.get_json()["fields"][0]["field"] == "image_url"


def test_other_addresses_are_as_long_as_before(client):
    answer = client.post("/v1/add_image", json={"image_url": "https://example.com/" + "x" * 8_192})
    assert answer.get_json()["fields"] == [{"field": "image_url", "message": "must have at most 8,192 characters"}]


def test_which_fields_name_media():
    named = {name: set(_with_media(op.request)) for name, op in OPERATIONS.items() if op.is_edit}
    found = {name: fields for name, fields in named.items() if fields}
    assert found["add_video"] == {"video_url"} and found["set_cover"] == {"image_url"}
    assert found["add_text"] == {"font_url", "keywords", "text_styles"}
    assert found["replace_by_name"] == {"media"} and "add_effect" not in found
