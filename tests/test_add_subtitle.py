from dataclasses import replace

import orjson
import pytest

from engine.lint import lint
from engine.segments import TextSegment
from errors import ConflictError, InvalidRequestError, MediaError, UnknownNameError
from operations import OPERATIONS

from .fakes import forget, logged

TWO = "1\n00:00:01,000 --> 00:00:02,500\nHello\n\n2\n00:00:03,000 --> 00:00:04,000\n世界 😀\n"
URL = "https://example.com/a.srt"


@pytest.fixture
def add(call, draft):
    return lambda **fields: call("add_subtitle", draft_id=draft, **({"srt": TWO} | fields))


@pytest.fixture
def texts(script):
    """What the texts say, with track and times in seconds, back to front."""
    return lambda: [(track.name, one.start / 1e6, one.end / 1e6, one.text) for track, one in script().segments()]


def cues(*times):
    return [{"start": start, "end": end, "text": chr(ord("a") + place)} for place, (start, end) in enumerate(times)]


def test_each_cue_becomes_a_text(add, texts):
    answer = add()
    assert texts() == [("subtitle", 1, 2.5, "Hello"), ("subtitle", 3, 4, "世界 😀")]
    assert len(answer["segment_ids"]) == answer["cues"] == 2 and not answer["warnings"]
    assert (answer["track_name"], answer["track_names"]) == ("subtitle", ["subtitle"])
    assert (answer["start"], answer["end"], answer["version"]) == (1, 4, 2)
    assert answer["segment_id"] == answer["segment_ids"][0]


def test_subtitles_are_white_and_low_unless_told(add, script):
    add()
    for _, one in script().segments():
        assert isinstance(one, TextSegment)
        assert (one.style.size, one.style.colour, one.style.font, one.look.transform_y) == (
            5,
            (1, 1, 1),
            "思源粗宋",
            -0.8,
        )
        assert one.border is one.background is one.shadow is None and not one.style.bold and not one.vertical


def test_the_app_finds_captions(add, written):
    add()
    (track,) = [track for track in written()["tracks"] if track["type"] == "text"]
    assert track["flag"] == 1 and {text["type"] for text in written()["materials"]["texts"]} == {"subtitle"}
    assert lint(written()) == []


def test_every_parameter_of_the_contract_is_taken(add, script, media):
    fields = {
        "time_offset": 1, "font": "ALEGREYA", "font_size": 9, "bold": True, "italic": True, "underline": True,
        "font_color": "#00FF00", "vertical": True, "alpha": 0.5, "border_alpha": 0.4, "border_color": "#0000FF",
        "border_width": 20, "background_color": "#111111", "background_style": 1, "background_alpha": 0.3,
        "transform_x": 0.1, "transform_y": 0.2, "scale_x": 1.5, "scale_y": 1.5, "rotation": 10, "track_name": "t",
    }  # fmt: skip
    assert add(**fields)["warnings"] == []
    first = next(one for _, one in script().segments())
    assert isinstance(first, TextSegment)
    style = first.style
    assert (first.start, first.vertical, style.size, style.alpha) == (2_000_000, True, 9, 0.5)
    assert (style.bold, style.italic, style.underline, style.colour) == (True, True, True, (0, 1, 0))
    assert first.border and first.background
    assert (first.border.width, first.background.alpha) == (20, 0.3)
    assert (first.look.transform_x, first.look.scale_x, first.look.rotation) == (0.1, 1.5, 10)


def test_whatever_a_text_takes_cues_take(add, written):
    add(keywords=["世界"], intro_animation="Throw_Out", loop_animation="Swing", shadow_enabled=True)
    styles = [orjson.loads(text["content"])["styles"] for text in written()["materials"]["texts"]]
    assert [[one["range"] for one in text] for text in styles] == [[[0, 5]], [[0, 2], [2, 5]]]
    assert all(one["shadows"] for text in styles for one in text)
    moves = written()["materials"]["material_animations"]
    assert [[one["type"] for one in text["animations"]] for text in moves] == [["in", "loop"]] * 2


@pytest.mark.parametrize("name", ["srt", "srt_url", "srt_path", "srt_content"])
def test_other_names_of_the_field_are_taken(call, draft, name):
    assert call("add_subtitle", draft_id=draft, **{name: TWO})["cues"] == 2


