"""What is exported must come back: the same cues, the same words, the same times."""

import json

import pysubs2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.segments import Look, TextBorder, TextRun, TextStyle
from errors import InvalidRequestError, NotFoundError, TrackNotFoundError
from media.subtitle_files import Canvas, write_subtitles
from media.subtitle_marks import guarded, unguarded, visible
from media.subtitles import read_subtitles

from .engine_kit import PLAIN, new_script, text

FORMATS = ("srt", "vtt", "ass")
CANVAS = Canvas(1080, 1920)
ODD = [
    "a\nb",
    "<b>bold?</b> 1 < 2 & 3 > 2 &lt; &amp;lt;",
    "{name} {\\an8} {*x} \\{ } {",
    "a --> b\n00:00:01,000 --> 00:00:02,000\nc",
    "00:00:01,000 00:00:02.000",
    "one\n\ntwo\n\n\nthree",
    "one\n5",
    "7",
    "C:\\new\\Names \\h \\N",
    "I <3 you",
    "Dialogue: x\n[Events]\nWEBVTT\nNOTE no\nSTYLE",
    "é 世界 😀 👨‍👩‍👧‍👦",
    "<\u2060b \u2060\n\u2060\n-\u2060> :\u2060",
    "half --\nof > an arrow",
    "<i",
    ', comma, and ; and "quotes"',
    "tab\there",
]


@pytest.fixture
def export(call):
    return lambda **fields: call("export_subtitles", draft_id="d1", **fields)


def exported(texts, name):
    """The texts, each a second, as a file; and as a segment each."""
    script = new_script()
    made = [text(script, at, at + 1, said) for at, said in enumerate(texts)]
    return write_subtitles(made, name, CANVAS)


def expected(texts):
    return [(at * 1000, at * 1000 + 1000, visible(said).strip()) for at, said in enumerate(texts)]


@pytest.mark.parametrize("name", FORMATS)
def test_texts_that_look_like_something_else_come_back_as_they_were(name):
    assert read_subtitles(exported(ODD, name)).cues == expected(ODD)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("said", ODD)
def test_so_does_each_alone_whatever_follows(name, said):
    for texts in ([said], [said, "next"], ["before", said]):
        assert read_subtitles(exported(texts, name)).cues == expected(texts)


_SIGNS = st.text(st.sampled_from("<>{}\\-:.,0159abNnhip&;/\n\r\t \u2060\u2028\ufeff世😀*[]#"), min_size=1, max_size=30)


@settings(max_examples=300, deadline=None)
@given(texts=st.lists(_SIGNS.filter(lambda said: visible(said).strip()), min_size=1, max_size=4))
@pytest.mark.parametrize("name", FORMATS)
def test_whatever_is_said_comes_back(name, texts):
    assert read_subtitles(exported(texts, name)).cues == expected(texts)


@given(said=_SIGNS)
def test_marks_are_taken_out_again(said):
    assert unguarded(guarded(said)) == visible(said).strip()


def test_plain_words_are_written_as_they_are():
    said = "Tom & Jerry: 10:30 - I <3 you (C) a/b 50%"
    assert f"\n{said}\n" in exported([said], "srt")


@pytest.mark.parametrize("fps", [12.5, 23.976, 29.97, 30, 60])
@pytest.mark.parametrize("name", FORMATS)
def test_a_draft_of_them_has_the_same_times_and_words(call, script, fps, name):
    call("create_draft", draft_id="d1", fps=fps)
    call("create_draft", draft_id="d2", fps=fps)
    for number, said in enumerate(ODD):
        call("add_text", draft_id="d1", text=said, start=number * 1.37, end=number * 1.37 + 1.1)
    file = call("export_subtitles", draft_id="d1", format=name)["content"]
    call("add_subtitle", draft_id="d2", srt=file)

    def cues(draft_id):
        return [(one.start, one.end, visible(one.text).strip()) for _, one in script(draft_id).segments()]

    assert cues("d2") == cues("d1")


def test_tracks_are_merged_in_order_of_time_and_one_can_be_chosen(call, draft, export):
    call("add_text", draft_id=draft, text="title", start=1, end=4, track_name="titles")
    call(
        "add_subtitle", draft_id=draft, cues=[{"start": 0, "end": 2, "text": "a"}, {"start": 1, "end": 3, "text": "b"}]
    )
    answer = export()
    assert [said for _, _, said in read_subtitles(answer["content"]).cues] == ["a", "title", "b"]
    assert (answer["cues"], answer["track_names"]) == (3, ["titles", "subtitle", "subtitle_2"])
    assert [said for _, _, said in read_subtitles(export(track_name="subtitle_2")["content"]).cues] == ["b"]


def test_hidden_tracks_are_left_out_and_named(call, draft, export):
    call("add_text", draft_id=draft, text="shown")
    call("add_text", draft_id=draft, text="not", track_name="notes")
    call("hide_track", draft_id=draft, track_name="notes")
    answer = export()
    assert answer["cues"] == 1 and "'notes'" in answer["warnings"][0]
    assert "not" in export(track_name="notes")["content"]


def test_a_draft_without_texts_says_so(call, draft, export):
    with pytest.raises(NotFoundError, match="no texts"):
        export()
    with pytest.raises(TrackNotFoundError):
        export(track_name="x")
    call("add_video", draft_id=draft, video_url="https://e.com/a.mp4", end=1)
    with pytest.raises(InvalidRequestError, match="track_name"):
        export(track_name="video_main")


