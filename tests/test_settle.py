import pytest

from engine.facts import MediaFacts
from engine.keyframes import Keyframe
from engine.segments import Transition
from engine.settle import settle
from errors import ConflictError

from .engine_kit import PHOTO_FACTS, audio, audio_facts, new_script, photo, text, video, video_facts


def test_fades_are_not_warned_of_as_long_as_the_length_is_provisional():
    script = new_script()
    audio(script, 0, url="s", fade_in=3_000_000)
    settled = settle(script, {})
    assert only(settled).fade_in == 1_000_000 and "provisional" in settled.warnings[0] and len(settled.warnings) == 1


def only(settled):
    ((_, segment),) = settled.script.segments()
    return segment


def test_an_open_clip_runs_to_the_end_of_its_media_on_a_frame():
    script = new_script()
    video(script, 1)
    segment = only(settle(script, {"v": video_facts(4.99)}))
    assert (segment.start, segment.end) == (1_000_000, 5_966_666)


def test_an_open_clip_counts_from_where_it_begins_in_its_media_and_how_fast_it_plays():
    script = new_script()
    video(script, 0, source_start=1_000_000, speed=2.0)
    assert only(settle(script, {"v": video_facts(5)})).duration == 2_000_000


def test_an_open_clip_is_trimmed_where_the_next_begins_and_that_is_reported():
    script = new_script()
    first = video(script, 0)
    following = video(script, 3, 5)
    settled = settle(script, {"v": video_facts(8)})
    assert [segment.end for _, segment in settled.script.segments()] == [3_000_000, 5_000_000]
    (change,) = settled.changes
    assert (change.action, change.segment_id, change.end) == ("trimmed", first.id, 3_000_000)
    assert following.id in change.reason


def test_drop_removes_the_one_that_was_added_later_whichever_comes_first():
    script = new_script()
    video(script, 0)
    later = video(script, 3, 5)
    dropped = settle(script, {"v": video_facts(8)}, on_conflict="drop")
    assert [change.segment_id for change in dropped.removed] == [later.id]

    script = new_script()
    video(script, 3, 5)
    later = video(script, 0)
    dropped = settle(script, {"v": video_facts(8)}, on_conflict="drop")
    assert [change.segment_id for change in dropped.removed] == [later.id]
    assert all(change.cause == "conflict" for change in dropped.removed)


def test_drop_goes_on_to_the_clips_that_a_long_one_reaches():
    script = new_script()
    long = video(script, 0)
    video(script, 2, 3)
    video(script, 4, 5)
    after = video(script, 8, 9)
    settled = settle(script, {"v": video_facts(8)}, on_conflict="drop")
    assert [segment.id for _, segment in settled.script.segments()] == [long.id, after.id]


def test_error_names_both_clips():
    script = new_script()
    first, second = video(script, 0), video(script, 3, 5)
    with pytest.raises(ConflictError) as refusal:
        settle(script, {"v": video_facts(8)}, on_conflict="error")
    assert first.id in str(refusal.value) and second.id in str(refusal.value)


def test_nothing_is_said_when_an_open_clip_just_fits():
    script = new_script()
    video(script, 0)
    video(script, 5, 6)
    settled = settle(script, {"v": video_facts(5)})
    assert not settled.changes and not settled.warnings


def test_a_range_past_the_end_of_the_media_is_trimmed_and_reported():
    script = new_script()
    video(script, 0, 9)
    settled = settle(script, {"v": video_facts(5)})
    assert only(settled).end == 5_000_000
    assert settled.changes[0].reason == "its media is only 5 s long"


def test_a_range_that_ends_within_a_frame_of_the_media_is_not_worth_a_word():
    script = new_script()
    video(script, 0, 5)
    settled = settle(script, {"v": video_facts(4.98)})
    assert not settled.changes
    assert only(settled).end == 4_966_666


@pytest.mark.parametrize(
    "facts, reason",
    [
        (video_facts(2), "begins at 3 s"),
        (video_facts(3.01), "less than a frame"),
        (audio_facts(9), "no picture"),
    ],
)
def test_a_clip_that_its_media_cannot_show_is_removed_and_reported(facts, reason):
    script = new_script()
    clip = video(script, 0, source_start=3_000_000)
    settled = settle(script, {"v": facts})
    assert list(settled.script.segments()) == []
    (change,) = settled.removed
    assert (change.segment_id, change.cause) == (clip.id, "media") and reason in change.reason


def test_a_start_that_was_rounded_to_the_very_end_shows_the_last_frame():
    script = new_script()
    video(script, 0, source_start=3_000_000)
    segment = only(settle(script, {"v": video_facts(3)}))
    assert (segment.source_start, segment.duration) == (2_966_666, 33_333)


def test_a_silent_video_is_no_sound():
    script = new_script()
    audio(script, 0, url="v")
    assert "no sound" in settle(script, {"v": video_facts(5, has_audio=False)}).removed[0].reason


def test_the_sound_of_a_video_is_used_with_a_warning():
    script = new_script()
    audio(script, 0, url="v")
    settled = settle(script, {"v": video_facts(5)})
    assert only(settled).duration == 5_000_000 and "only its sound" in settled.warnings[0]


def test_a_medium_that_cannot_be_had_takes_its_clips_with_it():
    script = new_script()
    video(script, 0, 1, url="gone")
    kept = video(script, 2, 3)
    settled = settle(script, {"v": video_facts(5)}, {"gone": "HTTP 404 Not Found"})
    assert [segment.id for _, segment in settled.script.segments()] == [kept.id]
    assert settled.removed[0].reason == "HTTP 404 Not Found"


