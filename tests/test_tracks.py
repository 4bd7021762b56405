from dataclasses import replace

import pytest

from engine.segments import AudioSegment, Media
from errors import ConflictError

from .engine_kit import new_script, put, text, video


def test_segments_are_kept_in_order_of_time_whatever_the_order_of_adding():
    script = new_script()
    placed = [text(script, start, start + 1) for start in (4, 0, 2)]
    assert [segment.id for segment in script.tracks["text_main"].segments] == [placed[i].id for i in (1, 2, 0)]


def test_touching_segments_do_not_overlap():
    script = new_script()
    text(script, 0, 1)
    text(script, 1, 2)
    assert len(script.tracks["text_main"].segments) == 2


@pytest.mark.parametrize("start, end", [(0.5, 1.5), (1.2, 1.8), (0, 5), (1.9, 3), (1, 2)])
def test_an_overlap_is_refused_and_changes_nothing(start, end):
    script = new_script()
    there = text(script, 1, 2)
    with pytest.raises(ConflictError) as refusal:
        text(script, start, end)
    assert there.id in str(refusal.value)
    assert script.tracks["text_main"].segments == [there] and script.edits == 0


def test_a_conflict_says_where_there_is_room():
    script = new_script()
    text(script, 0, 2)
    text(script, 3, 6)
    with pytest.raises(ConflictError) as refusal:
        text(script, 1, 3)
    assert refusal.value.details["free_start"] == 6
    with pytest.raises(ConflictError) as refusal:
        text(script, 1, 2)
    assert refusal.value.details["free_start"] == 2


def test_an_explicit_clip_may_follow_an_open_one():
    script = new_script()
    video(script, 0)
    video(script, 3, 5)
    assert len(script.tracks["video_main"].segments) == 2


def test_two_clips_at_the_start_of_an_open_one_are_refused():
    script = new_script()
    video(script, 2)
    with pytest.raises(ConflictError, match="the end of its media"):
        video(script, 2)
    with pytest.raises(ConflictError):
        video(script, 1, 4)


def test_one_name_is_one_track_and_one_type():
    script = new_script()
    text(script, 0, 1, track="here")
    with pytest.raises(ConflictError, match=r"track_name: track 'here' is a text track"):
        put(script, "here", AudioSegment, 2, 3, media=Media("a", "audio"))
    assert set(script.tracks) == {"here"}


def test_layers_are_main_video_then_other_video_then_sound_then_text():
    script = new_script()
    text(script, 0, 1)
    put(script, "sound", AudioSegment, 0, 1, media=Media("a", "audio"))
    video(script, 0, 1, track="overlay")
    video(script, 0, 1, track="video_main")
    assert [track.name for track in script.layers()] == ["video_main", "overlay", "sound", "text_main"]


def test_without_video_main_the_first_video_track_is_the_main_one():
    script = new_script()
    video(script, 0, 1, track="image_main")
    video(script, 0, 1, track="pip")
    assert script.main_track.name == "image_main"


def test_a_higher_relative_index_is_in_front():
    script = new_script()
    first = video(script, 0, 1, track="a")
    script.place("front", replace(first, id="x"), relative_index=5)
    script.place("back", replace(first, id="y"), relative_index=-5)
    assert [track.name for track in script.layers()] == ["a", "back", "front"]


def test_a_copy_is_changed_apart():
    script = new_script()
    text(script, 0, 1)
    copied = script.copy()
    text(script, 1, 2)
    text(copied, 5, 6, track="other")
    assert len(copied.tracks["text_main"].segments) == 1
    assert set(script.tracks) == {"text_main"}
