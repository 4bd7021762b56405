import orjson
import pytest

from errors import ConflictError, InvalidRequestError, UnknownNameError


@pytest.fixture
def add(call, draft):
    return lambda **fields: call("add_text", draft_id=draft, **{"text": "Hello 世界 😀", **fields})


def test_a_text_is_red_and_stays_five_seconds_unless_told(add, segment):
    answer = add()
    assert (answer["start"], answer["end"], answer["track_name"]) == (0, 5, "text_main")
    assert segment().style.colour == (1.0, 0.0, 0.0)
    assert segment().border is segment().background is segment().shadow is None


def test_times_given_as_strings_are_numbers(add):
    """Workflow tools send constants as strings."""
    assert add(start="1", end="2.5")["end"] == 2.5


@pytest.mark.parametrize(
    "older, newer, value", [("font_color", "color", "#00FF00"), ("font_size", "size", 12), ("font_alpha", "alpha", 0.5)]
)
def test_older_names_of_fields_work(call, draft, script, older, newer, value):
    call("add_text", draft_id=draft, text="a", track_name="old", **{older: value})
    call("add_text", draft_id=draft, text="a", track_name="new", **{newer: value})
    styles = [one.style for _, one in script().segments()]
    assert styles[0] == styles[1]


def test_of_both_names_the_first_wins(add, segment):
    add(color="#00FF00", font_color="#0000FF")
    assert segment().style.colour == (0.0, 1.0, 0.0)


@pytest.mark.parametrize("given", ["#0F0", "00ff00", "#00FF00"])
def test_colours_may_be_short_or_bare(add, segment, given):
    add(color=given)
    assert segment().style.colour == (0.0, 1.0, 0.0)


@pytest.mark.parametrize(
    "fields, field",
    [
        ({"text": ""}, "text"),
        ({"text": "x" * 10_001}, "text"),
        ({"text": "\ud800"}, "text"),
        ({"start": 5, "end": 3}, "end"),
        ({"text": "a\x00b"}, "text"),
        ({"track_name": "a\x07"}, "track_name"),
        ({"start": True}, "start"),
        ({"color": "red"}, "color"),
        ({"alpha": 1.5}, "alpha"),
        ({"size": 0}, "size"),
        ({"background_style": 7}, "background_style"),
        ({"shadow_angle": 400}, "shadow_angle"),
        ({"text_styles": "bold"}, "text_styles"),
        ({"text_styles": [{"start": 0, "end": 99}]}, "text_styles"),
        ({"text_styles": [{"start": 3, "end": 3}]}, "text_styles"),
        ({"text_styles": [{"start": 0}]}, "text_styles.0.end"),
        ({"text_styles": [{"start": 0, "end": 1, "style": {"color": "x"}}]}, "text_styles.0.style.color"),
        ({"bubble_resource_id": "1"}, "bubble_resource_id"),
        ({"intro_duration": 0}, "intro_duration"),
    ],
)
def test_a_bad_field_is_named_and_nothing_is_added(add, script, fields, field):
    with pytest.raises(InvalidRequestError) as refusal:
        add(**fields)
    assert [problem["field"] for problem in refusal.value.fields] == [field]
    assert not list(script().segments())


@pytest.mark.parametrize("field", ["font", "intro_animation", "outro_animation"])
def test_an_unknown_name_is_refused_by_its_field(add, field):
    with pytest.raises(UnknownNameError, match=f"^{field}: "):
        add(**{field: "no such thing at all"})


def test_an_unknown_font_of_a_range_is_refused_by_its_place(add):
    with pytest.raises(UnknownNameError, match=r"^text_styles\.0\.font: "):
        add(text_styles=[{"start": 0, "end": 2, "font": "no such font at all"}])


def test_a_font_of_the_other_app_is_used_with_a_warning(add):
    assert "font" in add(font="Calfine")["warnings"][0]


def test_border_background_and_shadow_are_drawn_when_asked_for(add, segment):
    add(border_width=40, background_alpha=0.5, shadow_enabled=True, shadow_smoothing=0.15)
    assert segment().border.width == 40
    assert segment().background.alpha == 0.5
    assert segment().shadow.smoothing == pytest.approx(15)


def test_a_range_takes_what_it_does_not_say_from_the_text(add, segment):
    add(size=12, color="#0000FF", text_styles=[{"start": 0, "end": 5, "style": {"bold": True}}])
    (run,) = segment().runs
    assert (run.style.size, run.style.colour, run.style.bold) == (12, (0.0, 0.0, 1.0), True)


def test_an_animation_comes_in_and_goes_out(add, segment):
    add(intro_animation="Throw_Out", intro_duration=0.3, outro_animation="Fade_Out")
    assert [(one.kind, one.duration) for one in segment().animations] == [("in", 300_000), ("out", 500_000)]


def test_a_null_track_name_is_the_usual_track(add):
    assert add(track_name=None)["track_name"] == "text_main"


# ---- animations, spacing, lines


