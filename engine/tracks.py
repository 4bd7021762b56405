"""One track: segments in order of time, found by bisection, so that the 10,000th costs what the first did."""

import dataclasses
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice, pairwise
from operator import attrgetter

from errors import ConflictError

from .imported import ImportedTrack
from .segments import Segment
from .time import seconds

_SHORTEST = 1  # an open clip takes at least its first microsecond


@dataclass
class Track:
    """Segments of one type, none over another."""

    name: str
    type: str
    """A TrackType; in imported drafts it may be another."""
    relative_index: int = 0
    """Among tracks of its type, a higher one is in front."""
    muted: bool = False
    """Its sound is not heard."""
    hidden: bool = False
    """Nothing of it is seen."""
    source: ImportedTrack | None = None
    """What it was in the draft that was imported."""
    segments: list[Segment] = field(default_factory=list)
    """In order of their starts."""
    _starts: list[int] = field(default_factory=list, repr=False)
    _by_id: dict[str, Segment] = field(default_factory=dict, repr=False)

    def copy(self) -> "Track":
        """A track that can be changed apart from this one."""
        return dataclasses.replace(
            self, segments=self.segments.copy(), _starts=self._starts.copy(), _by_id=self._by_id.copy()
        )

    def find(self, segment_id: str) -> Segment | None:
        """The segment of that id, if it is on this track."""
        return self._by_id.get(segment_id)

    def following(self, segment: Segment) -> Segment | None:
        """The next one after `segment`, which is on this track."""
        index = bisect_right(self._starts, segment.start)
        return self.segments[index] if index < len(self.segments) else None

    def replace(self, segments: list[Segment]) -> None:
        """Put `segments`, in order of their starts, in place of all there are."""
        self.segments = segments
        self._starts = [segment.start for segment in segments]
        self._by_id = {segment.id: segment for segment in segments}

    def arrange(self, segments: Iterable[Segment], field: str) -> None:
        """Put `segments` in place of all there are. `field` is what in the request made that necessary.

        Raises:
            ConflictError: two of them overlap; the message names both. Nothing is changed.
        """
        ordered = sorted(segments, key=attrgetter("start"))
        before = {(one.id, other.id) for one, other in pairwise(self.segments) if _overlap(one, other)}  # by old apps
        for segment, following in pairwise(ordered):
            if _overlap(segment, following) and (segment.id, following.id) not in before:
                raise self._collision(segment, following, field)
        self.replace(ordered)

    def place(self, segment: Segment, field: str = "start") -> None:
        """Add `segment`. `field` is what the caller calls its start.

        An open clip counts as its first instant: its real end is known when its media is, and what then
        overlaps is settled at the save.

        Raises:
            ConflictError: it would overlap another; the message names that one, its range and a free start.
        """
        index = bisect_left(self._starts, segment.start)
        # Only what was imported may overlap, so that the one before is not the only one that can reach here.
        near = self.segments if self.source else self.segments[max(index - 1, 0) : index + 1]
        for other in near:
            if _overlap(segment, other):
                raise self._conflict(segment, other, field)
        self._starts.insert(index, segment.start)
        self.segments.insert(index, segment)
        self._by_id[segment.id] = segment

    def take(self, segment: Segment) -> int:
        """Take `segment`, which is on this track, off it; answer its place."""
        index = bisect_left(self._starts, segment.start)
        while self.segments[index] is not segment:  # in old drafts of the apps two may begin at the same time
            index += 1
        del self._starts[index], self.segments[index], self._by_id[segment.id]
        return index

    def segments_before(self, time: int) -> int:
        """How many begin before `time`."""
        return bisect_left(self._starts, time)

    def put_back(self, segment: Segment, index: int) -> None:
        """Put `segment` where it was, whether or not it overlaps others there."""
        self._starts.insert(index, segment.start)
        self.segments.insert(index, segment)
        self._by_id[segment.id] = segment

    def free_start(self, start: int, duration: int) -> int | None:
        """The first time from `start` on at which `duration` fits; None when an open clip hides it."""
        first = max(bisect_right(self._starts, start) - 1, 0)
        for segment in islice(self.segments, first, None):
            if segment.start >= start + duration:
                return start
            if segment.end is not None:
                start = max(start, segment.end)
            elif segment.start >= start:
                return None
        return start

    def there_at(self, time: int) -> list[Segment]:
        """The segments that are there at `time`, edges included: where two touch, the one that ends and the next."""
        index = bisect_left(self._starts, time)
        near = self.segments[max(index - 1, 0) : index + 1]
        return [one for one in near if one.start <= time and (one.end is None or time <= one.end)]

    def _conflict(self, segment: Segment, other: Segment, field: str) -> ConflictError:
        free = self.free_start(segment.start, segment.duration or _SHORTEST)
        until = "the end of its media" if other.end is None else f"{seconds(other.end):g} s"
        advice = (
            "use another track_name, or give that clip an end" if free is None else f"free from {seconds(free):g} s"
        )
        return ConflictError(
            f"{field}: {_range(segment)} overlaps segment {other.id} on track {self.name!r}, "
            f"which runs from {seconds(other.start):g} s to {until}; {advice}",
            [{"field": field, "message": f"taken by segment {other.id}"}],
            {
                "segment_id": other.id,
                "track_name": self.name,
                "start": seconds(other.start),
                "end": None if other.end is None else seconds(other.end),
                "free_start": None if free is None else seconds(free),
            },
        )

    def _collision(self, segment: Segment, following: Segment, field: str) -> ConflictError:
        return ConflictError(
            f"{field}: on track {self.name!r} segment {segment.id} would be at {_range(segment)}, and segment "
            f"{following.id} at {_range(following)}; they would overlap, so nothing was changed",
            [{"field": field, "message": f"segments {segment.id} and {following.id} would overlap"}],
            {"track_name": self.name, "segment_ids": [segment.id, following.id]},
        )


def _overlap(one: Segment, other: Segment) -> bool:
    return one.start < other.start + (other.duration or _SHORTEST) and other.start < one.start + (
        one.duration or _SHORTEST
    )


def _range(segment: Segment) -> str:
    if segment.end is None:
        return f"an open clip from {seconds(segment.start):g} s"
    return f"{seconds(segment.start):g} s to {seconds(segment.end):g} s"
