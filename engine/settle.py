"""Make a draft exact once its media are known: open ends, overlaps they cause, fades, transitions.

Nothing here touches the draft it is given; the result is a copy, and everything that is not as it was asked for is in
the report. What callers are told of it: docs/contract.md.

    asked for   |--open------?   |--clip--|          open: to the end of its media, here 8 s
    on_conflict trim  |--open---------||--clip--|    the open one ends where the next begins
                drop  |--open--------------|         the one that was added later goes
                error                                the save fails and says which two
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, TypeVar

from errors import ConflictError

from . import imported_edits
from .facts import MediaFacts
from .imported import ImportedSegment
from .notes import Notes
from .script_file import Script_file
from .segments import AudioSegment, Media, MediaSegment, Segment, Transition, VideoSegment
from .time import SECOND, FrameGrid, seconds
from .tracks import Track

OnConflict = Literal["trim", "drop", "error"]
Action = Literal["trimmed", "removed"]
Cause = Literal["media", "conflict"]

PROVISIONAL = SECOND
"""How long an open clip is shown as long as its media is not known."""
PICTURE = 3 * SECOND
"""How long a picture stays that was added as an open clip."""

_Clip = TypeVar("_Clip", bound=MediaSegment)


@dataclass(frozen=True, slots=True)
class Change:
    """Something that is not on the timeline as it was asked for. Times in microseconds."""

    action: Action
    cause: Cause
    """Its own medium, or another clip on its track."""
    segment_id: str
    track_name: str
    url: str
    start: int
    end: int | None
    """Where it ends now, or was to end; None: it was open."""
    reason: str


@dataclass(frozen=True)
class Settled:
    """A draft in which every segment has its length, and what had to change for that."""

    script: Script_file
    changes: list[Change] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def removed(self) -> list[Change]:
        """The segments that are not in the draft any more."""
        return [change for change in self.changes if change.action == "removed"]


def settle(
    script: Script_file,
    known: Mapping[str, MediaFacts],
    failed: Mapping[str, str] | None = None,
    on_conflict: OnConflict = "trim",
    *,
    keep_all: bool = False,
) -> Settled:
    """Give every segment of a copy of `script` its length.

    Args:
        script: left as it is.
        known: facts of media by URL. A URL that is neither known nor failed is shown for a provisional second.
        failed: by URL, why a medium cannot be had; its segments are left out.
        on_conflict: what happens when an open clip reaches into the next.
        keep_all: show clips that cannot be as they would be with a fitting medium, with a warning, instead of removing.

    Raises:
        ConflictError: two clips overlap and `on_conflict` is "error".
    """
    settling = _Settling(Settled(script.copy()), known, failed or {}, on_conflict, keep_all)
    for track in settling.settled.script.tracks.values():
        track.replace(settling.track(track))
    settling.settled.warnings.extend(settling.notes.lines())
    return settling.settled


class _UnusableError(Exception):
    """This clip cannot be shown; the message says why."""


@dataclass(frozen=True)
class _Settling:
    settled: Settled
    known: Mapping[str, MediaFacts]
    failed: Mapping[str, str]
    on_conflict: OnConflict
    keep_all: bool
    notes: Notes = field(default_factory=Notes)

    @property
    def grid(self) -> FrameGrid:
        return self.settled.script.grid

    def track(self, track: Track) -> list[Segment]:
        """The segments of one track, made exact."""
        fitting = self.without_overlaps(track, self.with_lengths(track))
        for segment in fitting:
            self.check_keyframes(segment)
        return self.with_transitions([self.with_fades(segment) for segment in fitting])

    def with_lengths(self, track: Track) -> list[Segment]:
        kept: list[Segment] = []
        for segment in track.segments:
            try:
                if isinstance(segment, ImportedSegment) and segment.media:
                    kept.append(self.with_medium(track, segment, segment.media))
                else:
                    kept.append(self.with_length(track, segment) if isinstance(segment, MediaSegment) else segment)
            except _UnusableError as reason:
                if self.keep_all and isinstance(segment, MediaSegment | ImportedSegment):
                    assert segment.media
                    self.notes.add(segment.id, str(reason), f": {segment.media.url}")
                    kept.append(self.provisional(segment) if isinstance(segment, MediaSegment) else segment)
                else:
                    self.removed("media", track, segment, str(reason))
        return kept

    def with_length(self, track: Track, segment: MediaSegment) -> MediaSegment:
        if segment.media.url in self.failed:
            raise _UnusableError(self.failed[segment.media.url])
        facts = self.known.get(segment.media.url)
        if facts is None:
            return self.provisional(segment)
        self.check_kind(segment, facts)
        fitted = self.fit(segment, facts)
        if segment.duration is None or segment.duration == fitted.duration:
            return fitted
        following = track.following(segment)
        is_followed = following is not None and following.start == segment.end
        if is_followed and self.is_rounding(segment, fitted, facts):
            return replace(fitted, duration=segment.duration)
        if is_followed or segment.duration - _length(fitted) > self.grid.position(1) + 1:
            self.trimmed("media", track, fitted, f"its media is only {seconds(facts.duration):g} s long")
        return fitted

    def is_rounding(self, asked: MediaSegment, fitted: MediaSegment, facts: MediaFacts) -> bool:
        """Whether all of a medium was asked for, and only the frame its end was put on lies behind that.

        The apps let what plays be shorter than what is shown by a frame or two (draft-format 5.2); so the clip goes on
        touching the next. More than a hundredth of a clip would be seen.
        """
        assert asked.duration is not None, "an open clip is as long as its medium"
        played = facts.duration - fitted.source_start
        lacking = asked.source_duration(asked.duration) - played
        return lacking <= min(self.grid.position(1) + 1, played / 100)

    def with_medium(self, track: Track, segment: ImportedSegment, media: Media) -> ImportedSegment:
        """What was imported with another medium: no longer than that one is."""
        if media.url in self.failed and not self.keep_all:
            raise _UnusableError(self.failed[media.url])
        facts = self.known.get(media.url)
        if facts is None or facts.kind in ("photo", "gif"):
            return segment
        if track.type == "audio" and not facts.has_audio:
            raise _UnusableError("there is no sound in it")
        if track.type != "audio" and facts.kind == "audio":
            raise _UnusableError("there is no picture in it")
        playing = segment.playing()
        playable = facts.duration - playing.source_start
        if playing.source_duration <= playable + self.grid.position(1):
            return segment
        longest = self.grid.before(segment.start + int(max(playable, 0) / playing.speed)) - segment.start
        if longest <= 0 or playing.is_bent:
            raise _UnusableError(f"it is {seconds(facts.duration):g} s long, too short for what the clip plays")
        shorter = imported_edits.trimmed(segment, self.grid, segment.start, segment.start + longest)
        self.trimmed("media", track, shorter, f"its media is only {seconds(facts.duration):g} s long")
        return shorter

    def provisional(self, segment: _Clip) -> _Clip:
        if segment.duration is not None:
            return segment
        what = "the length of its medium is not known yet; shown for a provisional second"
        self.notes.add(segment.id, what, f": {segment.media.url}")
        return replace(segment, duration=self.grid.span(segment.start, segment.start + PROVISIONAL)[1])

    def check_kind(self, segment: MediaSegment, facts: MediaFacts) -> None:
        if isinstance(segment, AudioSegment):
            if not facts.has_audio:
                raise _UnusableError("there is no sound in it")
            if facts.kind == "video":
                self.notes.add(segment.id, "its medium is a video; only its sound is used", f": {segment.media.url}")
        elif facts.kind == "audio":
            raise _UnusableError("there is no picture in it; use add_audio")
        elif segment.duration is None and facts.kind == "photo":
            what = f"its medium is a picture; shown for {seconds(PICTURE):g} s"
            self.notes.add(segment.id, what, f": {segment.media.url}")

    def fit(self, segment: _Clip, facts: MediaFacts) -> _Clip:
        """The clip no longer than its media allows, both edges on the grid."""
        if facts.kind == "photo" or (facts.kind == "gif" and segment.duration is not None):
            natural = self.grid.span(segment.start, segment.start + PICTURE)[1]
            return replace(_steady(segment), duration=segment.duration or natural, source_start=0)
        start = self.within_media(segment.source_start, facts)
        playable = max(facts.duration - start, 0)
        longest = self.grid.before(segment.start + int((playable + _NOISE) / segment.speed)) - segment.start
        if not playable:
            raise _UnusableError(
                f"it begins at {seconds(segment.source_start):g} s, but its media is {seconds(facts.duration):g} s long"
            )
        if longest <= 0:
            raise _UnusableError(f"what is left of its media is less than a frame at speed {segment.speed:g}")
        return replace(segment, duration=min(segment.duration or longest, longest), source_start=start)

    def within_media(self, start: int, facts: MediaFacts) -> int:
        """`start`, or the last frame when it was put on the frame that begins where the media ends."""
        frame = self.grid.position(1) + 1
        if facts.duration <= start < facts.duration + frame:
            return self.grid.before(max(facts.duration - frame, 0))
        return start

    def without_overlaps(self, track: Track, segments: Iterable[Segment]) -> list[Segment]:
        kept: list[Segment] = []
        for segment in segments:
            while kept and _end(kept[-1]) > segment.start and not _both_imported(kept[-1], segment):
                if self.on_conflict == "error":
                    raise _overlap(track, kept[-1], segment)
                if self.on_conflict == "trim":
                    kept[-1] = self.cut(track, kept[-1], segment)
                elif segment.added >= kept[-1].added:  # added in one call: the later on the timeline
                    self.removed(
                        "conflict",
                        track,
                        segment,
                        f"segment {kept[-1].id}, which was added before it, reaches into it",
                    )
                    break
                else:
                    self.removed(
                        "conflict",
                        track,
                        kept.pop(),
                        f"it {_REACHES} {segment.id}, which was added before it",
                    )
            else:
                kept.append(segment)
        return kept

    def cut(self, track: Track, segment: Segment, following: Segment) -> Segment:
        shorter: Segment = replace(segment, duration=following.start - segment.start)
        reason = f"its media {_REACHES} {following.id}; it ends where that one begins"
        self.trimmed("conflict", track, shorter, reason)
        return shorter

    def check_keyframes(self, segment: Segment) -> None:
        """Report keyframes that the clip, whose end was not known when they were added, is too short for."""
        if isinstance(segment, ImportedSegment):
            return  # what an app wrote stays
        past = sum(one.time > _length(segment) + _NOISE for one in segment.keyframes)
        if past and self.is_exact(segment):
            counted = f": {past} of {len(segment.keyframes)}, it ends at {seconds(_end(segment)):g} s"
            self.notes.add(segment.id, "keyframes past its end are left out", counted)

    def is_exact(self, segment: Segment) -> bool:
        """Whether its length is no provisional one."""
        return not isinstance(segment, MediaSegment) or segment.media.url in self.known

    def with_fades(self, segment: Segment) -> Segment:
        """The clip with fades that it has room for; the one at its start goes first."""
        if not isinstance(segment, MediaSegment) or segment.fade_in + segment.fade_out <= _length(segment):
            return segment
        fade_in = min(segment.fade_in, _length(segment))
        fade_out = min(segment.fade_out, _length(segment) - fade_in)
        if self.is_exact(segment):
            shown = f": it is only {seconds(_length(segment)):g} s long"
            self.notes.add(segment.id, "its fades are shortened", shown)
        return replace(segment, fade_in=fade_in, fade_out=fade_out)

    def with_transitions(self, segments: list[Segment]) -> list[Segment]:
        after: list[Segment | None] = [*segments[1:], None]
        return [self.with_transition(segment, following) for segment, following in zip(segments, after, strict=False)]

    def with_transition(self, segment: Segment, following: Segment | None) -> Segment:
        if isinstance(segment, VideoSegment | ImportedSegment) and segment.transition:
            return replace(segment, transition=self.transition(segment, following, segment.transition))
        if not isinstance(segment, ImportedSegment) or not segment.leads_on:
            return segment
        if following is not None and following.start == _end(segment):
            return segment
        self.notes.add(segment.id, "its transition left out: no clip on its track begins where it ends")
        return segment.without_transition()

    def transition(
        self, segment: VideoSegment | ImportedSegment, following: Segment | None, wanted: Transition
    ) -> Transition | None:
        """The transition as the apps can have it: to a clip that touches, an even number of frames long.

        All 60 transitions seen in app-written drafts have an even number; 15 frames became 14 (draft-format 5.6).
        """
        if following is None or following.start != _end(segment):
            what = f"transition {wanted.name!r} left out: no clip on its track begins where it ends"
            self.notes.add(segment.id, what)
            return None
        longest = min(_length(segment), _length(following))
        pairs, room = max(self.grid.frame(wanted.duration) // 2, 1), self.grid.frame(longest) // 2
        if not room:
            self.notes.add(segment.id, f"transition {wanted.name!r} left out: the clips are too short")
            return None
        duration = self.grid.position(min(pairs, room) * 2)
        if room < pairs and self.is_exact(segment) and self.is_exact(following):
            shown = f" to {seconds(duration):g} s: the clips are no longer"
            self.notes.add(segment.id, f"transition {wanted.name!r} is shortened", shown)
        return replace(wanted, duration=duration)

    def removed(self, cause: Cause, track: Track, segment: Segment, reason: str) -> None:
        self.settled.changes.append(_change("removed", cause, track, segment, reason))

    def trimmed(self, cause: Cause, track: Track, segment: Segment, reason: str) -> None:
        self.settled.changes.append(_change("trimmed", cause, track, segment, reason))


def _both_imported(one: Segment, other: Segment) -> bool:
    """Old apps let clips overlap; what they wrote stays."""
    return isinstance(one, ImportedSegment) and isinstance(other, ImportedSegment)


_NOISE = 1
"""Microseconds: a clip that was cut begins on a whole one, and loses no frame at its end for that."""

_REACHES = "reaches into segment"


def _overlap(track: Track, one: Segment, other: Segment) -> ConflictError:
    return ConflictError(
        f"on track {track.name!r} segment {one.id} runs to {seconds(_end(one)):g} s, into segment {other.id} "
        f"which begins at {seconds(other.start):g} s; give it an end, or save with on_conflict trim or drop"
    )


def _change(action: Action, cause: Cause, track: Track, segment: Segment, reason: str) -> Change:
    has_medium = isinstance(segment, MediaSegment | ImportedSegment) and segment.media
    url = has_medium.url if has_medium else ""
    return Change(action, cause, segment.id, track.name, url, segment.start, segment.end, reason)


def _steady(segment: _Clip) -> _Clip:
    """As a picture is shown: nothing plays and nothing sounds."""
    steady = replace(segment, curve=None) if isinstance(segment, VideoSegment) else segment
    return replace(steady, speed=1.0, fade_in=0, fade_out=0)


def _length(segment: Segment) -> int:
    assert segment.duration is not None, "open clips have been given their length by now"
    return segment.duration


def _end(segment: Segment) -> int:
    return segment.start + _length(segment)
