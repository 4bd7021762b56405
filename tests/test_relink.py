import io
import json
import zipfile

import pytest

from engine.lint import PLACEHOLDER
from engine.paths import media_paths
from errors import EncryptedDraftError, InvalidRequestError

from .test_import_draft import packed

PATHS = [
    "C:/Old Drafts/mine/assets/a.mp4",
    "c:\\old drafts\\MINE\\assets\\b.mp4",
    f"{PLACEHOLDER}/assets/c.mp4",
    "D:/x.mp4",
]
FONT = "C:/Old Drafts/mine/assets/fonts/f.ttf"


@pytest.fixture
def moved():
    """The timeline and the meta file of a draft whose folder was moved."""
    text = {"id": "T", "font_path": FONT, "content": json.dumps({"styles": [{"font": {"path": FONT}}]})}
    videos = [{"id": str(number), "path": path} for number, path in enumerate(PATHS)]
    files = [
        {"id": str(number), "file_Path": path} for number, path in enumerate([PATHS[0], "./assets/c.mp4", "D:/x.mp4"])
    ]
    meta = {"draft_fold_path": "C:/Old Drafts/mine", "draft_root_path": "C:/Old Drafts", "draft_name": "mine"}
    meta |= {"draft_materials": [{"type": 0, "value": files}]}
    return {"document": {"tracks": [], "materials": {"videos": videos, "texts": [text]}}, "meta": meta}


def files_in(meta):
    return [entry["file_Path"] for entry in meta["draft_materials"][0]["value"]]


def test_portable_paths_are_found_wherever_it_is_moved_again(call, moved):
    answer = call("relink", folder="D:\\Drafts\\yours", **moved)
    document, meta = answer["files"]["draft_content.json"], answer["files"]["draft_meta_info.json"]
    assert media_paths(document) == [*(f"{PLACEHOLDER}/assets/{name}.mp4" for name in "abc"), "D:/x.mp4"]
    assert files_in(meta) == ["./assets/a.mp4", "./assets/c.mp4", "D:/x.mp4"]
    assert (meta["draft_fold_path"], meta["draft_root_path"]) == ("D:/Drafts/yours", "D:/Drafts")
    assert (meta["draft_name"], answer["paths"]) == ("yours", 2)
    (text,) = document["materials"]["texts"]
    inner = json.loads(text["content"])["styles"][0]["font"]["path"]
    assert text["font_path"] == inner == "D:/Drafts/yours/assets/fonts/f.ttf"


def test_full_paths_lead_to_where_it_lies_now(call, moved):
    answer = call("relink", folder="/Users/我/Movies/yours", path_style="absolute", **moved)
    document, meta = answer["files"]["draft_content.json"], answer["files"]["draft_meta_info.json"]
    assert media_paths(document) == [*(f"/Users/我/Movies/yours/assets/{name}.mp4" for name in "abc"), "D:/x.mp4"]
    assert files_in(meta) == [f"/Users/我/Movies/yours/assets/{name}.mp4" for name in "ac"] + ["D:/x.mp4"]
    assert PLACEHOLDER not in json.dumps(document) and answer["paths"] == 3


def test_there_and_back_is_as_it_was(call, moved):
    there = call("relink", folder="D:/a/b", path_style="absolute", **moved)["files"]
    said = {"document": there["draft_content.json"], "meta": there["draft_meta_info.json"]}
    back = call("relink", folder="C:/Old Drafts/mine", path_style="absolute", **said)["files"]["draft_content.json"]
    assert media_paths(back)[0] == PATHS[0]
    assert back["materials"]["texts"] == moved["document"]["materials"]["texts"]


def test_a_zip_names_each_file_to_be_written(client, moved):
    files = {"draft_info.json": json.dumps(moved["document"]), "draft_meta_info.json": json.dumps(moved["meta"])}
    body = packed(files, "mine/")
    answer = client.post("/v1/relink?folder=/Users/me/mine", data=body, content_type="application/zip").get_json()
    assert sorted(answer["output"]["files"]) == ["draft_info.json", "draft_meta_info.json"]


def test_where_it_was_can_be_said(call, moved):
    document = moved["document"]
    answer = call("relink", document=document, folder="D:/a/b", old_folder="C:\\Old Drafts\\mine")
    assert answer["paths"] == 2 and answer["warnings"] == []
    answer = call("relink", document=document, folder="D:/a/b")
    assert answer["paths"] == 0 and "nobody says where it was" in answer["warnings"][0]


@pytest.mark.parametrize(
    "fields, named",
    [
        ({"folder": "drafts"}, "folder"),
        ({"folder": "~/a"}, "folder"),
        ({"folder": "/a", "old_folder": "~"}, "old_folder"),
    ],
)
def test_what_is_no_folder_is_refused(call, moved, fields, named):
    with pytest.raises(InvalidRequestError, match=named):
        call("relink", **moved, **fields)


def test_encrypted_drafts_are_refused(call):
    with pytest.raises(EncryptedDraftError):
        call("relink", document="A" * 400, folder="D:/a")


def test_the_answer_may_be_a_zip_to_unpack_in_the_folder(client, moved, tmp_path):
    files = {"draft_info.json": json.dumps(moved["document"]), "draft_meta_info.json": json.dumps(moved["meta"])}
    call = {"data": packed(files, "mine/"), "content_type": "application/zip"}
    answer = client.post("/v1/relink?folder=/Users/me/mine", headers={"Accept": "application/zip"}, **call)
    assert (answer.status_code, answer.mimetype) == (200, "application/zip")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        archive.extractall(tmp_path)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["draft_info.json", "draft_meta_info.json"]
    assert json.loads((tmp_path / "draft_meta_info.json").read_bytes())["draft_fold_path"] == "/Users/me/mine"
    for headers in ({}, {"Accept": "*/*"}, {"Accept": "application/zip", "Idempotency-Key": "k"}):
        assert client.post("/v1/relink?folder=/Users/me/mine", headers=headers, **call).is_json
    refused = client.post("/v1/relink?folder=mine", headers={"Accept": "application/zip"}, **call)
    assert refused.status_code == 400 and refused.is_json


def test_paths_within_texts_have_either_slash_and_any_case(call):
    for path in ("C:\\Old\\mine\\f\\a.ttf", "c:/old/MINE/f/a.ttf", "C:\\OLD\\mine\\f\\a.ttf"):
        content = {"styles": [{"font": {"path": path}}], "text": "C:\\Older\\mine"}
        document = {"tracks": [], "materials": {"texts": [{"content": json.dumps(content)}]}}
        answer = call("relink", document=document, old_folder="C:/Old/mine", folder="D:/$1/n")
        (text,) = answer["files"]["draft_content.json"]["materials"]["texts"]
        moved = json.loads(text["content"])
        assert moved["styles"][0]["font"]["path"] == "D:/$1/n/f/a.ttf" and moved["text"] == content["text"]
