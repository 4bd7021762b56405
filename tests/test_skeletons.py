"""Projects that the apps made, as what drafts are put into."""

import base64
import json

import pytest

from engine.skeletons import skeleton_of
from errors import ConflictError, EncryptedDraftError, InvalidRequestError, NotFoundError, SaveFailedError

from .conftest import checked
from .imported_kit import ALL, OWN, is_timeline
from .test_import_draft import files_of, packed

V, P, A = "https://example.com/a.mp4", "https://example.com/p.jpg", "https://example.com/m.wav"
TOP = ("draft_content.json", "draft_info.json")
FOLDERS = [path for root in (OWN, ALL) for path in sorted(root.glob("*")) if any((path / n).is_file() for n in TOP)]
LOOSE = [
    path
    for root in (OWN, ALL)
    for path in sorted(root.glob("*/*.json"))
    if is_timeline(path) and path.parent not in FOLDERS
]
PROJECTS = FOLDERS + LOOSE
WITH_TIMELINES = OWN / "cc-win-8.9.1"


def asked(path):
    """What a request brings of a project."""
    if path.is_dir():
        return {"zip": base64.b64encode(packed(files_of(path), "project/")).decode()}
    return {"document": path.read_bytes().decode("utf-8-sig")}


@pytest.fixture
def keep(call):
    return lambda path, **fields: call("save_skeleton", skeleton_id="s1", **asked(path), **fields)


@pytest.fixture
def saved(call, media, services):
    """Save a draft of a clip, a picture, sound and a text with a skeleton; answers its folder and the state."""

    def save(target, **fields):
        call("create_draft", draft_id="d1", name="My draft", target=target)
        call("add_video", draft_id="d1", video_url=media.video(V), end=3, transition=None)
        call("add_image", draft_id="d1", image_url=media.photo(P))
        call("add_audio", draft_id="d1", audio_url=media.audio(A))
        call("add_text", draft_id="d1", text="Hi")
        state = call("save_draft", draft_id="d1", wait=60, skeleton="s1", **fields)
        return services.saved.archive("d1").with_suffix(""), state

    return save


def read(folder, name):
    return json.loads((folder / name).read_bytes())


def source(path):
    """The timeline of a project."""
    name = next(path / name for name in TOP if (path / name).is_file()) if path.is_dir() else path
    return json.loads(name.read_text(encoding="utf-8-sig"))


@pytest.mark.parametrize("path_style", ["portable", "absolute"])
@pytest.mark.parametrize("project", PROJECTS, ids=[f"{one.parent.name}/{one.name}" for one in PROJECTS])
def test_a_draft_has_the_version_and_fields_of_the_app(keep, saved, project, path_style):
    kept = keep(project)
    where = "C:\\Drafts" if kept["client_os"] == "windows" else "/Users/me/Drafts"
    folder, state = saved(kept["target"], path_style=path_style, draft_folder=where)
    assert (state["status"], state["findings"], state["warnings"]) == ("completed", [], [])
    written, own = read(folder, "draft_content.json"), source(project)
    assert checked(folder) == []
    assert written["platform"] == written["last_modified_platform"] == own["last_modified_platform"]
    assert (written["version"], written["new_version"]) == (own["version"], own["new_version"])
    assert written.keys() >= own.keys() and written["materials"].keys() >= own["materials"].keys()
    assert written["id"] != own["id"]
    assert sum(len(track["segments"]) for track in written["tracks"]) == 4


def test_nothing_of_a_full_project_comes_along(keep, saved):
    keep(WITH_TIMELINES)
    folder, _ = saved("capcut")
    text = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    own = source(WITH_TIMELINES)
    ids = [segment["id"] for track in own["tracks"] for segment in track["segments"]]
    ids += [one["id"] for found in own["materials"].values() for one in found if isinstance(one, dict)]
    ids.append(own["id"])
    assert ids and not [one for one in ids if one.encode() in text]


def test_every_copy_of_the_timeline_is_the_same_and_the_ids_agree(keep, saved):
    kept = keep(WITH_TIMELINES)
    assert "Timelines/project.json" in kept["files"]
    folder, _ = saved("capcut")
    project, dock = read(folder, "Timelines/project.json"), read(folder, "timeline_layout.json")
    main = project["main_timeline_id"]
    assert [one["id"] for one in project["timelines"]] == dock["dockItems"][0]["timelineIds"] == [main]
    names = ["draft_content.json", "draft_info.json", "template-2.tmp", f"Timelines/{main}/draft_content.json"]
    assert len({(folder / name).read_bytes() for name in names}) == 1
    assert read(folder, "draft_content.json")["id"] == main
    assert [one.name for one in (folder / "Timelines").iterdir() if one.is_dir()] == [main]
    assert project["create_time"] > 1.7e15
    assert b"cloud_last_modify_platform=windows" in (folder / "draft_settings").read_bytes()
    assert read(folder, "draft_meta_info.json")["draft_id"] not in (main, project["id"])