def test_a_song_has_a_cue_for_each_word(call, draft, export):
    words = [{"text": "la", "start": 0, "end": 1}, {"text": "li", "start": 1, "end": 2}]
    call("add_text", draft_id=draft, text="la li", end=2, words=words)
    assert read_subtitles(export(format="ass")["content"]).cues == [(0, 1000, "la li"), (1000, 2000, "la li")]


def test_ass_carries_the_look(call, draft, export):
    call(
        "add_text",
        draft_id=draft,
        text="Hello 世界 😀!",
        **{"font": "Anton", "size": 10, "color": "#FF8000", "alpha": 0.5, "bold": True, "underline": True},
        **{"transform_x": 0.5, "transform_y": -0.5, "rotation": 30, "scale_x": 2, "alignment": "left"},
        **{"border_width": 50, "border_color": "#0000FF", "letter_spacing": 2},
        text_styles=[{"start": 6, "end": 8, "style": {"italic": True, "color": "#00FF00", "size": 5, "bold": False}}],
    )
    call("add_text", draft_id=draft, text="plain", start=6, end=7)
    call("add_text", draft_id=draft, text="plain too", start=8, end=9)
    file = pysubs2.SSAFile.from_string(export(format="ass")["content"])
    first, second, third = file.events
    style = file.styles[first.style]
    assert (file.info["PlayResX"], file.info["PlayResY"]) == ("1080", "1920")
    assert (style.fontname, style.fontsize, style.bold, style.italic, style.underline) == (
        "Anton",
        62.1,
        True,
        False,
        True,
    )
    assert (style.primarycolor.r, style.primarycolor.g, style.primarycolor.b, style.primarycolor.a) == (
        255,
        128,
        0,
        127,
    )
    assert (style.alignment, style.angle, style.scalex, style.scaley) == (4, -30, 200, 100)
    assert style.outline == 6.21 and style.outlinecolor.b == 255 and style.spacing == 6.21
    tags = r"{\fnAnton\fs31.05\c&H00FF00&\1a&H00&\b0\i1\u1}"
    assert first.text == r"{\pos(810,1440)\q2}Hello " + tags + r"世界{\r} 😀!"
    assert second.style == third.style != first.style


def test_a_default_font_that_the_app_lacks_is_its_own(call, draft, export):
    call("add_text", draft_id=draft, text="a")
    call("create_draft", draft_id="d2", target="jianying_10")
    call("add_text", draft_id="d2", text="a")
    files = (export(format="ass"), call("export_subtitles", draft_id="d2", format="ass"))
    names = [pysubs2.SSAFile.from_string(file["content"]).styles["Text 1"].fontname for file in files]
    assert names == ["Arial", "文轩体"]


def test_a_font_file_is_called_by_its_name(call, draft, export):
    call("add_text", draft_id=draft, text="a", font_url="https://e.com/My%20Font.ttf?v=1")
    (style,) = pysubs2.SSAFile.from_string(export(format="ass")["content"]).styles.values()
    assert style.fontname == "My Font"


def test_captions_break_lines_where_the_app_does():
    script = new_script()
    made = text(script, 0, 1, "a", wraps=True, line_max_width=0.5, alignment=0, look=Look())
    file = pysubs2.SSAFile.from_string(write_subtitles([made], "ass", CANVAS))
    (style,) = file.styles.values()
    assert (style.marginl, style.marginr, file.events[0].text) == (270, 270, r"{\pos(270,960)}a")


def test_a_look_cannot_end_the_tags_it_is_written_in():
    script = new_script()
    run = TextRun(0, 1, TextStyle(5, (1, 1, 1), 1, "we}ird\\N,x"), TextBorder(10, (0, 0, 0), 1))
    file = write_subtitles([text(script, 0, 1, "<{\\", style=PLAIN, runs=(run,))], "ass", CANVAS)
    assert read_subtitles(file).cues == [(0, 1000, "<{\\")]
    assert len(pysubs2.SSAFile.from_string(file).styles) == 1


@pytest.mark.parametrize(
    "name, media_type, begins",
    [
        ("srt", "application/x-subrip", b"1\n00:00:00,000"),
        ("vtt", "text/vtt", b"WEBVTT"),
        ("ass", "text/x-ssa", b"[Script"),
    ],
)
def test_a_get_brings_the_file(client, call, draft, name, media_type, begins):
    call("add_text", draft_id=draft, text="世界")
    call("add_text", draft_id=draft, text="x", track_name="é")
    call("hide_track", draft_id=draft, track_name="é")
    answer = client.get(f"/v1/drafts/d1/subtitles?format={name}")
    assert answer.status_code == 200 and answer.mimetype == media_type
    assert answer.headers["Content-Disposition"] == f'attachment; filename="d1.{name}"'
    assert answer.data.startswith(begins) and "世界".encode() in answer.data
    assert "é" in json.loads(answer.headers["X-Warnings"])[0] and answer.headers["X-Warnings"].isascii()


def test_a_header_holds_as_many_warnings_as_it_can(client, call, draft):
    call("add_text", draft_id=draft, text="a")
    for number in range(60):
        name = f"{number}" + "é" * 97
        call("add_text", draft_id=draft, text="x", track_name=name)
        call("hide_track", draft_id=draft, track_name=name)
    header = client.get("/v1/drafts/d1/subtitles").headers["X-Warnings"]
    assert len(header) <= 4_000 and json.loads(header)[0].startswith("hidden tracks are left out: ")


def test_long_files_are_written_in_one_go(call, draft, export):
    call("add_subtitle", draft_id=draft, cues=[{"start": at, "end": at + 1, "text": str(at)} for at in range(3_000)])
    assert [said for _, _, said in read_subtitles(export()["content"]).cues] == [str(at) for at in range(3_000)]
