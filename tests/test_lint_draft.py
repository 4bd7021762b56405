import json

import pytest

from errors import DraftChangedError, DraftNotFoundError

from .imported_kit import OWN, every_saved_draft_is_right  # noqa: F401 - a fixture

PROJECT = OWN / "cc-win-7.7.0" / "draft_content.json"
V = "https://example.com/a.mp4"


def rules(report, name="findings"):
    return [one["rule"] for one in report[name]]


@pytest.fixture
def faulty(call):
    """Import a draft of two clips with faults: the first runs into the second, which runs past its medium."""
    document = json.loads(PROJECT.read_bytes())
    track = next(one for one in document["tracks"] if one["type"] == "video" and one["segments"])
    first = track["segments"][0]
    material = next(one for one in document["materials"]["videos"] if one["id"] == first["material_id"])
    length = first["target_timerange"]["duration"] = first["source_timerange"]["duration"] = 3_000_000
    first["target_timerange"]["start"] = first["source_timerange"]["start"] = 0
    material |= {"type": "video", "duration": length, "path": "C:/a.mp4"}
    speeds = document["materials"]["speeds"]
    speed = next(one for one in speeds if one["id"] in first["extra_material_refs"])
    speeds.append(speed | {"id": "SPEED"})
    first |= {"extra_material_refs": [speed["id"]], "common_keyframes": []}
    second = json.loads(json.dumps(first)) | {"id": "SECOND", "extra_material_refs": ["SPEED"]}
    second["target_timerange"]["start"] = 2_000_000
    second["source_timerange"]["start"] = 1_000_000
    track["segments"] = [first, second]
    document["tracks"] = [track]
    document["duration"] = 5_000_000
    call("import_draft", draft_id="d1", document=document)
    return "d1"


def test_what_is_made_here_is_sound(call, draft, media):
    call("add_video", draft_id=draft, video_url=media.video(V))
    call("add_video", draft_id=draft, video_url=V, track_name="over", end=2)
    call("add_text", draft_id=draft, text="Hi")
    report = call("lint_draft", draft_id=draft)
    assert (report["sound"], report["errors"], report["findings"], report["fixed"]) == (True, 0, [], [])


def test_faults_of_an_imported_draft_are_named_with_place_and_remedy(call, faulty):
    report = call("lint_draft", draft_id=faulty)
    errors = [one for one in report["findings"] if one["severity"] == "error"]
    assert {one["rule"] for one in errors} == {"segments-do-not-overlap", "source-is-within-the-media"}
    assert not report["sound"] and report["errors"] == 2 and report["version"] == 1
    for one in errors:
        assert one["place"] == "SECOND" and one["message"] and one["fix"]


def test_fix_mends_them_in_one_step_that_can_be_undone(call, faulty, services):
    report = call("lint_draft", draft_id=faulty, fix=True)
    assert (report["sound"], set(rules(report)), report["version"]) == (True, {"media-lie-in-the-folder"}, 2)
    mended = {"segments-do-not-overlap", "source-is-within-the-media", "companions-are-there"}
    assert set(rules(report, "fixed")) == mended
    ends = [(one.start, one.end) for _, one in services.drafts.snapshot(faulty).segments()]
    assert ends == [(0, 2_000_000), (2_000_000, 4_000_000)]
    assert call("save_draft", draft_id=faulty, wait=30)["findings"] == []
    call("undo", draft_id=faulty)
    assert not call("lint_draft", draft_id=faulty)["sound"]


def test_fix_of_a_sound_draft_changes_nothing(call, draft):
    call("add_track", draft_id=draft, type="text", track_name="empty")
    call("add_text", draft_id=draft, text="Hi")
    assert call("lint_draft", draft_id=draft, fix=True)["version"] == 3


def test_a_dry_run_says_what_would_be_mended(call, faulty, services):
    assert call("lint_draft", draft_id=faulty, fix=True, dry_run=True)["sound"]
    assert services.drafts.version(faulty) == 1


def test_a_draft_that_is_not_there_or_has_changed(call, faulty):
    with pytest.raises(DraftNotFoundError):
        call("lint_draft", draft_id="nobody")
    with pytest.raises(DraftChangedError):
        call("lint_draft", draft_id=faulty, expected_version=9)


def test_over_http(client):
    client.post("/v1/add_text", json={"draft_id": "d9", "text": "a"})
    client.post("/add_text", json={"draft_id": "d9", "text": "a"})
    answer = client.post("/v1/drafts/d9/lint", json={}).get_json()
    assert answer["success"] and answer["output"]["sound"]