def test_two_drafts_of_one_skeleton_share_no_ids(keep, saved, call, services):
    keep(WITH_TIMELINES)
    first, _ = saved("capcut")
    call("save_draft", draft_id="d1", wait=60, skeleton="s1")
    second = services.saved.archive("d1").with_suffix("")
    said = [
        (read(one, "draft_content.json")["id"], read(one, "draft_meta_info.json")["draft_id"])
        for one in (first, second)
    ]
    assert len({*said[0], *said[1]}) == 4


def test_an_empty_project_keeps_its_state_files(call, saved):
    document = source(OWN / "cc-win-7.7.0" / "draft_content.json") | {"tracks": [], "materials": {}}
    files = {
        "draft_content.json": json.dumps(document).encode(),
        "draft_meta_info.json": b'{"draft_name": "e", "new_field": 7, "draft_materials": [{"type": 0, "value": [1]}]}',
        "attachment_pc_common.json": b'{"a": 1}',
        "common_attachment/x.json": b"{}",
        "draft_content.json.bak": b"{}",
        "draft_cover.jpg": b"jpg",
        "Resources/big.mp4": b"\0" * 2_000_000,
    }
    call("save_skeleton", skeleton_id="s1", zip=base64.b64encode(packed(files)).decode())
    folder, _ = saved("capcut")
    assert read(folder, "attachment_pc_common.json") == {"a": 1}
    assert (folder / "common_attachment" / "x.json").is_file()
    assert not (folder / "Resources").exists() and not (folder / "draft_content.json.bak").exists()
    meta = read(folder, "draft_meta_info.json")
    assert (meta["draft_name"], meta["new_field"]) == ("My draft", 7)
    assert len(meta["draft_materials"][0]["value"]) == 3


def test_the_system_may_be_told_otherwise(keep, saved):
    keep(WITH_TIMELINES)
    folder, state = saved("capcut", client_os="mac")
    document = read(folder, "draft_content.json")
    assert document["platform"]["os"] == "mac" and "it was made on Windows" in state["warnings"][0]
    assert read(folder, f"Timelines/{document['id']}/draft_info.json") == document  # the one that is read there
    assert b"cloud_last_modify_platform=mac" in (folder / "draft_settings").read_bytes()


def test_a_skeleton_of_another_version_of_the_app_decides_the_target(keep, saved, services):
    keep(OWN / "jy-win-5.9.0" / "draft_content.json")
    folder, _ = saved("jianying_10")
    assert read(folder, "draft_content.json")["new_version"] == "110.0.0"
    assert services.drafts.snapshot("d1").target == "jianying_10"


# ---- what is refused


def test_an_encrypted_project_is_refused_as_such(call):
    files = {"draft_content.json": b"A" * 400, "draft_meta_info.json": b"{}"}
    with pytest.raises(EncryptedDraftError, match="encrypted"):
        call("save_skeleton", zip=base64.b64encode(packed(files)).decode())


@pytest.mark.parametrize(
    "changes, why",
    [
        ({"platform": {}, "last_modified_platform": {}}, "which version of which app"),
        ({"new_version": ""}, "no usable version"),
        ({"last_modified_platform": {"app_source": "cc", "app_version": "7.7.0", "os": "android"}}, "android"),
    ],
)
def test_a_project_that_does_not_say_what_it_is_of_is_refused(call, changes, why):
    document = source(OWN / "cc-win-7.7.0" / "draft_content.json") | changes
    with pytest.raises(InvalidRequestError, match=why):
        call("save_skeleton", document=document)


def test_what_does_not_go_with_a_skeleton_is_refused(keep, call):
    keep(WITH_TIMELINES)
    call("create_draft", draft_id="d1")
    with pytest.raises(InvalidRequestError, match="target: the skeleton is one of capcut"):
        call("save_draft", draft_id="d1", skeleton="s1", target="jianying_10")
    call("import_draft", draft_id="i1", **asked(WITH_TIMELINES))
    with pytest.raises(InvalidRequestError, match="skeleton: the draft was imported"):
        call("save_draft", draft_id="i1", skeleton="s1")


def test_an_unknown_skeleton_is_not_found(call, draft):
    with pytest.raises(NotFoundError, match="skeleton: there is no skeleton"):
        call("save_draft", draft_id=draft, skeleton="nobody")


def test_a_skeleton_that_goes_during_the_save_fails_it(call, draft, keep, services, monkeypatch):
    keep(WITH_TIMELINES)
    fetch = services.media.bring_all

    def gone(*arguments):
        services.skeletons.change("s1", lambda _: None)
        return fetch(*arguments)

    monkeypatch.setattr(services.media, "bring_all", gone)
    with pytest.raises(SaveFailedError, match="no skeleton"):
        call("save_draft", draft_id=draft, wait=30, skeleton="s1")


# ---- remembered by a draft


