import pytest

from errors import InvalidRequestError, UnknownNameError


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
        ({"shadow_angle": 200}, "shadow_angle"),
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