@pytest.mark.parametrize(
    "fields, field",
    [
        ({"srt": None}, "srt"),
        ({"srt": "hello"}, "srt"),
        ({"srt": "1\n00:00:01,000 --> 00:00:02,000\n\n"}, "srt"),
        ({"srt": "1\n99:00:01,000 --> 99:00:02,000\na\n"}, "srt"),
        ({"srt": "00:00:01,000 --> 00:00:02,000\n" + "x" * 10_001}, "srt"),
        ({"srt": "subtitles.srt"}, "srt"),
        ({"srt": "https://"}, "srt"),
        ({"srt": "https://example.com/{{file}}.srt"}, "srt"),
        ({"cues": cues((0, 1))}, "cues"),
        ({"srt": None, "cues": cues((1, 1))}, "cues.0.end"),
        ({"srt": None, "cues": [{"start": 0, "end": 1, "text": "a\x00"}]}, "cues.0.text"),
        ({"time_offset": -9}, "time_offset"),
        ({"time_offset": 86_399}, "time_offset"),
        ({"encoding": "nothing"}, "encoding"),
        ({"color": "red"}, "color"),
        ({"on_overlap": "drop"}, "on_overlap"),
        ({"font": "no such font at all"}, "font"),
        ({"intro_animation": "no such thing at all"}, "intro_animation"),
        ({"srt": None, "cues": cues(*[(0, 1)] * 21)}, "srt"),
    ],
)
def test_a_bad_field_is_named_and_nothing_is_added(add, draft, services, fields, field):
    with pytest.raises(InvalidRequestError) as refusal:
        add(**fields)
    assert [problem["field"] for problem in refusal.value.fields] == [field]
    assert len(logged(services, draft)) == 1


def test_a_font_of_null_is_the_usual_one(add, script):
    """CapCutAPI fails on it."""
    add(font=None)
    assert all(one.style.font == "思源粗宋" for _, one in script().segments())


# ---- where they come from


def test_subtitles_are_fetched_once_and_never_for_doing_the_edit_again(add, media, services, script, draft):
    add(srt=media.file(URL, TWO.encode("utf-16")))
    before = [one for _, one in script().segments()]
    media.missing(URL)
    forget(services, draft)
    assert [one for _, one in script().segments()] == before and media.fetched == [URL]
    (_, row) = logged(services, draft)
    assert set(orjson.loads(row.request)) == {"cues"}


def test_a_file_in_an_encoding_that_is_named_is_read_so(add, media, texts):
    add(srt=media.file(URL, TWO.replace("Hello", "déjà").replace("世界 😀", "").encode("cp1252")), encoding="cp1252")
    assert [said for *_, said in texts()] == ["déjà"]


def test_a_file_that_cannot_be_had_fails_and_says_why(add, media, services, draft):
    with pytest.raises(MediaError, match="404"):
        add(srt=media.missing(URL))
    assert len(logged(services, draft)) == 1


def test_a_file_too_large_is_not_read(add, media):
    with pytest.raises(MediaError, match="larger than"):
        add(srt=media.file(URL, b"x" * 10_000_001))


def test_a_file_that_holds_no_subtitles_is_refused_without_its_content(add, media):
    with pytest.raises(InvalidRequestError) as refusal:
        add(srt=media.file(URL, b"root:x:0:0"))
    assert "root" not in str(refusal.value)


def test_local_files_are_those_under_a_media_root(real_client, tmp_path):
    """CapCutAPI answers with the first line of any file of the server."""
    answer = real_client.post("/add_subtitle", json={"draft_id": "d1", "srt": "/etc/passwd"}).get_json()
    assert not answer["success"] and "media_roots" in answer["error"] and "root:" not in answer["error"]


def test_nothing_is_left_of_what_was_fetched(add, media, services):
    add(srt=media.file(URL, TWO.encode()))
    assert list((services.settings.data_dir / "looking").iterdir()) == []


def test_a_call_sent_again_is_what_it_was_whatever_is_at_the_address_now(services, media, draft):
    """As after a crash between the edit and its answer."""
    named = OPERATIONS["add_subtitle"]
    keyed = replace(services, call_key="k1")
    body = {"draft_id": draft, "srt": media.file(URL, TWO.encode())}
    first = named(body, keyed)
    media.missing(URL)
    assert named(body, keyed) == first and len(logged(services, draft)) == 2


# ---- times


def test_an_offset_moves_all_and_cuts_off_what_would_be_before_the_beginning(add, texts):
    answer = add(srt=None, cues=cues((0, 1), (1, 3), (4, 5)), time_offset=-2)
    assert texts() == [("subtitle", 0, 1, "b"), ("subtitle", 2, 3, "c")]
    assert answer["cues"] == 2 and answer["warnings"][0].endswith("there: 2")


def test_cues_may_come_in_any_order(add, texts):
    add(srt=None, cues=cues((4, 5), (0, 1)))
    assert [said for *_, said in texts()] == ["b", "a"]