def test_a_draft_may_remember_its_skeleton(keep, call, services, media):
    keep(WITH_TIMELINES)
    call("create_draft", draft_id="d1", skeleton="s1")
    call("duplicate_draft", draft_id="d1", new_draft_id="d2")
    for draft_id in ("d1", "d2"):
        assert call("get_draft", draft_id=draft_id)["skeleton"] == "s1"
        call("save_draft", draft_id=draft_id, wait=30)
        folder = next(one for one in services.saved.archive(draft_id).parent.iterdir() if one.is_dir())
        assert read(folder, "draft_content.json")["platform"]["app_version"] == "8.9.1"
        assert (folder / "Timelines").is_dir()


def test_what_a_save_says_comes_before_what_the_draft_remembers(keep, call, services):
    keep(WITH_TIMELINES)
    call("save_skeleton", skeleton_id="other", **asked(OWN / "cc-win-7.7.0" / "draft_content.json"))
    call("create_draft", draft_id="d1", skeleton="s1")
    for fields, version in (({"skeleton": "other"}, "7.7.0"), ({"target": "capcut_legacy"}, "6.5.0")):
        call("save_draft", draft_id="d1", wait=30, **fields)
        folder = services.saved.archive("d1").with_suffix("")
        assert read(folder, "draft_content.json")["platform"]["app_version"] == version


def test_a_skeleton_decides_the_target_of_the_draft(keep, call, client):
    keep(OWN / "jy-win-5.9.0" / "draft_content.json")
    call("create_draft", draft_id="d1", skeleton="s1")
    step = {"operation": "create_draft", "request": {"skeleton": "s1"}}
    call("batch", draft_id="d2", operations=[step, {"operation": "add_text", "request": {"text": "a"}}])
    assert [call("get_draft", draft_id=one)["target"] for one in ("d1", "d2")] == ["jianying_5_9"] * 2
    with pytest.raises(InvalidRequestError, match="target: the skeleton is one of jianying_5_9"):
        call("create_draft", skeleton="s1", target="capcut")
    with pytest.raises(NotFoundError, match="skeleton: there is no skeleton"):
        call("create_draft", skeleton="nobody")


def test_a_remembered_skeleton_that_is_gone_is_named_and_can_be_done_without(keep, call):
    keep(WITH_TIMELINES)
    call("create_draft", draft_id="d1", skeleton="s1")
    call("delete_skeleton", skeleton_id="s1")
    with pytest.raises(NotFoundError, match="skeleton: there is no skeleton 's1'"):
        call("save_draft", draft_id="d1", wait=30)
    assert call("save_draft", draft_id="d1", wait=30, target="capcut")["status"] == "completed"


# ---- as resources


def test_skeletons_are_listed_read_replaced_and_deleted(keep, call):
    keep(WITH_TIMELINES, name="Mine")
    with pytest.raises(ConflictError, match="replace"):
        keep(WITH_TIMELINES)
    keep(OWN / "jy-win-5.9.0" / "draft_content.json", replace=True)
    found = call("get_skeleton", skeleton_id="s1")
    assert (found["name"], found["target"], found["client_os"]) == ("jianying_5_9 5.9.0", "jianying_5_9", "windows")
    assert [one["skeleton_id"] for one in call("list_skeletons", search="jian")["skeletons"]] == ["s1"]
    assert call("list_skeletons", search="mine")["total"] == 0
    call("delete_skeleton", skeleton_id="s1")
    for name in ("get_skeleton", "delete_skeleton"):
        with pytest.raises(NotFoundError):
            call(name, skeleton_id="s1")


def test_what_identifies_the_computer_is_not_told(keep, call):
    keep(OWN / "cc-win-7.7.0" / "draft_content.json")
    platform = source(OWN / "cc-win-7.7.0" / "draft_content.json")["platform"]
    secrets = [str(platform[name]) for name in ("device_id", "hard_disk_id", "mac_address") if platform.get(name)]
    assert not [one for one in secrets if one in json.dumps(call("get_skeleton", skeleton_id="s1"))]


def test_a_skeleton_has_no_ends_that_can_be_changed_by_a_draft():
    document = source(OWN / "cc-win-7.7.0" / "draft_content.json")
    skeleton = skeleton_of(document, {})
    blank = skeleton.blank()
    blank["materials"]["videos"].append({})
    blank["canvas_config"]["width"] = 1
    assert skeleton.blank()["materials"]["videos"] == [] and skeleton.blank()["canvas_config"]["width"] != 1


def test_over_http_a_zip_is_the_body(client):
    body = packed(files_of(WITH_TIMELINES))
    answer = client.post("/v1/skeletons?skeleton_id=s1", data=body, content_type="application/zip")
    assert answer.get_json()["output"]["app_version"] == "8.9.1", answer.get_json()
    assert client.get("/v1/skeletons/s1").get_json()["output"]["timelines"][0].startswith("Timelines/<id>/")
    assert client.get("/v1/skeletons").get_json()["output"]["total"] == 1
    assert client.delete("/v1/skeletons/s1").get_json()["success"]
