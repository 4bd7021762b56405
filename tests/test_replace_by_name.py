"""A draft as a template: media and texts get others by what they are called."""

import json

import pytest

from engine.script_file import Script_file
from errors import InvalidRequestError, NotFoundError

from .imported_kit import OWN, every_saved_draft_is_right  # noqa: F401 - a fixture

CAPTIONS = OWN / "cc-win-7.7.0" / "draft_content.json"


@pytest.fixture
def template(call):
    """A draft of an app with three clips of clip.mp4 and two texts."""

    def make(change=lambda document: None):
        document = json.loads(CAPTIONS.read_text(encoding="utf-8"))
        change(document)
        call("import_draft", draft_id="d1", document=document)
        return document

    return make


def texts(document):
    return [json.loads(text["content"]) for text in document["materials"]["texts"]]


def test_all_clips_of_a_medium_get_the_other_one(template, call, media, services, written):
    before = template()
    url = media.video("http://x/new.mp4", 60, size=(320, 240))
    answer = call("replace_by_name", draft_id="d1", media={"clip.mp4": url})
    assert len(answer["segments"]["clip.mp4"]) == 3
    state = call("save_draft", draft_id="d1", wait=20)
    assert state["status"] == "completed" and state["total_files"] == 1, state
    after = written()
    for old, new in zip(before["materials"]["videos"], after["materials"]["videos"], strict=True):
        assert new["path"] == url and new["material_name"] == "new.mp4" and new["id"] == old["id"]
        changed = {name for name in old if old[name] != new[name]}
        assert changed <= {
            *("path", "material_name", "duration", "width", "height", "has_audio", "local_material_id", "media_path"),
        }
    starts = [one["source_timerange"]["start"] for one in after["tracks"][0]["segments"]]
    assert starts == [0, 0, 0]
    assert call("replace_by_name", draft_id="d1", media={"new.mp4": url})["segments"]["new.mp4"]


def test_the_saved_template_has_the_new_medium(template, call, media, services):
    import zipfile

    template()
    url = media.video("http://x/new.mp4", 60, size=(320, 240))
    call("replace_by_name", draft_id="d1", media={"C:/Users/user/Desktop/clip.mp4": url})
    call("save_draft", draft_id="d1", wait=20)
    with zipfile.ZipFile(services.saved.archive("d1")) as archive:
        document, meta = (json.loads(archive.read(f"d1/draft_{name}.json")) for name in ("content", "meta_info"))
        entries = {one["id"]: one for one in meta["draft_materials"][0]["value"]}
        for video in document["materials"]["videos"]:
            path = video["path"].split("_##/", 1)[1]
            assert (video["duration"], video["width"], video["height"]) == (60_000_000, 320, 240)
            assert entries[video["local_material_id"]]["file_Path"] == f"./{path}"
            assert f"d1/{path}" in archive.namelist()


def test_texts_get_other_words_and_keep_their_looks(template, call, written):
    before = texts(template())
    answer = call("replace_by_name", draft_id="d1", texts={"Xin chao cac ban": "Bonjour 😀"})
    assert len(answer["segments"]["Xin chao cac ban"]) == 1
    first, second = texts(written())
    assert first["text"] == "Bonjour 😀" and second == before[1]
    (style,), (old,) = first["styles"], before[0]["styles"]
    assert style == old | {"range": [0, 10]}


def styled(document):
    """Three styles: "Hi ", "{{na" and "me}}, 😀!"."""
    content = json.loads(document["materials"]["texts"][0]["content"])
    style = content["styles"][0]
    ranges = ([0, 3], [3, 7], [7, 16])
    content |= {
        "text": "Hi {{name}}, 😀!",
        "styles": [style | {"range": one, "size": i} for i, one in enumerate(ranges)],
    }
    document["materials"]["texts"][0]["content"] = json.dumps(content)
    document["materials"]["texts"][1]["name"] = "title"


def test_fields_in_texts_are_filled_and_what_is_around_them_keeps_its_look(template, call, written):
    template(styled)
    call("replace_by_name", draft_id="d1", texts={"name": "王小明", "title": "New title"})
    first, second = texts(written())
    assert first["text"] == "Hi 王小明, 😀!" and second["text"] == "New title"
    assert [(style["range"], style["size"]) for style in first["styles"]] == [([0, 3], 0), ([3, 6], 1), ([6, 11], 2)]


