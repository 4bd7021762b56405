import pytest

from errors import InvalidRequestError, UnknownNameError


@pytest.fixture
def add(call, draft):
    return lambda **fields: call("add_audio", draft_id=draft, **{"audio_url": "https://example.com/m.mp3", **fields})


def test_without_an_end_the_sound_plays_to_its_end(add, segment):
    assert add(end=None)["end"] is None
    assert segment().duration is None


def test_part_of_it_plays_at_its_speed_and_volume(add, segment):
    answer = add(start=1, end=5, target_start=2, speed=2, volume=0.3)
    assert (answer["start"], answer["end"], answer["track_name"]) == (2, 4, "audio_main")
    assert (segment().source_start, segment().speed, segment().volume) == (1_000_000, 2, 0.3)


@pytest.mark.parametrize(
    "name, kind",
    [("Big_House", "audio_scene_effect"), ("Fussy male", "audio_scene_effect"), ("Folk", "audio_speech_to_song")],
)
def test_an_effect_is_found_whatever_its_kind(add, segment, name, kind):
    add(end=1, effect_type=name, track_name="t")
    assert segment().effect.kind == kind


def test_slider_values_may_leave_sliders_out(add, segment):
    add(end=1, effect_type="Big_House", effect_params=[None])
    assert segment().effect.params == (None,)


def test_an_unknown_effect_is_refused_with_the_nearest(add):
    with pytest.raises(UnknownNameError, match="^effect_type: ") as refusal:
        add(end=1, effect_type="Big_Hause")
    assert "Big_House" in refusal.value.near


@pytest.mark.parametrize("params", [[50, 50, 50, 50], [101], [-1], ["loud"]])
def test_bad_slider_values_are_refused(add, params):
    with pytest.raises(InvalidRequestError, match="effect_params"):
        add(end=1, effect_type="Big_House", effect_params=params)
