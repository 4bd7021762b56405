"""Write a settled draft as an OpenTimelineIO timeline, which editing programs exchange.

    track "video_main"   |gap|clip, a medium at a URL|transition|clip|     kind Video
    its sound            |gap|clip, the same medium  |          |clip|     kind Audio, where the media have sound
    track "titles"       |gap|text, made by a generator|                   kind Video

OTIO has no word for most of what a draft says. All of it stands in `metadata`, under NAMESPACE, beside what has one.
Times are in the draft's own rate. A clip's source range is where in the medium it begins and how long it is *on the
timeline*, as OTIO has it beside a LinearTimeWarp; how much plays then is that times the scalar.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from errors import NotInstalledError

from .facts import MediaFacts
from .imported import ImportedSegment
from .script_file import Script_file
from .segments import MediaSegment, Segment, Transition, VideoSegment
from .tracks import Track

if TYPE_CHECKING:
    import opentimelineio as otio

NAMESPACE = "capcut_drafts"

_DISSOLVES = {"dissolve", "crossdissolve", "叠化"}


@dataclass
class OtioTimeline:
    """A timeline, and what it says less exactly than the draft does."""

    document: str
    """As JSON."""
    warnings: list[str] = field(default_factory=list)


def write_otio(
    script: Script_file,
    known: Mapping[str, MediaFacts],
    describe: Callable[[Track, Segment], dict[str, Any]],
    *,
    media_only: bool = False,
) -> OtioTimeline:
    """Write `script`, which must be settled.

    Args:
        known: facts of media by URL; of others there is no available range, and no track for their sound.
        describe: what the metadata of a segment say.
        media_only: leave out what is no clip of a medium.

    Raises:
        NotInstalledError: the library is not there.
    """
    writer = _Writer(script, known, describe)
    return OtioTimeline(writer.timeline(media_only).to_json_string(), writer.warnings)


class _Writer:
    def __init__(
        self,
        script: Script_file,
        known: Mapping[str, MediaFacts],
        describe: Callable[[Track, Segment], dict[str, Any]],
    ):
        try:
            import opentimelineio  # 100 ms that nothing else needs to wait for
        except ImportError:
            raise NotInstalledError("opentimelineio") from None
        self.otio = opentimelineio
        self.script, self.known, self.describe = script, known, describe
        self.rate = float(script.rate)
        self.warnings: list[str] = []

    # ---- times

    def time(self, microseconds: int) -> "otio.opentime.RationalTime":
        """In frames: a whole number where it is the beginning of one."""
        grid = self.script.grid
        frame = grid.frame(microseconds)
        exact = abs(grid.position(frame) - microseconds) <= 1
        return self.otio.opentime.RationalTime(frame if exact else microseconds * self.rate / 1e6, self.rate)

    def between(self, start: int, end: int) -> "otio.opentime.RationalTime":
        """How long it is from one time on the frame grid to another."""
        return self.time(end) - self.time(start)

    def range(self, start: int, duration: "otio.opentime.RationalTime") -> "otio.opentime.TimeRange":
        return self.otio.opentime.TimeRange(self.time(start), duration)

    # ---- tracks

    def timeline(self, media_only: bool) -> "otio.schema.Timeline":
        made = self.otio.schema.Timeline(self.script.name)
        made.metadata[NAMESPACE] = {
            **{"draft_id": self.script.draft_id, "target": self.script.target},
            **{"width": self.script.width, "height": self.script.height, "fps": self.rate},
        }
        for track in self.script.layers():
            if track.segments and (track.type in ("video", "audio") or not media_only):
                made.tracks.extend(self.tracks(track))
        return made

    def tracks(self, track: Track) -> "list[otio.schema.Track]":
        """The track, and for the sound of its video clips another."""
        about = {"track_name": track.name, "type": track.type, "muted": track.muted, "hidden": track.hidden}
        kinds = self.otio.schema.TrackKind
        is_audio = track.type == "audio"
        shown = self.otio.schema.Track(track.name, kind=kinds.Audio if is_audio else kinds.Video)
        shown.enabled = not (track.muted if is_audio else track.hidden)
        shown.metadata[NAMESPACE] = about
        self.fill(shown, track, track.segments)
        sounding = [one for one in track.segments if isinstance(one, VideoSegment) and self.sounds(one)]
        if not sounding:
            return [shown]
        heard = self.otio.schema.Track(f"{track.name} (sound)", kind=kinds.Audio)
        heard.enabled = not track.muted
        heard.metadata[NAMESPACE] = about | {"sound_of": track.name}
        self.fill(heard, track, sounding, is_sound=True)
        return [shown, heard]

    def fill(self, made: "otio.schema.Track", track: Track, segments: list[Any], *, is_sound: bool = False) -> None:
        at = 0
        for segment in segments:
            if segment.start > at:
                made.append(self.otio.schema.Gap(duration=self.between(at, segment.start)))
            made.append(self.item(track, segment, is_sound))
            at = _end(segment)
            if isinstance(segment, VideoSegment) and segment.transition and not is_sound:
                made.append(self.transition(segment.transition))

    def sounds(self, segment: VideoSegment) -> bool:
        facts = self.known.get(segment.media.url)
        return bool(facts and facts.kind == "video" and facts.has_audio)

    # ---- items

    def item(self, track: Track, segment: Segment, is_sound: bool) -> "otio.schema.Clip":
        duration = self.between(segment.start, _end(segment))
        if isinstance(segment, ImportedSegment) and track.type in ("video", "audio"):
            return self.imported(track, segment, duration)
        if not isinstance(segment, MediaSegment):
            return self.generated(track, segment, duration)
        facts = self.known.get(segment.media.url)
        plays = not (facts and facts.kind in ("photo", "gif"))
        made = self.otio.schema.Clip(
            segment.media.url.rsplit("/", 1)[-1],
            media_reference=self.reference(segment.media.url, facts),
            source_range=self.range(segment.source_start if plays else 0, duration),
        )
        made.metadata[NAMESPACE] = {"sound_of": segment.id} if is_sound else self.describe(track, segment)
        if plays and segment.speed != 1:
            made.effects.append(self.otio.schema.LinearTimeWarp("speed", time_scalar=segment.speed))
            self.bent(segment, is_sound)
        return made

    def imported(
        self, track: Track, segment: ImportedSegment, duration: "otio.opentime.RationalTime"
    ) -> "otio.schema.Clip":
        """What an app wrote, with the path that its medium has there."""
        shown, playing = segment.shown, segment.playing()
        said = shown.document() if shown else {}
        url = segment.media.url if segment.media else str(said.get("path") or "")
        made = self.otio.schema.Clip(
            re.split(r"[\\/]", url)[-1],
            media_reference=self.reference(url, self.known.get(url)),
            source_range=self.range(playing.source_start if playing.plays else 0, duration),
        )
        made.metadata[NAMESPACE] = self.describe(track, segment)
        if playing.plays and playing.speed != 1:
            made.effects.append(self.otio.schema.LinearTimeWarp("speed", time_scalar=playing.speed))
        return made

    def bent(self, segment: MediaSegment, is_sound: bool) -> None:
        if isinstance(segment, VideoSegment) and segment.curve and not is_sound:
            self.warnings.append(
                f"segment {segment.id}: OTIO has no speed curves; it plays evenly, at the mean of {segment.speed:.3g}, "
                "and its curve is in the metadata"
            )

    def reference(self, url: str, facts: MediaFacts | None) -> "otio.schema.ExternalReference":
        made = self.otio.schema.ExternalReference(target_url=url)
        made.name = url.rsplit("/", 1)[-1]
        if facts:
            about = {"kind": facts.kind, "width": facts.width, "height": facts.height, "has_audio": facts.has_audio}
            made.metadata[NAMESPACE] = about
        if facts and facts.kind in ("video", "audio"):
            made.available_range = self.range(0, self.time(facts.duration))
        return made

    def generated(self, track: Track, segment: Segment, duration: "otio.opentime.RationalTime") -> "otio.schema.Clip":
        """What no medium shows: a text, a sticker, an effect."""
        about = self.describe(track, segment)
        name = str(getattr(segment, "text", "") or track.type)
        reference = self.otio.schema.GeneratorReference(
            name, generator_kind=track.type, available_range=self.range(0, duration)
        )
        made = self.otio.schema.Clip(name, media_reference=reference, source_range=self.range(0, duration))
        made.metadata[NAMESPACE] = about
        return made

    def transition(self, wanted: Transition) -> "otio.schema.Transition":
        """Half of it on either side of the cut, as the apps show it; its length is an even number of frames."""
        types = self.otio.schema.TransitionTypes
        is_dissolve = wanted.name.casefold().replace(" ", "").replace("_", "") in _DISSOLVES
        half = self.otio.opentime.RationalTime(self.script.grid.frame(wanted.duration) / 2, self.rate)
        return self.otio.schema.Transition(
            wanted.name,
            transition_type=types.SMPTE_Dissolve if is_dissolve else types.Custom,
            in_offset=half,
            out_offset=half,
            metadata={NAMESPACE: {"transition": wanted.name}},
        )


def _end(segment: Segment) -> int:
    assert segment.end is not None, "the draft is settled"
    return segment.end