def test_keep_all_shows_what_cannot_be_had_for_a_provisional_second_and_says_so():
    script = new_script()
    video(script, 0, source_start=9_000_000)
    settled = settle(script, {"v": video_facts(5)}, keep_all=True)
    assert only(settled).duration == 1_000_000
    assert not settled.removed and "begins at 9 s" in settled.warnings[0]


def test_an_unknown_medium_is_provisional():
    script = new_script()
    clip = video(script, 0)
    settled = settle(script, {})
    assert only(settled).duration == 1_000_000 and clip.id in settled.warnings[0]


def test_a_picture_added_as_an_open_clip_stays_three_seconds():
    script = new_script()
    video(script, 0, url="p")
    settled = settle(script, {"p": PHOTO_FACTS})
    assert only(settled).duration == 3_000_000 and "picture" in settled.warnings[0]


def test_a_picture_may_stay_as_long_as_it_likes():
    script = new_script()
    photo(script, 0, 600)
    assert only(settle(script, {"p": PHOTO_FACTS})).duration == 600_000_000


def test_an_animated_picture_is_shown_as_long_as_asked():
    script = new_script()
    photo(script, 0, 6, url="g")
    assert only(settle(script, {"g": MediaFacts("gif", ".gif", 800_000, 100, 100)})).duration == 6_000_000


@pytest.mark.parametrize("asked, frames", [(0.5, 14), (0.4, 12), (0.01, 2), (9.0, 30)])
def test_a_transition_is_an_even_number_of_frames_within_both_clips(asked, frames):
    script = new_script()
    video(script, 0, 2, transition=Transition("x", round(asked * 1e6)))
    video(script, 2, 3)
    first = next(segment for _, segment in settle(script, {"v": video_facts(5)}).script.segments())
    assert script.grid.frame(first.transition.duration) == frames


def test_a_transition_to_nothing_is_left_out_and_reported():
    script = new_script()
    video(script, 0, 1, transition=Transition("x", 500_000))
    video(script, 2, 3)
    settled = settle(script, {"v": video_facts(5)})
    assert all(segment.transition is None for _, segment in settled.script.segments())
    assert "left out" in settled.warnings[0]


def test_a_transition_may_lead_from_an_open_clip_that_turns_out_to_touch():
    script = new_script()
    video(script, 0, transition=Transition("x", 400_000))
    video(script, 5, 6)
    first = next(segment for _, segment in settle(script, {"v": video_facts(8)}).script.segments())
    assert first.transition.duration == 400_000


def test_the_draft_itself_is_left_as_it_was():
    script = new_script()
    clip = video(script, 0)
    text(script, 0, 1)
    settle(script, {"v": video_facts(5)}, on_conflict="drop")
    assert script.tracks["video_main"].segments == [clip]


@pytest.mark.parametrize(
    "asked, shown", [((1, 2), (1, 2)), ((2.5, 1), (2.5, 0.5)), ((1, 5), (1, 2)), ((9, 9), (3, 0)), ((0, 0), (0, 0))]
)
def test_fades_are_no_longer_than_the_clip(asked, shown):
    script = new_script()
    fades = {"fade_in": round(asked[0] * 1e6), "fade_out": round(asked[1] * 1e6)}
    audio(script, 0, url="s", **fades)
    settled = settle(script, {"s": audio_facts(3)})
    ((_, clip),) = settled.script.segments()
    assert (clip.fade_in / 1e6, clip.fade_out / 1e6) == shown
    assert len(settled.warnings) == (asked != shown)


def test_a_transition_that_has_no_room_is_shortened_with_a_warning():
    script = new_script()
    first = video(script, 0, 1, transition=Transition("x", 3_000_000))
    video(script, 1, 3)
    settled = settle(script, {"v": video_facts(10)})
    assert settled.warnings == [f"segment {first.id}: transition 'x' is shortened to 1 s: the clips are no longer"]
    assert settle(script, {}).warnings == []


def test_a_transition_of_an_odd_number_of_frames_is_nothing_to_speak_of():
    script = new_script()
    video(script, 0, 1, transition=Transition("x", 500_000))
    video(script, 1, 3)
    assert settle(script, {"v": video_facts(10)}).warnings == []


def test_keyframes_past_the_end_that_an_open_clip_turns_out_to_have_are_reported():
    script = new_script()
    keys = tuple(Keyframe("alpha", time * 1_000_000, 1) for time in (1, 6, 8))
    clip = video(script, 0, keyframes=keys)
    (warning,) = settle(script, {"v": video_facts(5)}).warnings
    assert warning == f"segment {clip.id}: keyframes past its end are left out: 2 of 3, it ends at 5 s"
    assert not any("keyframes" in one for one in settle(script, {}).warnings)


def test_a_clip_of_a_whole_medium_goes_on_touching_the_next_though_its_last_frame_is_rounded_up():
    """2.52 s are 75.6 frames: asked for they are 76, of the medium there are 75."""
    script = new_script()
    video(script, 0, 2.52, transition=Transition("Dissolve", 400_000))
    video(script, 2.533334, 4)
    settled = settle(script, {"v": video_facts(2.52)})
    first, second = (segment for _, segment in settled.script.segments())
    assert (first.end, settled.changes) == (second.start, [])
    assert first.transition


def test_a_short_clip_that_would_be_drawn_out_is_shortened_and_that_is_reported():
    script = new_script()
    video(script, 0, 0.25)
    video(script, 0.266667, 4, url="w")
    settled = settle(script, {"v": video_facts(0.25), "w": video_facts(9)})
    assert next(iter(settled.script.segments()))[1].end == 233_333
    assert [change.action for change in settled.changes] == ["trimmed"]
