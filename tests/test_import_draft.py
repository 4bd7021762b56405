"""Drafts that the apps wrote: imported, edited, saved, compared."""

import base64
import gc
import io
import json
import os
import shutil
import tracemalloc
import zipfile
from dataclasses import replace

import pytest

from engine.importing import imported_script, parsed
from errors import DraftNotFoundError, EncryptedDraftError, InvalidRequestError
from opening import loader
from operations import OPERATIONS
from settings import SettingsError

from .fakes import make_services
from .imported_kit import ALL, OWN, every_saved_draft_is_right, is_timeline  # noqa: F401 - a fixture

FOUND = [
    (f"{root.parent.name}-{path.relative_to(root)}", path)
    for root in (OWN, ALL)
    for path in sorted(root.rglob("*"))
    if path.is_file() and path.name != "SOURCE.txt" and is_timeline(path)
]
each_draft = pytest.mark.parametrize("path", [path for _, path in FOUND], ids=[name for name, _ in FOUND])


def saved(call, draft_id="d1"):
    """The files of a save, by their paths in the draft folder, and what the save says."""
    state = call("save_draft", draft_id=draft_id, wait=60)
    assert state["status"] == "completed", state
    return state


def exactly(text):
    """JSON such that 1 is not 1.0, and nothing else is lost."""
    return json.dumps(json.loads(text))


@pytest.fixture
def folder(services):
    """The files of the latest save of a draft, by their paths in its folder."""

    def of(draft_id="d1"):
        with zipfile.ZipFile(services.saved.archive(draft_id)) as archive:
            return {name.split("/", 1)[1]: archive.read(name) for name in archive.namelist() if "/" in name}

    return of


@each_draft
def test_what_is_imported_and_saved_is_the_same(call, folder, path):
    document = path.read_bytes().decode("utf-8-sig")
    call("import_draft", draft_id="d1", document=document)
    state = saved(call)
    files = folder()
    for name in ("draft_content.json", "draft_info.json", "template-2.tmp"):
        assert exactly(files[name]) == exactly(document)
    assert state["findings"] == [] and not state["trimmed_segments"] and not state["removed_segments"]


# ---- folders


