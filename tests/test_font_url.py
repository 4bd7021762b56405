"""Texts in a font of their own: a file that goes into the draft."""

import json
import struct
from pathlib import Path

import pytest

from capcut_server import create_app
from engine.lint import PLACEHOLDER
from errors import InvalidRequestError
from media.first_bytes import UnreadableMediaError
from media.fonts import font_ending
from settings import Settings

from .fakes import ended

TINY = Path(__file__).with_name("data") / "tiny.ttf"
URL, OTHER = "https://e.com/fonts/Tiny.ttf?v=2", "https://e.com/other.otf"


@pytest.fixture
def font(media):
    media.file(OTHER, b"OTTO" + TINY.read_bytes()[4:])
    return media.file(URL, TINY.read_bytes())


@pytest.fixture
def add(call, draft, font):
    return lambda **fields: call("add_text", draft_id=draft, **{"text": "Hello", "font_url": font, **fields})


@pytest.fixture
def saved(call, services):
    """The state of a save, the texts of its draft and the names of its fonts."""

    def save(**fields):
        state = ended(call, draft_id="d1", **fields)
        folder = services.saved.archive("d1").parent / "d1"
        document = json.loads((folder / "draft_content.json").read_bytes())
        fonts = sorted(path.name for path in (folder / "assets" / "fonts").glob("*"))
        return state, document["materials"]["texts"], fonts

    return save


def path_of(text):
    """The font that all of the text is in."""
    (path,) = {style["font"]["path"] for style in json.loads(text["content"])["styles"]}
    assert {style["font"]["id"] for style in json.loads(text["content"])["styles"]} == {""}
    assert text["font_path"] == path and text["font_resource_id"] == text["font_name"] == ""
    return path


def test_the_font_is_in_the_draft_and_named_as_the_apps_do(add, saved):
    add()
    state, (text,), (name,) = saved(draft_folder="C:\\Users\\me\\drafts")
    assert state["status"] == "completed" and state["message"] == "the draft is saved"
    assert path_of(text) == f"C:/Users/me/drafts/d1/assets/fonts/{name}" and name.endswith(".ttf")
    assert not state["warnings"] and not state["findings"] and not state["failed_files"]


def test_where_the_draft_will_lie_should_be_known(add, saved):
    add()
    state, (text,), (name,) = saved()
    assert path_of(text) == f"{PLACEHOLDER}/assets/fonts/{name}"
    assert state["status"] == "completed" and any("draft_folder" in warning for warning in state["warnings"])


def test_a_font_is_fetched_once_and_its_ending_is_that_of_its_content(add, saved, media):
    add()
    add(start=6, end=7, font_url=OTHER)
    add(start=8, end=9)
    _, texts, fonts = saved(draft_folder="/drafts")
    assert [name.rsplit(".", 1)[1] for name in sorted(fonts, key=lambda name: name.rsplit(".")[1])] == ["otf", "ttf"]
    assert len({path_of(text) for text in texts}) == 2 and media.fetched.count(URL) == 1


@pytest.mark.parametrize(
    "content, reason",
    [
        (b"<html>not here</html>", "a web page"),
        (b"", "empty"),
        (TINY.read_bytes()[:400], "cut short"),
        (b"wOF2" + bytes(100), "web font"),
        (b"\x00\x01\x00\x00" + bytes(50), "damaged"),
        (b"\x00\x01\x00\x00\xff\xff" + bytes(50), "damaged"),
        (b"ttcf" + bytes(8) + b"\xff" * 8, "not a font"),
        (b"ttcf", "not a font"),
        (b"OTTO", "not a font"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "not a font"),
    ],
)
def test_a_font_that_cannot_be_had_is_named_and_the_text_stays(add, saved, media, content, reason):
    broken = media.file("https://e.com/broken.ttf", content)
    made = add(font_url=broken, font="Anton")["segment_id"]
    state, (text,), fonts = saved(draft_folder="/drafts")
    assert fonts == [] and (state["status"], state["partial"]) == ("failed", True) and state["draft_url"]
    assert broken in state["message"] and reason in state["message"]
    assert any(broken in warning and reason in warning for warning in state["warnings"])
    (failed,) = state["failed_files"]
    assert (failed["url"], failed["segments"]) == (broken, [made]) and reason in failed["reason"]
    assert text["font_name"] == "Anton" and text["font_path"] == ""


