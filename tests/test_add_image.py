import pytest

from errors import InvalidRequestError, UnknownNameError


@pytest.fixture
def add(call, draft):
    return lambda **fields: call("add_image", draft_id=draft, **{"image_url": "https://example.com/p.png", **fields})


def test_a_picture_stays_three_seconds_unless_told(add):
    answer = add()
    assert (answer["start"], answer["end"], answer["track_name"]) == (0, 3, "image_main")


def test_start_and_end_are_times_of_the_timeline(add, segment):
    add(start=2, end=4.5)
    assert (segment().start, segment().end, segment().source_start) == (2_000_000, 4_500_000, 0)


@pytest.mark.parametrize("fields", [{"start": 5}, {"start": 2, "end": 1}, {"end": 0}])
def test_an_end_that_is_not_after_the_start_is_refused(add, fields):
    with pytest.raises(InvalidRequestError, match="^end: must be greater than start"):
        add(**fields)


def test_the_older_name_of_the_intro_works_with_its_length(add, segment):
    add(animation="Fade_In", animation_duration=0.8)
    assert [(one.kind, one.name, one.duration) for one in segment().animations] == [("in", "Fade_In", 800_000)]


def test_the_newer_name_wins(add, segment):
    add(animation="Zoom_1", animation_duration=2, intro_animation="Fade_In", intro_animation_duration=0.4)
    assert [(one.name, one.duration) for one in segment().animations] == [("Fade_In", 400_000)]


def test_intro_and_outro_go_together_and_a_combo_alone(add, segment):
    add(intro_animation="Fade_In", outro_animation="Fade_Out", track_name="a")
    assert [one.kind for one in segment().animations] == ["in", "out"]
    with pytest.raises(InvalidRequestError, match="combo_animation"):
        add(intro_animation="Fade_In", combo_animation="Zoom_1")


@pytest.mark.parametrize("field", ["animation", "intro_animation", "outro_animation", "combo_animation", "transition"])
def test_an_unknown_name_is_refused_by_its_field(add, field):
    with pytest.raises(UnknownNameError, match=f"^{field}: "):
        add(**{field: "no such thing"})


def test_mask_defaults_are_the_contracts(add, segment):
    add(mask_type="Circle")
    assert (segment().mask.center_x, segment().mask.size) == (0.0, 0.5)