def packed(files, top=""):
    """A zip of files by their paths."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(top + name, content)
    return made.getvalue()


def files_of(root):
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.name != "SOURCE.txt"
    }


FOLDERS = [
    root
    for place in (OWN, ALL)
    for root in (sorted(place.iterdir()) if place.is_dir() else ())
    if any((root / name).is_file() for name in ("draft_content.json", "draft_info.json"))
]

CHANGED_META = {
    *("draft_id", "draft_name", "draft_fold_path", "draft_root_path", "draft_timeline_materials_size_"),
    *("tm_draft_modified", "tm_duration"),
}
"""What a save must change in draft_meta_info.json: the folder is another, and its name, place and time are others."""


@pytest.mark.parametrize("top", ["", "my draft/"], ids=["flat", "in a folder"])
@pytest.mark.parametrize("root", FOLDERS, ids=[f"{root.parent.parent.name}-{root.name}" for root in FOLDERS])
def test_a_folder_comes_out_as_it_went_in(client, folder, services, root, top):
    before = files_of(root)
    answer = client.post("/v1/drafts/import?draft_id=d1", data=packed(before, top), content_type="application/zip")
    assert answer.status_code == 200, answer.get_json()
    timeline_file = next(name for name in ("draft_content.json", "draft_info.json") if name in before)
    state = client.post("/save_draft", json={"draft_id": "d1", "wait": 60}).get_json()["output"]
    assert state["status"] == "completed", state
    after = folder()
    timelines = {"draft_content.json", "draft_info.json", "template-2.tmp"}
    for name, content in before.items():
        if name == "draft_meta_info.json":
            old, new = json.loads(content), json.loads(after[name])
            assert {key for key in old.keys() | new.keys() if old.get(key) != new.get(key)} <= CHANGED_META
            assert new["draft_id"] != old["draft_id"]
        elif name.rpartition("/")[2] in timelines:
            assert exactly(after[name]) == exactly(before[timeline_file])
        else:
            assert after[name] == content
    made = {name for name in after if name not in before}
    assert made <= {*timelines, "draft_meta_info.json", "draft_cover.jpg"}
    assert all(after[name] == after["draft_content.json"] for name in timelines)


def small(**changes):
    return json.dumps({**json.loads((OWN / "jy-win-5.9.0" / "draft_content.json").read_bytes()), **changes})


def test_media_of_the_folder_and_its_cover_come_along(call, client, folder):
    path = "##_draftpath_placeholder_0E685133-18CE-45ED-8CB8-2904A212EC80_##/Resources/local/a.jpeg"
    document = json.loads(small())
    document["materials"]["videos"][0]["path"] = path
    files = {"draft_content.json": json.dumps(document), "Resources/local/a.jpeg": b"picture", "draft_cover.jpg": b"c"}
    answer = client.post("/v1/drafts/import?draft_id=d1", data=packed(files), content_type="application/zip").get_json()
    assert not any("did not come" in warning for warning in answer["warnings"])
    saved(call)
    found = folder()
    assert found["Resources/local/a.jpeg"] == b"picture" and found["draft_cover.jpg"] == b"c"
    assert json.loads(found["draft_content.json"])["materials"]["videos"][0]["path"] == path


def test_a_save_without_the_files_that_were_imported_is_not_complete(call, client, services):
    files = {"draft_content.json": small(), "materials/notes.txt": "words"}
    client.post("/v1/drafts/import?draft_id=d1", data=packed(files), content_type="application/zip")
    shutil.rmtree(services.settings.data_dir / "imports")
    task = client.post("/v1/save_draft", json={"draft_id": "d1"}).get_json()["output"]["task_id"]
    state = client.get(f"/v1/tasks/{task}?wait=30").get_json()["output"]
    assert (state["status"], state["partial"]) == ("failed", True)
    assert "files that were imported with the draft, which are not on this service" in state["message"]


def test_a_font_comes_beside_those_that_were_imported(call, client, folder, media):
    url = media.file("https://e.com/fonts/Tiny.ttf", (OWN.parent / "tiny.ttf").read_bytes())
    files, mine = {"draft_content.json": small()}, "assets/fonts/mine.ttf"
    for _ in range(2):  # once more with a font that has the name of ours
        files[mine] = b"imported"
        client.post("/v1/drafts/import?draft_id=d1", data=packed(files), content_type="application/zip")
        call("add_text", draft_id="d1", text="new", start=0, end=1, font_url=url)
        saved(call)
        after = folder()
        assert after[mine] == b"imported"
        (mine,) = [name for name in after if name.startswith("assets/fonts/") and name not in files]
        call("delete_draft", draft_id="d1", purge=True)


def test_a_cover_can_be_taken_of_what_was_imported(call, client, folder):
    prefix = "##_draftpath_placeholder_0E685133-18CE-45ED-8CB8-2904A212EC80_##"
    document = json.loads(small())
    for video, name in zip(document["materials"]["videos"], ("a.jpeg", "../../../../../../etc/passwd"), strict=False):
        video["path"] = f"{prefix}/{name}"
    files = {"draft_content.json": json.dumps(document), "a.jpeg": b"picture"}
    client.post("/v1/drafts/import?draft_id=d1", data=packed(files), content_type="application/zip")
    for time, shown in ((1, b"cover of a.jpeg"), (6, b"cover of nothing")):
        call("set_cover", draft_id="d1", time=time)
        saved(call)
        assert folder()["draft_cover.jpg"] == shown


def test_media_that_did_not_come_along_are_named(call):
    document = json.loads(small())
    for video in document["materials"]["videos"]:
        video["path"] = "##_draftpath_placeholder_0E685133-18CE-45ED-8CB8-2904A212EC80_##/Resources/a.jpeg"
    (warning,) = call("import_draft", document=document)["warnings"]
    assert warning == "1 media of the draft folder did not come with it, like Resources/a.jpeg"


def test_a_draft_of_this_service_comes_out_as_it_went_in(call, client, folder, media, services):
    url = media.video("http://x/a.mp4", 5)
    call("add_video", draft_id=None, video_url=url, end=2, fade_in=0.5, mask_type="Circle", transition="Dissolve")
    (draft_id,) = [one["draft_id"] for one in call("list_drafts")["drafts"]]
    call("add_video", draft_id=draft_id, video_url=url, end=2, target_start=2)
    call("add_text", draft_id=draft_id, text="😀 text", loop_animation="Swing")
    saved(call, draft_id)
    before = folder(draft_id)
    client.post(
        "/v1/drafts/import?draft_id=d1",
        data=services.saved.archive(draft_id).read_bytes(),
        content_type="application/zip",
    )
    state = saved(call)
    after = folder()
    assert not state["warnings"] and {name for name in before if before[name] != after[name]} == {
        "draft_meta_info.json"
    }
    call("add_video", draft_id="d1", video_url=url, end=2, target_start=6)
    saved(call)
    assert {name: content for name, content in folder().items() if name.startswith("assets/")}.items() > {
        name: content for name, content in before.items() if name.startswith("assets/")
    }.items()


def test_the_timeline_of_the_project_counts_and_what_differs_is_named(client, services, call, folder):
    files = {
        "draft_content.json": small(duration=1),
        "Timelines/project.json": json.dumps({"main_timeline_id": "T"}),
        "Timelines/T/draft_content.json": small(color_space=7),
        "Timelines/T/template-2.tmp": small(color_space=7),
        "Timelines/other/draft_content.json": small(color_space=8),
    }
    answer = client.post("/v1/drafts/import?draft_id=d1", data=packed(files), content_type="application/zip").get_json()
    warning, where = answer["warnings"]
    assert where.startswith("1 media are not in the draft folder, like C:/Users/user/Desktop/")
    assert warning.startswith("draft_content.json differs from Timelines/T/draft_content.json, which was taken")
    saved(call)
    after = {
        name: json.loads(content).get("color_space") for name, content in folder().items() if name.endswith("t.json")
    }
    assert after == {
        "draft_content.json": 7, "Timelines/T/draft_content.json": 7, "Timelines/other/draft_content.json": 8,
        "Timelines/project.json": None,
    }  # fmt: skip


@pytest.mark.parametrize("name", ["two\nlines", "two\x85lines", " "])
def test_a_name_that_no_draft_can_have_is_refused(call, name):
    """Not logged, as what could not be done again."""
    with pytest.raises(InvalidRequestError, match="name: must be one line"):
        call("import_draft", draft_id="d1", name=name, document={"tracks": [], "materials": {}, "canvas_config": {}})
    with pytest.raises(DraftNotFoundError):
        call("get_draft", draft_id="d1")


def test_the_name_of_the_draft_is_kept(client):
    meta = json.dumps({"draft_name": "我的 draft", "unknown": [1]})
    files = {"draft_content.json": small(), "draft_meta_info.json": meta}
    answer = client.post("/v1/drafts/import", data=packed(files, "folder/"), content_type="application/zip").get_json()
    assert answer["output"]["name"] == "我的 draft"
    del files["draft_meta_info.json"]
    answer = client.post("/v1/drafts/import", data=packed(files, "folder/"), content_type="application/zip").get_json()
    assert answer["output"]["name"] == "folder"


# ---- what is refused


def refusal(client, content, kind="application/zip"):
    answer = client.post("/v1/drafts/import?draft_id=d1", data=content, content_type=kind)
    assert answer.status_code == 400, answer.get_json()
    assert client.get("/v1/drafts/d1").status_code == 404
    return answer.get_json()


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("../evil.txt", "go elsewhere"),
        ("a/../../evil.txt", "go elsewhere"),
        ("/etc/evil", "go elsewhere"),
        ("..\\evil.txt", "go elsewhere"),
        ("C:\\evil.txt", "go elsewhere"),
        ("c:evil.txt", "go elsewhere"),
        ("a\x01b", "cannot have"),
        ("x" * 256, "too long"),
        ("a/" * 30 + "b", "folders in folders"),
        ("DRAFT_content.json", "two files of one name"),
        ("draft_content.json/inside", "a file and a folder"),
    ],
)
def test_a_zip_that_would_write_elsewhere_is_refused(client, tmp_path, name, why):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("draft_content.json", small())
        entry = zipfile.ZipInfo("x")
        entry.filename = name
        archive.writestr(entry, b"evil")
    answer = refusal(client, made.getvalue())
    assert why in answer["error"] and answer["fields"][0]["field"] == "zip"


def test_links_in_a_zip_are_refused(client):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("draft_content.json", small())
        entry = zipfile.ZipInfo("link")
        entry.external_attr = 0o120777 << 16
        archive.writestr(entry, "/etc/passwd")
    assert "a link" in refusal(client, made.getvalue())["error"]


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path, media):
    services = make_services(tmp_path, media, max_unpacked_bytes=100_000)
    content = packed({"draft_content.json": small(), "zeros": bytes(1_000_000)})
    with pytest.raises(InvalidRequestError, match="max_unpacked_bytes"):
        OPERATIONS["import_draft"]({"zip": content}, services)
    lying = bytearray(content)
    place = lying.rindex(b"PK\x01\x02") + 24
    lying[place : place + 4] = (10).to_bytes(4, "little")  # it says that it has ten bytes
    with pytest.raises(InvalidRequestError, match="zeros in the zip is damaged"):
        OPERATIONS["import_draft"]({"zip": bytes(lying)}, services)
    assert not list((tmp_path / "imports").glob("*"))
    services.close()


def test_a_zip_with_a_listing_that_has_no_end_is_refused(client):
    content = bytearray(packed({"draft_content.json": small()}))
    place = content.rindex(b"PK\x05\x06") + 12
    content[place : place + 4] = (2**31).to_bytes(4, "little")
    assert "lists too much" in refusal(client, bytes(content))["error"]


def test_a_zip_with_a_password_is_refused(client):
    content = bytearray(packed({"draft_content.json": small()}))
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    assert "password" in refusal(client, bytes(content))["error"]


def test_a_zip_of_several_drafts_or_of_none_is_refused(client):
    two = packed({"a/draft_content.json": small(), "b/draft_info.json": small()})
    assert "2 drafts (a, b)" in refusal(client, two)["error"]
    assert "holds no draft" in refusal(client, packed({"a/b/draft_content.json": small()}))["error"]
    assert "no zip" in refusal(client, b"this is no zip at all")["error"]


CIPHER = bytes((index * 97 + 13) % 256 for index in range(5_000))


@pytest.mark.parametrize("cipher", [CIPHER, base64.b64encode(CIPHER)], ids=["bytes", "base64"])
def test_an_encrypted_draft_is_told_from_a_broken_one(client, cipher):
    answer = refusal(client, packed({"draft_content.json": cipher}))
    assert answer["code"] == "encrypted_draft" and "draft_loader" in answer["error"] and "JianYing" in answer["error"]
    answer = refusal(client, packed({"draft_content.json": small()[:-100]}))
    assert answer["code"] == "invalid_request" and "draft_content.json is not JSON: line 1" in answer["error"]
    answer = refusal(client, json.dumps({"document": cipher.decode("latin-1")}), "application/json")
    assert answer["code"] == "encrypted_draft"


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ("{}", "not the timeline"),
        ("[]", "it is no object"),
        ('{"tracks": [], "materials": []}', 'lacks "tracks" or "materials"'),
        ('{"tracks": [{}], "materials": {}}', "tracks[0] has no type"),
        ('{"tracks": [{"type": "text", "segments": [{}]}], "materials": {}}', "tracks[0].segments[0]"),
        ('{"tracks": [], "materials": {}, "x": NaN}', "NaN"),
        ('{"tracks": [], "materials": {}, "x": 1e999}', "too large"),
        ('{"tracks": [], "materials": {}, "x": ' + "[" * 300 + "]" * 300 + "}", "too deep"),
        ('{"tracks": [], "materials": {}, "x": ' + "[" * 100_000 + "]" * 100_000 + "}", "not JSON"),
    ],
)
def test_what_is_no_timeline_is_refused(client, document, why):
    assert why in refusal(client, json.dumps({"document": document}), "application/json")["error"]


def test_one_of_document_zip_and_url_is_given(client):
    for body in ({}, {"document": small(), "url": "http://x/y"}, {"meta": "{}", "url": "http://x/y"}):
        refusal(client, json.dumps(body), "application/json")
    assert "base64" in refusal(client, json.dumps({"zip": "???"}), "application/json")["error"]


def test_document_and_zip_are_not_both_given(client):
    body = {"document": small(), "zip": base64.b64encode(packed({"draft_content.json": small()})).decode()}
    assert "not document and zip" in refusal(client, json.dumps(body), "application/json")["error"]


def test_a_zip_may_come_in_lines_or_as_a_data_uri(call):
    zipped = packed({"draft_content.json": small()})
    for text in (
        base64.encodebytes(zipped).decode(),
        f"data:application/zip;base64,{base64.b64encode(zipped).decode()}",
    ):
        assert call("import_draft", zip=text)["duration"] == 20


ODD = [
    {"new_version": ["1"]},
    {"new_version": "9" * 5_000},
    {"last_modified_platform": {"app_source": ["cc"]}},
    {"last_modified_platform": {"app_source": "", "app_id": [1]}},
    {"canvas_config": "x"},
    {"canvas_config": {"width": 1e30, "height": 10**400}},
]


@pytest.mark.parametrize("changes", ODD, ids=str)
def test_odd_values_are_no_fault_of_the_service(client, changes):
    body = {"draft_id": "d1", "document": json.loads(small(**changes))}
    assert client.post("/v1/drafts/import", json=body).status_code == 200
    assert client.post("/v1/set_canvas", json={"draft_id": "d1", "width": 720}).status_code == 200
    assert client.get("/v1/drafts/d1/otio").status_code == 200
    assert client.post("/v1/save_draft", json={"draft_id": "d1", "wait": 60}).status_code == 200


def test_a_platform_that_says_nothing_is_none(call):
    answer = call("import_draft", document=small(platform=5, last_modified_platform=5))
    assert any("does not say which app" in warning for warning in answer["warnings"])


DEEP = "[" * 3_000 + "]" * 3_000


@pytest.mark.parametrize("meta", ['{"draft_name": "half \\ud83d"}', f'{{"x": {DEEP}}}', '{"x": ' + "9" * 9_000 + "}"])
def test_a_meta_file_that_is_odd_is_no_fault_of_the_service(client, meta):
    files = {"draft_content.json": small(), "draft_meta_info.json": meta}
    for body, kind in (
        (packed(files), "application/zip"),
        (json.dumps({"document": small(), "meta": meta}), "application/json"),
    ):
        answer = client.post("/v1/drafts/import", data=body, content_type=kind)
        assert answer.status_code == 200, answer.get_json()
        draft_id = answer.get_json()["output"]["draft_id"]
        assert client.post("/v1/save_draft", json={"draft_id": draft_id, "wait": 60}).status_code == 200


def test_half_a_character_in_a_text_is_refused(client):
    for field in ("document", "meta"):
        body = {"document": small(), field: '{"x": "\ud83d"}'}
        assert field in refusal(client, json.dumps(body), "application/json")["error"]


def test_messages_are_for_callers(client):
    for odd in (DEEP * 40, "9" * 9_000):
        said = refusal(client, json.dumps({"document": f'{{"x": {odd}}}'}), "application/json")["error"]
        assert "recursion" not in said and "sys." not in said


@pytest.mark.parametrize("name", ["Timelines/project.json", "template-2.tmp"])
def test_a_file_beside_it_that_is_nested_too_deep_does_not_matter(client, name):
    body = packed({"draft_content.json": small(), name: DEEP})
    assert client.post("/v1/drafts/import", data=body, content_type="application/zip").status_code == 200


def test_a_folder_called_like_the_timeline_is_refused(client):
    files = {"draft_content.json": small(), "draft_info.json/x": "1"}
    assert "draft_info.json" in refusal(client, packed(files))["error"]


def test_nested_timelines_without_a_project_are_written_anew_or_named(client, call, folder):
    files = {
        "draft_content.json": small(id="A", color_space=7),
        "Timelines/same/draft_content.json": small(id="A", color_space=5),
        "Timelines/other/draft_content.json": small(id="B"),
    }
    answer = client.post("/v1/drafts/import?draft_id=d1", data=packed(files), content_type="application/zip").get_json()
    assert any(warning.startswith("Timelines/other/draft_content.json is left") for warning in answer["warnings"])
    saved(call)
    after = folder()
    assert json.loads(after["Timelines/same/draft_content.json"])["color_space"] == 7
    assert after["Timelines/other/draft_content.json"].decode() == files["Timelines/other/draft_content.json"]


def test_what_an_import_takes_is_described(client):
    described = client.get("/openapi.json").get_json()["paths"]["/v1/drafts/import"]["post"]
    kinds = {"application/zip", "application/octet-stream", "application/x-zip-compressed"}
    assert described["requestBody"]["content"].keys() == {"application/json", *kinds}
    in_query = {one["name"] for one in described["parameters"] if one["in"] == "query"}
    assert in_query == {"draft_id", "name", "target", "dry_run"} or in_query == {"draft_id", "name", "target"}
    assert "not application/json" not in described["responses"]["415"]["description"]
    zipped = packed({"draft_content.json": small()})
    for kind in kinds:
        path = f"/v1/drafts/import?name={kind.replace('/', '-')}&target=capcut"
        output = client.post(path, data=zipped, content_type=kind).get_json()["output"]
        assert (output["name"], output["target"]) == (kind.replace("/", "-"), "capcut")
    answer = client.post("/v1/drafts/import?draft_id=asked", json={"document": small(), "name": "in the body"})
    assert answer.get_json()["output"]["draft_id"] == "asked"
    assert client.post("/v1/drafts/import", data=zipped, content_type="text/plain").status_code == 415


def rot13(content):
    return bytes((byte - 13) % 256 for byte in content)


def test_a_loader_can_be_configured(tmp_path, media):
    services = replace(make_services(tmp_path, media), load=loader(f"{__name__}:rot13"))
    cipher = bytes((byte + 13) % 256 for byte in small().encode())
    done = OPERATIONS["import_draft"]({"zip": packed({"draft_info.json": cipher})}, services)
    assert done.duration == 20
    with pytest.raises(EncryptedDraftError, match="draft_loader could not"):
        failing = replace(services, load=lambda content: content[-1_000_000])
        OPERATIONS["import_draft"]({"zip": packed({"draft_info.json": cipher})}, failing)
    services.close()
    for name in ("no_such_module:f", f"{__name__}:nothing", f"{__name__}:OWN"):
        with pytest.raises(SettingsError, match="draft_loader"):
            loader(name)


def test_a_draft_can_be_fetched(call, media):
    zipped = media.file("http://x/draft.zip", packed({"draft_content.json": small()}))
    alone = media.file("http://x/draft_content.json", small().encode())
    assert call("import_draft", url=zipped)["duration"] == call("import_draft", url=alone)["duration"] == 20


def test_odd_numbers_and_characters_stay(client, call, folder):
    odd = '{"big": 123456789012345678901234567890, "small": 5e-324, "minus": -0.0, "half": "\\ud83d", "one": 1.0}'
    document = f'{{"tracks": [], "materials": {{"odd": {odd}, "none": null}}, "odd": {odd}}}'
    for body in (
        f'{{"draft_id": "text", "document": {json.dumps(document)}}}',
        f'{{"draft_id": "json", "document": {document}}}',
    ):
        assert client.post("/v1/drafts/import", data=body, content_type="application/json").status_code == 200
    for draft_id in ("text", "json"):
        saved(call, draft_id)
        assert exactly(folder(draft_id)["draft_content.json"]) == exactly(document)
        assert json.loads(
            client.post("/v1/query_script", json={"draft_id": draft_id}).get_json()["output"]
        ) == json.loads(document)
        client.post("/v1/query_script", json={"draft_id": draft_id, "format": "object"})


# ---- as other drafts


def test_files_stay_as_long_as_a_draft_needs_them(client, call, services, tmp_path, folder):
    files = {"draft_content.json": small(), "notes.txt": b"mine"}
    client.post("/v1/drafts/import?draft_id=d1", data=packed(files), content_type="application/zip")
    call("duplicate_draft", draft_id="d1", new_draft_id="d2")
    (kept,) = (tmp_path / "imports").iterdir()

    def sweep():
        for path in (kept, *kept.glob("drafts/*")):
            os.utime(path, (0, 0))
        services.imports.sweep(lambda draft_id: services.store.entry(draft_id) is not None)
        return kept.exists()

    assert sweep()
    call("delete_draft", draft_id="d1", purge=True)
    assert sweep()
    saved(call, "d2")
    assert folder("d2")["notes.txt"] == b"mine"
    call("delete_draft", draft_id="d2", purge=True)
    assert not sweep()


def test_an_exported_import_is_the_same_elsewhere(call, folder, tmp_path, media):
    call("import_draft", draft_id="d1", document=small(), name="first")
    log = call("export_log", draft_id="d1")["log"]
    other = make_services(tmp_path / "other", media)
    OPERATIONS["import_log"]({"log": log}, other)
    state = OPERATIONS["save_draft"]({"draft_id": "d1", "wait": 60}, other)
    assert state.status == "completed"
    with zipfile.ZipFile(other.saved.archive("d1")) as archive:
        assert exactly(archive.read("first/draft_content.json")) == exactly(small())
    other.close()


@pytest.mark.parametrize("imported", [{"copies": ["../../evil"]}, {"copies": ["/evil"]}, {"files": "../../evil"}])
def test_a_log_cannot_name_other_files(call, imported):
    start = {"draft_id": "x", "target": "capcut", "imported": {"document": small(), **imported}}
    log = {"format": "capcut-drafts-log/1", "draft_id": "x", "name": "x"}
    log["operations"] = [{"version": 1, "operation": "create_draft", "request": start}]
    with pytest.raises(InvalidRequestError):
        call("import_log", log=log)


def test_the_history_does_not_repeat_the_draft(call):
    call("import_draft", draft_id="d1", document=small())
    (step,) = call("get_history", draft_id="d1")["steps"]
    assert step["request"]["imported"] == {"bytes": len(small())}


def test_the_same_import_sent_again_is_one_draft(client):
    def send():
        return client.post(
            "/v1/drafts/import", data=packed({"draft_content.json": small()}), content_type="application/zip",
            headers={"Idempotency-Key": "once"},
        )  # fmt: skip

    assert send().get_json()["output"]["draft_id"] == send().get_json()["output"]["draft_id"]
    assert client.get("/v1/drafts").get_json()["output"]["total"] == 1


def test_a_draft_may_be_called_import(client):
    client.post("/v1/create_draft", json={"draft_id": "import"})
    assert client.get("/v1/drafts/import").get_json()["output"]["draft_id"] == "import"


@each_draft
def test_the_weight_of_a_draft_is_about_its_bytes_in_memory(path):
    text = path.read_bytes().decode("utf-8-sig")

    def load():
        script = imported_script("d1", parsed(text), name="d1", target="capcut")
        assert script.base.by_id is not None
        gc.collect()
        return script

    def measured():
        before = tracemalloc.get_traced_memory()[0]
        script = load()
        return tracemalloc.get_traced_memory()[0] - before, script

    load()
    tracemalloc.start()
    taken, script = min((measured() for _ in range(4)), key=lambda one: one[0])  # more is of other threads
    tracemalloc.stop()
    assert 0.6 * taken < script.weight < 1.4 * taken + 3_000
