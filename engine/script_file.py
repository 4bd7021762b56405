"""The draft being built: its canvas and its tracks.

Why this is not a subclass of pyJianYingDraft's `ScriptFile`: that one wants every medium's file before it takes a
clip, scans all segments for each new one, and keeps materials apart from the segments they belong to. Here the tracks
are all there is; materials are derived when the draft is written, so nothing can dangle, and the library writes them
(`export.py`).

All times are whole microseconds.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from operator import attrgetter

from errors import ConflictError, SegmentNotFoundError, TrackNotFoundError

from .catalog import App
from .ids import derived_id
from .imported import Base, ImportedSegment
from .profiles import get_profile
from .segments import KEYFRAME_WEIGHT, Media, MediaSegment, Segment, TextSegment, TrackType
from .time import FrameGrid, frame_rate
from .tracks import Track

MAIN_TRACK = "video_main"

MOST_WEIGHT = 100_000_000
"""About as many bytes as a draft may take in memory."""
_EMPTY_WEIGHT = 500  # bytes, measured by benchmarks/memory.py

_LAYERS: dict[str, int] = {"video": 0, "audio": 1, "filter": 2, "adjust": 3, "effect": 4, "sticker": 5, "text": 6}


@dataclass(frozen=True, slots=True)
class Cover:
    """What the picture that stands for the draft shows; with neither, what the draft shows first."""

    url: str | None = None
    """A picture."""
    time: int | None = None
    """When on the timeline, in microseconds."""


class Script_file:  # noqa: N801 - the design fixes this name
    """A CapCut / JianYing draft.

    `weight` estimates its bytes in memory, for the cache. `version` is the number of operations applied so far. An edit
    calls `begin` with the next number and then draws its ids with `new_id`; the same operations in the same order make
    the same draft, ids included. The ids of a copy of a draft follow from the draft `ids_of`.
    """

    def __init__(self, draft_id: str, width: int, height: int, fps: float = 30, *, name: str = "", target: str):
        self.draft_id = draft_id
        self.width, self.height = width, height
        self.rate: Fraction = frame_rate(fps)
        self.name = name or draft_id
        self.cover = Cover()
        self.ids_of = draft_id
        self.target = target
        self.skeleton = ""
        self.tracks: dict[str, Track] = {}
        self.base: Base | None = None
        self.mends: frozenset[str] = frozenset()
        self.version = 0
        self.weight = _EMPTY_WEIGHT
        self._drawn = 0
        self._changes: list[tuple[Callable[[], object], int]] = []

    @property
    def app(self) -> App:
        """The app whose names and ids it uses."""
        return get_profile(self.target).app

    @property
    def grid(self) -> FrameGrid:
        """Where edges of segments may stand."""
        return FrameGrid(self.rate)

    @property
    def duration(self) -> int:
        """Where the last segment ends; open clips count as their first instant."""
        last = (one for track in self._used() for one in (track.segments if track.source else track.segments[-1:]))
        return max((segment.end or segment.start for segment in last), default=0)

    def begin(self, version: int) -> None:
        """Start operation number `version`; what was changed until now is there to stay."""
        self.version, self._drawn = version, 0
        self._changes.clear()

    @property
    def edits(self) -> int:
        """How many changes the operation under way has made."""
        return len(self._changes)

    def roll_back(self, edits: int = 0) -> None:
        """Take back what the operation under way has changed, all but the first `edits` changes."""
        while len(self._changes) > edits:
            undo, self.weight = self._changes.pop()
            undo()

    def _changed(self, undo: Callable[[], object], weight: int = 0) -> None:
        """Note a change that was made, how to take it back, and by how much the draft is heavier."""
        self._changes.append((undo, self.weight))
        self.weight += weight

    def new_id(self) -> str:
        """Draw an id: 32 hex digits that follow from `ids_of`, the operation and how many it drew before.

        A draft of this service that was imported under its old id has such ids already; these are passed over.
        """
        while True:
            self._drawn += 1
            drawn = derived_id(self.ids_of, self.version, self._drawn)
            if not self.base or not any(track.find(drawn) for track in self.tracks.values()):
                return drawn

    def copy(self) -> "Script_file":
        """A draft that can be changed apart from this one; cheap, because segments never change."""
        twin = object.__new__(Script_file)
        twin.__dict__.update(self.__dict__)
        twin.tracks = {name: track.copy() for name, track in self.tracks.items()}
        twin._changes = []
        return twin

    def place(self, track_name: str, segment: Segment, relative_index: int = 0, field: str = "start") -> None:
        """Put `segment` on the track of that name, making the track if it is new.

        `field` is what the caller calls its start, for messages.

        Raises:
            ConflictError: the track is of another type, or the segment would overlap one on it, or the draft is too
                large. Nothing is changed.
        """
        track = self.tracks.get(track_name) or Track(track_name, segment.track_type, relative_index)
        if track.type != segment.track_type:
            raise ConflictError.about(
                "track_name",
                f"track {track_name!r} is {_article(track.type)} track and cannot take {_article(segment.track_type)} "
                "segment; use another name",
            )
        if self.weight + segment.weight > MOST_WEIGHT:
            raise ConflictError("the draft is as large as a draft can be, about 100,000 segments; begin another one")
        track.place(segment, field)
        is_new = track_name not in self.tracks
        self.tracks[track_name] = track
        undo = partial(self.tracks.pop, track_name) if is_new else partial(track.take, segment)
        self._changed(undo, segment.weight)

    def add_track(self, track_name: str, track_type: TrackType, relative_index: int = 0) -> Track:
        """Make an empty track.

        Raises:
            ConflictError: there is one of that name.
        """
        if track_name in self.tracks:
            raise ConflictError.about("track_name", f"there is a track {track_name!r} already; use another name")
        track = self.tracks[track_name] = Track(track_name, track_type, relative_index)
        self._changed(partial(self.tracks.pop, track_name))
        return track

    def get_segment(self, segment_id: str) -> tuple[Track, Segment]:
        """The segment of that id and the track it is on.

        Raises:
            SegmentNotFoundError: there is none.
        """
        for track in self.tracks.values():
            segment = track.find(segment_id)
            if segment:
                return track, segment
        raise SegmentNotFoundError(segment_id)

    def get_track(self, track_name: str) -> Track:
        """The track of that name.

        Raises:
            TrackNotFoundError: there is none.
        """
        if track_name not in self.tracks:
            raise TrackNotFoundError(track_name)
        return self.tracks[track_name]

    def take(self, segment_id: str) -> tuple[Track, Segment]:
        """Take a segment off its track; both are answered. The track stays, if need be empty.

        Raises:
            SegmentNotFoundError: there is none of that id.
        """
        track, segment = self.get_segment(segment_id)
        index = track.take(segment)
        self._changed(partial(track.put_back, segment, index), -segment.weight)
        return track, segment

    def swap(self, segment_id: str, newer: Segment) -> None:
        """Put `newer`, which stands at the same time, in the place of a segment.

        Raises:
            SegmentNotFoundError: there is none of that id.
        """
        track, segment = self.take(segment_id)
        index = track.segments_before(segment.start)
        track.put_back(newer, index)
        self._changed(partial(track.take, newer), newer.weight)

    def arrange(self, track: Track, segments: list[Segment], field: str) -> None:
        """Put the segments of a track at other times: `segments` are all of them, in any order.

        They may have lost keyframes; nothing else that has a weight may have changed.
        `field` is what in the request made that necessary.

        Raises:
            ConflictError: two of them overlap. Nothing is changed.
        """
        before = track.segments
        track.arrange(segments, field)
        self._changed(partial(track.replace, before), _arranged(segments) - _arranged(before))

    def remove_track(self, track_name: str) -> Track:
        """Take a track away with all that is on it.

        Raises:
            TrackNotFoundError: there is none of that name.
        """
        track = self.get_track(track_name)
        before = self.tracks.copy()  # with its place among them, which decides what is in front
        del self.tracks[track_name]
        self._changed(partial(self._put_tracks_back, before), -sum(segment.weight for segment in track.segments))
        return track

    def _put_tracks_back(self, tracks: dict[str, Track]) -> None:
        self.tracks.clear()
        self.tracks.update(tracks)

    def set_track(self, track_name: str, **settings: bool | int) -> Track:
        """Change `relative_index`, `muted` or `hidden` of a track.

        Raises:
            TrackNotFoundError: there is none of that name.
        """
        track = self.get_track(track_name)
        before = {name: getattr(track, name) for name in settings}
        vars(track).update(settings)
        self._changed(partial(vars(track).update, before))
        return track

    def set_canvas(self, width: int, height: int, rate: Fraction) -> None:
        """Change the canvas. Segments stay as they are: put them on the grid of a new rate with it."""
        before = {"width": self.width, "height": self.height, "rate": self.rate}
        self.width, self.height, self.rate = width, height, rate
        self._changed(partial(vars(self).update, before))

    def rename(self, name: str) -> None:
        """Give the draft another name."""
        before = {"name": self.name}
        self.name = name
        self._changed(partial(vars(self).update, before))

    def set_cover(self, cover: Cover) -> None:
        """Choose another cover."""
        before = {"cover": self.cover}
        self.cover = cover
        self._changed(partial(vars(self).update, before))

    def mend(self, rules: Iterable[str]) -> None:
        """Keep those rules from now on in what is written; see `mending.py`."""
        before = {"mends": self.mends}
        self.mends |= frozenset(rules)
        self._changed(partial(vars(self).update, before))

    @contextmanager
    def all_or_nothing(self) -> Iterator[None]:
        """Leave the draft as it was if what is done in here raises."""
        before = self.edits
        try:
            yield
        except BaseException:
            self.roll_back(before)
            raise

    def layers(self) -> list[Track]:
        """The tracks from back to front: main video, other video, audio, filters, adjustments, effects, stickers,
        text; later-made in front.

        The apps draw the track array in this order (draft-format 5.3). Tracks that were imported stay in their order.
        """
        main = self.main_track
        shown = [track for track in self.tracks.values() if track.segments or track is main or _was_empty(track)]
        if self.base:
            return _among_imported(shown, main)
        return sorted(shown, key=lambda track: (track is not main, _LAYERS[track.type], track.relative_index))

    def in_order(self) -> list[Track]:
        """All tracks: the layers, then those with nothing on."""
        drawn = self.layers()
        return drawn + [track for track in self.tracks.values() if track not in drawn]

    @property
    def main_track(self) -> Track | None:
        """The main video track: `video_main` if there is one, else the first video track; None without video."""
        video = [track for track in self.tracks.values() if track.type == "video"]
        chosen = [track for track in video if track.source and track.source.is_main]
        chosen += [track for track in video if track.name == MAIN_TRACK]
        return next(iter([*chosen, *video]), None)

    def segments(self) -> Iterator[tuple[Track, Segment]]:
        """Every segment with its track, back to front."""
        for track in self.layers():
            for segment in track.segments:
                yield track, segment

    def media_segments(self) -> Iterator[tuple[Track, MediaSegment]]:
        """Every clip of a medium with its track."""
        for track, segment in self.segments():
            if isinstance(segment, MediaSegment):
                yield track, segment

    def media(self) -> Iterator[Media]:
        """The medium of every clip that is fetched: what was imported has its own."""
        for _, segment in self.segments():
            if isinstance(segment, MediaSegment) or (isinstance(segment, ImportedSegment) and segment.media):
                assert segment.media
                yield segment.media

    def font_urls(self) -> dict[str, list[str]]:
        """The font files that its texts are set in, each with the segments that are, back to front."""
        found: dict[str, list[str]] = {}
        for _, segment in self.segments():
            for url in sorted(segment.font_urls) if isinstance(segment, TextSegment) else ():
                found.setdefault(url, []).append(segment.id)
        return found

    def _used(self) -> list[Track]:
        return [track for track in self.tracks.values() if track.segments]


def _arranged(segments: list[Segment]) -> int:
    """That part of the weight of segments which may be another at other times."""
    imported = sum(one.weight for one in segments if isinstance(one, ImportedSegment))
    return imported + sum(
        KEYFRAME_WEIGHT * len(one.keyframes) for one in segments if not isinstance(one, ImportedSegment)
    )


def _was_empty(track: Track) -> bool:
    return track.source is not None and not track.source.order


def _among_imported(tracks: list[Track], main: Track | None) -> list[Track]:
    """Tracks from back to front: imported ones as they were, each new one beside its like, or behind what is in front
    of its like elsewhere. Within a type the relative indexes decide; the main track stays where it is."""
    ordered = sorted((track for track in tracks if track.source), key=lambda track: track.source.index)  # type: ignore[union-attr]
    for track in tracks:
        if not track.source:
            ordered.insert(_place(track, ordered, main), track)
    for kind in {track.type for track in ordered}:
        places = [place for place, track in enumerate(ordered) if track.type == kind and track is not main]
        sorted_by_index = sorted((ordered[place] for place in places), key=attrgetter("relative_index"))
        for place, track in zip(places, sorted_by_index, strict=True):
            ordered[place] = track
    return ordered


def _place(track: Track, ordered: list[Track], main: Track | None) -> int:
    """Where among `ordered` a new track goes."""
    if track is main:
        return 0
    alike = [place for place, other in enumerate(ordered) if other.type == track.type]
    if alike:
        return alike[-1] + 1
    in_front = [
        place
        for place, other in enumerate(ordered)
        if track.type != "audio" and _LAYERS.get(other.type, -1) > _LAYERS.get(track.type, len(_LAYERS))
    ]
    return min(in_front, default=len(ordered))


def _article(word: str) -> str:
    return f"an {word}" if word[0] in "aeiou" else f"a {word}"