def test_a_loop_goes_round_beside_the_others_and_is_as_long_as_usual(add, written):
    add(intro_animation="Throw_Out", outro_animation="Fade_Out", loop_animation="Swing")
    (animations,) = (one["animations"] for one in written()["materials"]["material_animations"])
    assert [one["type"] for one in animations] == ["in", "out", "loop"]
    assert animations[2]["start"] == 0 and 0 < animations[2]["duration"] <= 5_000_000


def test_a_short_text_keeps_its_loop_beside_what_fills_it(add, written):
    add(end=0.5, intro_animation="Throw_Out", loop_animation="Swing", loop_duration=3)
    (animations,) = (one["animations"] for one in written()["materials"]["material_animations"])
    assert [(one["type"], one["duration"]) for one in animations] == [("in", 500_000), ("loop", 500_000)]


def test_a_wrapped_text_lies_on_a_track_of_captions(add, written):
    add(auto_wrapping=True, line_max_width=0.6)
    add(track_name="title")
    assert {track["name"]: track["flag"] for track in written()["tracks"] if track["type"] == "text"} == {
        "text_main": 1,
        "title": 0,
    }


def test_what_a_range_leaves_open_is_as_in_the_whole_text(add, segment):
    add(bold=True, italic=True, text_styles=[{"start": 0, "end": 1, "style": {"italic": False}}])
    (run,) = segment().runs
    assert (run.style.bold, run.style.italic) == (True, False)


@pytest.mark.parametrize(
    "fields, field",
    [
        ({"alignment": "middle"}, "alignment"),
        ({"line_max_width": 0}, "line_max_width"),
        ({"rotation": "left"}, "rotation"),
        ({"scale_x": 0}, "scale_x"),
        ({"letter_spacing": 1e9}, "letter_spacing"),
        ({"loop_duration": 0}, "loop_duration"),
        ({"keywords": "Hello"}, "keywords"),
        ({"keywords": [""]}, "keywords.0.text"),
        ({"keywords": ["a"] * 101}, "keywords"),
        ({"keywords": [{"text": "a", "style": {"color": "x"}}]}, "keywords.0.style.color"),
        ({"keyword_style": {"weight": 1}}, "keyword_style.weight"),
        ({"words": [{"text": "moon", "start": 0, "end": 1}]}, "words"),
        ({"words": [{"text": "Hello", "start": 1, "end": 1}]}, "words.0.end"),
        ({"words": [{"text": "Hello", "start": 1, "end": 6}]}, "words"),
        ({"words": [{"text": "世", "start": 1, "end": 2}, {"text": "界", "start": 1.5, "end": 3}]}, "words"),
    ],
)
def test_a_bad_field_of_the_newer_ones_is_named(add, fields, field):
    with pytest.raises(InvalidRequestError) as refusal:
        add(**fields)
    assert [problem["field"] for problem in refusal.value.fields] == [field]


# ---- keywords


def runs(segment):
    return [(segment.text[run.start : run.end], run.style.colour) for run in segment.runs]


def test_keywords_stand_out_wherever_they_are_in_any_case(add, segment):
    add(text="Go go GO, 😀 go", color="#FFFFFF", keywords=["go"])
    yellow = (1.0, 222 / 255, 0.0)
    assert runs(segment()) == [(word, yellow) for word in ("Go", "go", "GO", "go")]


def test_a_keyword_can_have_its_case_and_style(add, segment):
    add(text="Go go", keywords=[{"text": "go", "match_case": True, "style": {"color": "#00FF00", "size": 20}}])
    (run,) = segment().runs
    assert (run.start, run.end, run.style.size, run.style.colour) == (3, 5, 20, (0.0, 1.0, 0.0))


def test_keywords_are_no_patterns(add, segment):
    add(text="a.b (a+b) axb", keywords=["a.b", "(a+b)"])
    assert [text for text, _ in runs(segment())] == ["a.b", "(a+b)"]


def test_ranges_win_over_keywords(add, styles):
    add(text="go on", keywords=["go"], text_styles=[{"start": 0, "end": 1, "style": {"color": "#0000FF"}}])
    assert [(one["range"], one["fill"]["content"]["solid"]["color"][2]) for one in styles()[0]] == [
        ([0, 1], 1),
        ([1, 2], 0),
        ([2, 5], 0),
    ]


def test_keywords_behind_emoji_and_between_chinese_characters_are_counted_in_utf_16(add, styles):
    add(text="😀你好😀世界", keywords=["世界"])
    assert [one["range"] for one in styles()[0]] == [[0, 6], [6, 8]]


def test_an_unknown_font_of_a_keyword_is_refused_by_its_place(add):
    with pytest.raises(UnknownNameError, match=r"^keywords\.0\.font: "):
        add(keywords=[{"text": "Hello", "font": "no such font at all"}])


# ---- words


@pytest.fixture
def styles(written):
    """The styles of every text, in order of time."""
    return lambda: [orjson.loads(text["content"])["styles"] for text in written()["materials"]["texts"]]