def test_texts_of_a_template_in_the_template_are_found(template, call, written):
    def nest(document):
        text = document["materials"]["texts"][0]
        resource = {"text_material_id": text["id"], "extra_material_refs": []}
        made = {"id": "TEMPLATE", "name": "", "text_info_resources": [resource]}
        document["materials"].setdefault("text_templates", []).append(made)
        document["tracks"][1]["segments"][0]["material_id"] = "TEMPLATE"

    template(nest)
    (segment, _) = call("get_draft", draft_id="d1")["tracks"][1]["segments"]
    call("replace_by_name", draft_id="d1", texts={"Xin chao cac ban": "new"})
    assert texts(written())[0]["text"] == "new"
    new = call("split_segment", draft_id="d1", segment_id=segment["segment_id"], at=1)["new_segment_id"]
    document = written()
    one, other = document["materials"]["text_templates"]
    assert one["text_info_resources"] != other["text_info_resources"]
    call("remove_segment", draft_id="d1", segment_id=segment["segment_id"])
    call("remove_segment", draft_id="d1", segment_id=new)
    assert written()["materials"]["text_templates"] == [] and len(texts(written())) == 1


def test_drafts_of_this_service_are_templates_too(call, media, draft):
    url, other = media.video("http://x/a.mp4?token=1"), media.video("http://x/b.mp4")
    call("add_video", draft_id="d1", video_url=url, end=2)
    call("add_text", draft_id="d1", text="Dear {{ name }}, {{name}}!", end=2)
    call("add_text", draft_id="d1", text="plain", start=3, end=4)
    answer = call(
        "replace_by_name", draft_id="d1", media={"a.mp4": other}, texts={"name": "{{plain}}", "plain": "changed"}
    )
    said = [part["parameters"] for track in call("get_draft", draft_id="d1")["tracks"] for part in track["segments"]]
    assert said[0]["video_url"] == other
    assert [one["text"] for one in said[1:]] == ["Dear {{plain}}, {{plain}}!", "changed"]
    assert {name: len(found) for name, found in answer["segments"].items()} == {"a.mp4": 1, "name": 1, "plain": 1}


@pytest.mark.parametrize(
    ("fields", "error", "why"),
    [
        ({}, InvalidRequestError, "media, texts or both"),
        ({"media": {"": "http://x/b.mp4"}}, NotFoundError, "nothing is called ''"),
        ({"media": {"clap.mp4": "http://x/b.mp4"}}, NotFoundError, "clip.mp4"),
        ({"texts": {"Xin chao": "x"}}, NotFoundError, "Xin chao cac ban"),
        ({"texts": {"Xin chao cac ban": "x", "nobody": "x"}}, NotFoundError, "nobody"),
        ({"media": {"clip.mp4": "http://x/b.mp4"}, "texts": {"nobody": "x"}}, NotFoundError, "nobody"),
    ],
)
def test_all_or_nothing_is_replaced(template, refused, fields, error, why):
    template()
    assert why in str(refused(error, "replace_by_name", **fields))


def test_undo_brings_the_template_back(template, call, written):
    before = template()
    call("replace_by_name", draft_id="d1", texts={"Xin chao cac ban": "x"})
    call("undo", draft_id="d1")
    assert json.dumps(written()) == json.dumps(before)


def test_filling_a_template_looks_at_each_segment_once(template, call, monkeypatch):
    def many(document):
        segment = document["tracks"][1]["segments"][0]
        document["tracks"][1]["segments"] = [
            {**segment, "id": f"copy{index}", "target_timerange": {"start": index * 1_000_000, "duration": 1_000_000}}
            for index in range(40)
        ]

    said = texts(template(many))[0]["text"]
    looks, segments = [], Script_file.segments

    def counted(self):
        for found in segments(self):
            looks.append(found)
            yield found

    monkeypatch.setattr(Script_file, "segments", counted)
    answer = call("replace_by_name", draft_id="d1", texts={said: "other"})
    assert len(answer["segments"][said]) == 40
    assert len(looks) < 5 * 43