def test_cues_that_overlap_go_to_further_tracks_and_are_named(add, texts):
    answer = add(srt=None, cues=cues((0, 3), (1, 2), (1.5, 4), (3, 5)))
    assert texts() == [
        ("subtitle", 0, 3, "a"),
        ("subtitle", 3, 5, "d"),
        ("subtitle_2", 1, 2, "b"),
        ("subtitle_3", 1.5, 4, "c"),
    ]
    assert answer["track_names"] == ["subtitle", "subtitle_2", "subtitle_3"]
    assert "cues 2, 3 overlap" in answer["warnings"][0]


def test_cues_that_overlap_can_be_shortened_instead(add, texts):
    answer = add(srt=None, cues=cues((0, 3), (1, 2), (1, 4), (3, 5)), on_overlap="trim")
    assert texts() == [
        ("subtitle", 0, 1, "a"),
        ("subtitle", 1, 2, "b"),
        ("subtitle", 3, 5, "d"),
        ("subtitle_2", 1, 3, "c"),
    ]
    assert len(answer["warnings"]) == 2


def test_cues_that_overlap_by_rounding_are_shortened(add, texts):
    answer = add(srt=None, cues=cues((0, 1.05), (1, 2)))
    assert texts() == [("subtitle", 0, 1, "a"), ("subtitle", 1, 2, "b")] and len(answer["warnings"]) == 1


def test_a_cue_shorter_than_a_frame_takes_one(add, texts):
    add(srt=None, cues=cues((1, 1.001), (1.002, 1.003)))
    assert [round(end - start, 3) for _, start, end, _ in texts()] == [0.033, 0.033]


def test_further_tracks_are_new_ones(add, call, draft, texts):
    call("add_text", draft_id=draft, text="x", track_name="subtitle_2", start=50, end=51)
    assert add(srt=None, cues=cues((0, 3), (1, 2)))["track_names"] == ["subtitle", "subtitle_3"]


def test_all_cues_are_placed_or_none(add, refused):
    add(srt=None, cues=cues((5, 6)))
    refused(ConflictError, "add_subtitle", cues=cues((0, 1), (2, 3), (5.5, 7)), track_name="subtitle")


def test_a_second_file_at_the_same_times_has_a_track_of_its_own(add, texts):
    add(srt=None, cues=cues((0, 2), (3, 4)))
    answer = add(srt=None, cues=cues((0, 1), (1.5, 2.5), (2, 2.6), (7, 8)))
    assert (answer["track_name"], answer["track_names"]) == ("subtitle_2", ["subtitle_2", "subtitle_3"])
    assert "track 'subtitle' has texts" in answer["warnings"][0] and "subtitle_3" in answer["warnings"][1]
    assert [(track, start) for track, start, _, _ in texts()] == [
        *(("subtitle", 0), ("subtitle", 3)),
        *(("subtitle_2", 0), ("subtitle_2", 1.5), ("subtitle_2", 7)),
        ("subtitle_3", 2),
    ]
    assert add(srt=None, cues=cues((0, 1)))["track_names"] == ["subtitle_4"]


def test_a_second_file_at_other_times_goes_on_the_same_track(add, texts):
    add(srt=None, cues=cues((0, 2), (3, 4)))
    answer = add(srt=None, cues=cues((2, 3), (4, 5)))
    assert answer["track_names"] == ["subtitle"] and not answer["warnings"]
    assert [said for *_, said in texts()] == ["a", "a", "b", "b"]


@pytest.mark.parametrize("on_overlap", ["track", "trim"])
def test_who_says_what_becomes_of_overlaps_names_a_track_for_it(add, on_overlap):
    add(srt=None, cues=cues((0, 2)), track_name="de")
    fields = {"srt": None, "cues": cues((1, 3)), "track_name": "de"}
    with pytest.raises(ConflictError):
        add(**fields)
    assert add(**fields, on_overlap=on_overlap)["track_name"] == "de_2"


def test_cues_do_not_move_aside_for_a_track_of_another_kind(add, call, draft):
    call("add_video", draft_id=draft, video_url="https://e.com/a.mp4", end=9, track_name="subtitle")
    with pytest.raises(ConflictError, match="is a video track"):
        add()


def test_the_log_brings_the_same_tracks_again(add, services, texts):
    add(srt=None, cues=cues((0, 2)))
    add(srt=None, cues=cues((1, 3)))
    before = texts()
    forget(services, "d1")
    assert texts() == before


# ---- afterwards


def test_a_cue_is_a_text_that_can_be_changed_moved_and_cut(add, call, draft, texts):
    first, second = add(keywords=["Hello"])["segment_ids"]
    call("update_segment", draft_id=draft, segment_id=first, set={"text": "Hello you", "color": None})
    call("move_segment", draft_id=draft, segment_id=second, start=8)
    call("split_segment", draft_id=draft, segment_id=second, at=8.5)
    assert [(start, said) for _, start, _, said in texts()] == [(1, "Hello you"), (8, "世界 😀"), (8.5, "世界 😀")]
    (track,) = call("get_draft", draft_id=draft)["tracks"]
    read = track["segments"][0]
    assert read["operation"] == "add_text" and read["parameters"]["color"] == "#FF0000"
    assert (read["parameters"]["size"], read["parameters"]["transform_y"]) == (5, -0.8)
    assert read["parameters"]["auto_wrapping"] is True and read["parameters"]["keywords"] == [
        {"text": "Hello", "match_case": False}
    ]