def test_a_font_that_is_not_there_leaves_the_others(add, saved, media):
    add()
    add(start=6, end=7, font_url=media.missing("https://e.com/gone.ttf"))
    state, texts, fonts = saved(draft_folder="/drafts")
    assert len(fonts) == 1 and len(texts) == 2 and "HTTP 404" in state["message"]


def test_ranges_and_keywords_have_fonts_of_their_own(add, saved):
    add(
        font_url=None,
        text="one two three",
        text_styles=[{"start": 0, "end": 3, "font_url": URL}],
        keywords=[{"text": "two", "font_url": OTHER}],
    )
    _, (text,), fonts = saved(draft_folder="/drafts")
    shown = [style.get("font", {}).get("path", "") for style in json.loads(text["content"])["styles"]]
    assert len(fonts) == 2 and text["font_path"] == ""
    assert [path.rsplit(".", 1)[-1] for path in shown] == ["ttf", "", "otf", ""]


def test_a_range_with_a_font_by_name_leaves_the_file(add, written):
    add(text_styles=[{"start": 0, "end": 2, "font": "Anton"}, {"start": 2, "end": 3, "style": {"bold": True}}])
    styles = json.loads(written()["materials"]["texts"][0]["content"])["styles"]
    assert [bool(style.get("font", {}).get("id")) for style in styles] == [True, False, False]


def test_cues_have_it_too(call, draft, font, saved):
    call("add_subtitle", draft_id=draft, cues=[{"start": 0, "end": 1, "text": "a"}], font_url=font)
    _, (text,), _ = saved(draft_folder="/drafts")
    assert path_of(text).startswith("/drafts/d1/assets/fonts/")


def test_it_can_be_changed_and_taken_back(call, add, segment):
    made = add()["segment_id"]
    call("update_segment", draft_id="d1", segment_id=made, set={"font_url": OTHER})
    assert segment().style.font_url == OTHER
    call("update_segment", draft_id="d1", segment_id=made, set={"font_url": None})
    assert segment().style.font_url is None
    call("undo", draft_id="d1", steps=2)
    assert segment().style.font_url == URL


def test_a_query_names_the_address(call, add):
    add()
    script = call("query_script", draft_id="d1", format="object")["script"]
    assert path_of(script["materials"]["texts"][0]) == URL


@pytest.mark.parametrize("url", ["", "fonts/a.ttf", "ftp://e.com/a.ttf", "{{font}}"])
def test_what_is_no_address_is_refused(add, url):
    with pytest.raises(InvalidRequestError, match="font_url"):
        add(font_url=url)


def test_the_ending_of_a_collection_is_its_own(tmp_path):
    single = TINY.read_bytes()
    count = struct.unpack_from(">H", single, 4)[0]
    moved = bytearray(single)
    for entry in range(12, 12 + 16 * count, 16):
        struct.pack_into(">I", moved, entry + 8, struct.unpack_from(">I", single, entry + 8)[0] + 16)
    file = tmp_path / "a"
    file.write_bytes(b"ttcf\x00\x01\x00\x00" + struct.pack(">II", 1, 16) + moved)
    assert font_ending(file) == ".ttc"
    file.write_bytes(b"ttcf\x00\x01\x00\x00" + struct.pack(">II", 1, 16) + moved[:-20])
    with pytest.raises(UnreadableMediaError):
        font_ending(file)


def test_a_service_takes_one_from_under_a_media_root(tmp_path):
    app = create_app(Settings(data_dir=tmp_path, media_roots=(str(TINY.parent),)))
    client = app.test_client()
    client.post("/v1/create_draft", json={"draft_id": "d1"})
    client.post("/v1/add_text", json={"draft_id": "d1", "text": "a", "font_url": str(TINY)})
    client.post("/v1/add_text", json={"draft_id": "d1", "text": "b", "start": 6, "end": 7, "font_url": "/etc/passwd"})
    state = client.post("/v1/save_draft", json={"draft_id": "d1", "wait": 60}).get_json()["details"]
    app.extensions["services"].close()
    (font,) = (tmp_path / "drafts" / "d1").rglob("assets/fonts/*.ttf")
    assert font.read_bytes() == TINY.read_bytes()
    assert state["partial"] and [one["url"] for one in state["failed_files"]] == ["/etc/passwd"]
