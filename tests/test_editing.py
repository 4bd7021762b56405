"""Changing a draft that is there, below the operations."""

from fractions import Fraction

import pytest

from engine.editing import earliest_start, halves, shifted, snapped, trimmed
from engine.script_file import Script_file
from engine.settle import settle
from engine.time import FrameGrid, frame_rate
from errors import ConflictError, SegmentNotFoundError, TrackNotFoundError

from .engine_kit import audio, new_script, photo, text, video, video_facts


def contents(script: Script_file):
    tracks = {name: (track.segments.copy(), track.muted, track.relative_index) for name, track in script.tracks.items()}
    return tracks, script.weight, script.version, script.width, script.rate


def test_segments_are_found_by_id_wherever_they_are():
    script = new_script()
    made = [text(script, 0, 1), text(script, 1, 2, track="other"), video(script, 0, 1)]
    for segment in made:
        track, found = script.get_segment(segment.id)
        assert found is segment and segment in track.segments
    with pytest.raises(SegmentNotFoundError):
        script.get_segment("nobody")
    with pytest.raises(TrackNotFoundError):
        script.get_track("nobody")


def test_a_copy_finds_its_own_segments():
    script = new_script()
    there = text(script, 0, 1)
    copied = script.copy()
    script.take(there.id)
    added = text(copied, 1, 2)
    assert copied.get_segment(there.id)[1] is there
    with pytest.raises(SegmentNotFoundError):
        script.get_segment(added.id)


def test_a_settled_draft_finds_what_was_settled():
    script = new_script()
    clip = video(script, 0)
    settled = settle(script, {"v": video_facts(5)}).script
    assert settled.get_segment(clip.id)[1].duration == 5_000_000 and script.get_segment(clip.id)[1].duration is None


def test_what_is_taken_off_weighs_nothing_and_leaves_its_track():
    script = new_script()
    empty = script.weight
    there = text(script, 0, 1, said="x" * 1_000)
    track, taken = script.take(there.id)
    assert taken is there and track.segments == [] and script.weight == empty and "text_main" in script.tracks


def test_all_or_nothing_puts_everything_back():
    script = new_script()
    first = text(script, 0, 1)
    text(script, 1, 2, track="other")
    before = contents(script)
    with pytest.raises(RuntimeError), script.all_or_nothing():
        script.take(first.id)
        script.place("new", first)
        script.remove_track("other")
        script.set_track("text_main", muted=True, relative_index=4)
        script.set_canvas(10, 10, Fraction(7))
        raise RuntimeError
    assert contents(script) == before
    assert script.get_segment(first.id)[0] is script.tracks["text_main"]


def test_what_an_operation_changed_can_be_taken_back_whatever_it_was():
    script = new_script()
    texts = [text(script, start, start + 1, track=f"t{start % 3}") for start in range(9)]
    before = contents(script)
    script.begin(20)
    for _ in range(2):
        script.take(texts[4].id)
        script.place("new", texts[4])
        script.arrange(script.tracks["t0"], [shifted(one, script.grid, 300) for one in (texts[0], texts[3])], "x")
        script.remove_track("t2")
        script.remove_track("t0")
        script.set_track("new", hidden=True, relative_index=7)
        script.set_canvas(50, 60, Fraction(24))
        script.place("t2", texts[0])
        script.roll_back()
        script.version = before[2]
        assert contents(script) == before and list(script.tracks) == ["t0", "t1", "t2"]
        assert [script.get_segment(one.id)[0].name for one in texts] == [f"t{start % 3}" for start in range(9)]


def test_what_succeeds_stays():
    script = new_script()
    first = text(script, 0, 1)
    before = script.edits
    with script.all_or_nothing():
        script.take(first.id)
    assert script.tracks["text_main"].segments == [] and script.edits == before + 1


def test_a_track_that_would_overlap_itself_is_left_as_it_was():
    script = new_script()
    segments = [text(script, 0, 1), text(script, 1, 2), text(script, 2, 3)]
    track = script.tracks["text_main"]
    with pytest.raises(ConflictError) as refusal:
        script.arrange(track, [segments[0], shifted(segments[1], script.grid, -1), segments[2]], "ripple")
    assert track.segments == segments
    assert refusal.value.details["segment_ids"] == [segments[0].id, segments[1].id]


def test_arranging_sorts():
    script = new_script()
    first, second = text(script, 0, 1), text(script, 1, 2)
    later = shifted(first, script.grid, 90)
    script.arrange(script.tracks["text_main"], [later, second], "ripple")
    assert script.tracks["text_main"].segments == [second, later]


@pytest.mark.parametrize("fps", [23.976, 25, 29.97, 30, 59.94, 120])
def test_a_shift_there_and_back_changes_nothing(fps):
    script = new_script(fps=fps)
    made = video(script, 1.37, 4.21, source_start=script.grid.nearest(777_000))
    assert shifted(shifted(made, script.grid, 1_001), script.grid, -1_001) == made


def test_a_trim_there_and_back_changes_nothing():
    script = new_script()
    made = video(script, 2, 6, source_start=1_000_000)
    there = trimmed(made, script.grid, 3_000_000, 5_000_000)
    assert there.source_start == 2_000_000
    assert trimmed(there, script.grid, made.start, made.end) == made


@pytest.mark.parametrize("speed, earliest", [(1, 1.0), (2, 1.5), (0.5, 0)])
def test_a_start_goes_back_to_where_its_medium_begins(speed, earliest):
    script = new_script()
    made = video(script, 2, 6, source_start=1_000_000, speed=speed)
    assert earliest_start(made, script.grid) == earliest * 1e6
    sound = audio(script, 3, 6, source_start=500_000)
    assert earliest_start(sound, script.grid) == 2_500_000
    assert earliest_start(photo(script, 3, 6), script.grid) == earliest_start(text(script, 3, 6), script.grid) == 0


def test_the_earliest_start_is_a_frame_on_which_the_medium_has_begun():
    script = new_script(fps=29.97)
    made = video(script, 5, 6, source_start=script.grid.position(10), speed=1.37)
    earliest = earliest_start(made, script.grid)
    assert script.grid.nearest(earliest) == earliest
    assert 0 <= made.source_start + (earliest - made.start) * 1.37 < script.grid.position(2)
    assert trimmed(made, script.grid, earliest, made.end).source_start <= script.grid.position(1)


def test_halves_of_a_clip_at_one_speed_meet_in_the_medium():
    """Durations of frames alternate; no cut may slip by one for that."""
    grid = FrameGrid(frame_rate(30))
    script = new_script()
    whole = video(script, 0, 4, source_start=grid.position(2))
    for frame in range(1, 120):
        left, right = halves(whole, grid, grid.position(frame), "right")
        assert right.source_start == grid.position(frame + 2) and left.end == right.start and right.end == whole.end


def test_edges_on_a_new_grid():
    script = new_script()
    grid = FrameGrid(frame_rate(24))
    closed, open_clip = video(script, 1 / 30, 1, source_start=33_333), video(script, 31 / 30)
    moved = snapped(closed, grid)
    assert (moved.start, moved.end, moved.source_start) == (41_666, 1_000_000, 41_666)
    assert snapped(open_clip, grid).duration is None and snapped(open_clip, grid).start == grid.nearest(open_clip.start)


@pytest.mark.parametrize(
    "position, after", [(0, 0), (1, 33_333), (33_333, 33_333), (33_334, 66_666), (66_667, 100_000)]
)
def test_the_first_frame_that_is_not_before(position, after):
    assert FrameGrid(frame_rate(30)).after(position) == after