def test_what_is_read_of_cues_adds_the_same_again(add, call, draft, script):
    add(keywords=["Hello", {"text": "世", "style": {"bold": True}}], border_width=5, loop_animation="Swing", rotation=3)
    call("create_draft", draft_id="d2")
    for track in call("get_draft", draft_id=draft)["tracks"]:
        for one in track["segments"]:
            call(one["operation"], draft_id="d2", **one["parameters"])
    parts = [
        [(one.text, one.start, one.runs, one.style, one.look) for _, one in script(d).segments()] for d in ("d1", "d2")
    ]
    assert parts[0] == parts[1]


def test_undo_takes_all_cues_back_and_redo_brings_the_same(add, call, draft, written):
    add()
    before = orjson.dumps(written())
    call("undo", draft_id=draft)
    assert not written()["materials"].get("texts")
    call("redo", draft_id=draft)
    assert orjson.dumps(written()) == before


def test_thousands_of_cues_are_one_edit(add, call, draft):
    said = "".join(
        f"{n}\n00:{n // 60:02}:{n % 60:02},000 --> 00:{n // 60:02}:{n % 60:02},900\ncue {n}\n\n" for n in range(3000)
    )
    answer = add(srt=said)
    assert answer["cues"] == len(set(answer["segment_ids"])) == 3000 and answer["version"] == 2


def test_more_cues_than_that_are_refused(add):
    with pytest.raises(InvalidRequestError, match="at most 20,000"):
        add(srt="00:00:01,000 --> 00:00:02,000\na\n\n" * 20_001)


def test_an_unknown_font_of_a_keyword_is_refused_by_its_place(add):
    with pytest.raises(UnknownNameError, match=r"^keywords\.0\.font: "):
        add(keywords=[{"text": "Hello", "font": "no such font at all"}])


def test_the_compatible_face_starts_the_draft_and_shows_the_shape_of_the_contract(client):
    answer = client.post("/add_subtitle", json={"srt": TWO}).get_json()
    assert answer["success"] and answer["error"] == "" and {"draft_id", "draft_url"} <= answer["output"].keys()


def test_an_answer_names_few_of_many_warnings(add):
    answer = add(srt=None, cues=cues(*[(n, n + 1.02) for n in range(20)]))
    assert answer["warnings"] == [
        "cues 1, 2, 3, 4, 5, and 14 more reach into the next and are shortened to where it begins"
    ]


def groups(document):
    """The group of each text in the app's JSON, by the id of its segment."""
    of_material = {one["id"]: one["group_id"] for one in document["materials"]["texts"]}
    segments = (one for track in document["tracks"] for one in track["segments"])
    return {one["id"]: of_material[one["material_id"]] for one in segments}


def test_captions_of_one_call_are_one_group_through_every_edit(add, call, draft, written):
    first, other = (add(time_offset=offset)["segment_ids"] for offset in (0, 60))
    alone = call("add_text", draft_id=draft, text="a", auto_wrapping=True)["segment_id"]
    right = call("split_segment", draft_id=draft, segment_id=first[0], at=1.5)["new_segment_id"]
    call("move_segment", draft_id=draft, segment_id=first[0], start=30)
    call("update_segment", draft_id=draft, segment_id=first[1], set={"text": "other", "bold": True})
    found = groups(written())
    assert {found[one] for one in (*first, right)} == {found[right]} != {found[one] for one in other}
    assert found[right].startswith("import_") and len(found[right]) == 20 and found[alone] == ""
    call("update_segment", draft_id=draft, segment_id=right, set={"auto_wrapping": False})
    assert groups(written())[right] == ""


def test_captions_for_jianying_have_no_group(call, written):
    call("create_draft", draft_id="d1", target="jianying_10")
    call("add_subtitle", draft_id="d1", srt=TWO)
    assert set(groups(written()).values()) == {""}


def test_keywords_that_no_cue_has_and_cues_too_short_for_their_animations_are_named(add):
    moves = {"intro_animation": "Throw_Out", "outro_animation": "Fade_Out", "outro_duration": 0.9}
    answer = add(keywords=["Hello", "nobody"], **moves)
    assert answer["warnings"] == [
        "keywords.1: 'nobody' is not in the text",
        "cues 2 are too short for their animations, which will be shortened or left out",
    ]