def sung(*times, **fields):
    words = zip(("Hello", "世界", "😀"), times, strict=False)
    return {"words": [{"text": text, "start": start, "end": end} for text, (start, end) in words], **fields}


def test_each_word_is_lit_up_while_it_is_said(add, shown, styles):
    answer = add(**sung((0, 1), (1, 2), (3, 4)), color="#FFFFFF")
    assert [(start, end) for _, start, end in shown()] == [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5)]
    assert len(answer["segment_ids"]) == 5 and answer["segment_id"] == answer["segment_ids"][0]
    assert (answer["start"], answer["end"]) == (0, 5)
    lit = [[one["range"] for one in text if one["fill"]["content"]["solid"]["color"][2] == 0] for text in styles()]
    assert lit == [[[0, 5]], [[6, 8]], [], [[9, 11]], []]


def test_a_sung_text_comes_in_and_goes_out_once(add, script):
    add(**sung((0, 1), (2, 3)), intro_animation="Throw_Out", outro_animation="Fade_Out", loop_animation="Swing")
    moves = [[move.kind for move in one.animations] for _, one in script().segments()]
    assert moves == [["in", "loop"], ["loop"], ["loop"], ["out", "loop"]]


def test_a_sung_text_can_be_read_changed_and_cut_like_any_other(add, call, draft):
    ids = add(**sung((1, 2)), highlight={"bold": True})["segment_ids"]
    call("update_segment", draft_id=draft, segment_id=ids[1], set={"color": "#00FF00"})
    call("split_segment", draft_id=draft, segment_id=ids[1], at=1.5)
    (track,) = call("get_draft", draft_id=draft)["tracks"]
    read = [one["parameters"] for one in track["segments"]]
    assert [one["color"] for one in read] == ["#FF0000", "#00FF00", "#00FF00", "#FF0000"]
    assert read[1]["words"] == [] and read[1]["text_styles"] == [{"start": 0, "end": 5, "style": {"bold": True}}]
    call("create_draft", draft_id="d2")
    for one in read:
        call("add_text", draft_id="d2", **one)


def test_a_word_shorter_than_a_frame_is_passed_over_with_a_warning(add):
    answer = add(**sung((1, 1.001), (2, 3)))
    assert len(answer["segment_ids"]) == 3 and "words.0" in answer["warnings"][0]


def test_a_sung_text_is_placed_whole_or_not_at_all(add, refused):
    add(start=3, end=4)
    refused(ConflictError, "add_text", text="Hello 世界", **sung((0, 1), (3.5, 4)))


def test_a_text_that_is_there_cannot_be_made_several(add, refused):
    segment_id = add()["segment_id"]
    words = [{"text": "Hello", "start": 0, "end": 1}]
    error = refused(InvalidRequestError, "update_segment", segment_id=segment_id, set={"words": words})
    assert error.fields[0]["field"] == "set.words"


@pytest.mark.parametrize(
    "fields, warning",
    [
        ({"intro_animation": "Throw_Out", "intro_duration": 3}, "intro_animation: there is not so much room"),
        (
            {"intro_animation": "Throw_Out", "intro_duration": 2, "outro_animation": "Fade_Out"},
            "outro_animation: there is not so much room in the segment, it is 2 s long; it will be left out",
        ),
        ({"loop_animation": "Swing", "loop_duration": 2.5}, "loop_animation: there is not so much room"),
        ({"keywords": ["Hello", "nobody"]}, "keywords.1: 'nobody' is not in the text"),
        ({"highlight": {"bold": True}}, "highlight: left aside, "),
    ],
)
def test_what_will_not_be_seen_is_said_at_once(add, call, draft, fields, warning):
    answer = add(**fields, end=2)
    assert [one[: len(warning)] for one in answer["warnings"]] == [warning]
    if "highlight" not in fields:
        again = call("update_segment", draft_id=draft, segment_id=answer["segment_id"], set={"size": 9})
        assert again["warnings"] == answer["warnings"]


def test_what_just_fits_is_no_matter(add):
    fields = {"intro_animation": "Throw_Out", "intro_duration": 1, "outro_animation": "Fade_Out", "outro_duration": 1}
    assert add(**fields, end=2, loop_animation="Swing")["warnings"] == []


def test_a_highlight_is_nothing_to_update(add, call, draft):
    made = add()["segment_id"]
    with pytest.raises(InvalidRequestError, match="set.highlight: cannot be set, it counts when the text is added"):
        call("update_segment", draft_id=draft, segment_id=made, set={"highlight": {"bold": True}})


def test_a_range_without_a_line_has_none_where_the_text_has_one(add, written):
    add(border_width=20, text_styles=[{"start": 0, "end": 2, "border": {"width": 0}}, {"start": 3, "end": 4}])
    content = orjson.loads(written()["materials"]["texts"][0]["content"])
    assert [bool(style.get("strokes")) for style in content["styles"]] == [False, True, True, True]
