"""What can be changed of segments that an app wrote, as parameters that add operations have.

Not all that an app can say has a parameter. Only what is given changes; nothing is put back to a default, for nobody
knows what the app would take for one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, ClassVar

from pydantic import Field

from engine.imported import ImportedSegment
from engine.imported_edits import place_of, placed, retimed, text_of, with_text
from engine.script_file import Script_file
from engine.segments import Media, Segment
from engine.time import microseconds, seconds
from errors import ConflictError, InvalidRequestError

from .groups import Masked, OnTrack, Transitional
from .text import Content
from .words import Degrees, MediaUrl, OffsetX, OffsetY, Opacity, Scale, Seconds, Speed, Volume


class Imported(OnTrack):
    """A segment that an app wrote, of a kind of which nothing can be changed but where it is."""

    @classmethod
    def operation(cls) -> str:
        """See OnTrack."""
        return "import_draft"

    @classmethod
    def known(cls, segment: ImportedSegment) -> dict[str, Any]:
        """What is known of it and can be said in an answer, by the names of parameters."""
        return {name: _sayable(value) for name, value in cls.read(segment).items()}

    @classmethod
    def read(cls, segment: ImportedSegment) -> dict[str, Any]:
        """What its JSON says, by the names of parameters."""
        shown = segment.shown
        return {"material": shown.list_name if shown else None, "name": _name(segment)}

    def onto(self, script: Script_file, segment: ImportedSegment) -> ImportedSegment:
        """The segment with what is given.

        Raises:
            InvalidRequestError: the draft's app cannot have it.
            ConflictError: the segment cannot.
        """
        return segment

    @classmethod
    def times(cls, segment: Segment) -> dict[str, Any]:
        """See OnTrack. Its times are changed by moving and trimming it."""
        return {}

    def given(self, names: Iterable[str]) -> dict[str, Any]:
        """Those of these fields that are given."""
        return {name: getattr(self, name) for name in names if name in self.model_fields_set}


class Standing(Imported):
    """One that stands somewhere on the canvas."""

    transform_x: OffsetX = 0
    transform_y: OffsetY = 0
    scale_x: Scale = 1
    scale_y: Scale = 1
    alpha: Opacity = 1
    rotation: Degrees = 0
    flip_horizontal: bool = Field(False, description="Left and right are swapped.")
    flip_vertical: bool = Field(False, description="Top and bottom are swapped.")

    @classmethod
    def read(cls, segment: ImportedSegment) -> dict[str, Any]:
        """See Imported."""
        return {**super().read(segment), **place_of(segment.document())}

    def onto(self, script: Script_file, segment: ImportedSegment) -> ImportedSegment:
        """See Imported."""
        place = self.given(Standing.model_fields.keys() - Imported.model_fields.keys())
        segment = super().onto(script, segment)
        return placed(segment, place) if place else segment


class Playing(Imported):
    """One that plays a medium."""

    media: MediaUrl | None = Field(None, description="The medium that it shows instead of its own.")
    media_start: Seconds = Field(0, description="Where in that medium it begins, in seconds.")
    speed: Speed = 1.0
    volume: Volume = 1.0

    plays = "media"
    kind: ClassVar[str] = "video"

    @classmethod
    def read(cls, segment: ImportedSegment) -> dict[str, Any]:
        """See Imported."""
        document, shown = segment.document(), segment.shown
        playing = segment.playing(document)
        return {
            **super().read(segment),
            "media": segment.media.url if segment.media else None,
            "path": shown.document().get("path") if shown else None,
            "media_start": seconds(playing.source_start),
            "speed": playing.speed,
            "volume": document.get("volume", 1.0),
        }

    def onto(self, script: Script_file, segment: ImportedSegment) -> ImportedSegment:
        """See Imported."""
        segment = super().onto(script, segment)
        if self.media is not None:
            segment = self._with_medium(segment, self.media)
        elif "media_start" in self.model_fields_set:
            raise InvalidRequestError.about("media_start", "goes with media; trim_segment changes what a clip plays")
        if "speed" in self.model_fields_set:
            segment = retimed(segment, script.grid, self.speed)
        if "volume" in self.model_fields_set:
            changes = {"volume": self.volume} | ({"last_nonzero_volume": self.volume} if self.volume else {})
            segment = segment.with_(None, **changes)
        return segment

    def _with_medium(self, segment: ImportedSegment, url: str) -> ImportedSegment:
        shown = segment.shown
        if shown is None or shown.list_name not in ("videos", "audios"):
            message = f"segment {segment.id} shows nothing that another medium could take the place of"
            raise ConflictError.about("segment_id", message)
        document = segment.document()
        source = document.get("source_timerange")
        if isinstance(source, dict):
            segment = segment.with_(None, source_timerange={**source, "start": microseconds(self.media_start)})
        return replace(segment, media=Media(url, "audio" if shown.list_name == "audios" else "video"))


class ImportedAudio(Playing):
    """Sound."""


class ImportedVideo(Playing, Standing, Transitional, Masked):
    """A clip or a picture."""

    def onto(self, script: Script_file, segment: ImportedSegment) -> ImportedSegment:
        """See Imported."""
        segment = super().onto(script, segment)
        if self.transition is not None:
            segment = replace(segment.without_transition(), transition=self.transition_in(script.app))
        if self.mask_type is not None:
            segment = replace(segment.without({"masks", "common_mask", "common_masks"}), mask=self.mask_in(script.app))
        return segment


class ImportedText(Standing):
    """A text."""

    text: Content = Field("", description="What it says; it looks as its beginning did.")

    @classmethod
    def read(cls, segment: ImportedSegment) -> dict[str, Any]:
        """See Imported."""
        said = [text_of(part) for part in segment.parts if part.list_name == "texts"]
        return {**super().read(segment), "text": said[0] if len(said) == 1 else None, "texts": said}

    def onto(self, script: Script_file, segment: ImportedSegment) -> ImportedSegment:
        """See Imported."""
        segment = super().onto(script, segment)
        if "text" not in self.model_fields_set:
            return segment
        if sum(part.list_name == "texts" for part in segment.parts) != 1:
            raise ConflictError.about(
                "text", f"segment {segment.id} is a template of several texts; use replace_by_name"
            )
        parts = [with_text(part, self.text) if part.list_name == "texts" else part for part in segment.parts]
        return segment.with_(parts)


_MODELS: Mapping[str, type[Imported]] = {
    "video": ImportedVideo,
    "audio": ImportedAudio,
    "text": ImportedText,
    "sticker": Standing,
}


def imported_model(segment: ImportedSegment) -> type[Imported]:
    """What can be changed of a segment."""
    return _MODELS.get(segment.kind, Imported)


def _sayable(value: Any) -> Any:
    """A value that is plain, as long as numbers usually are; else None: files may have anything in any place."""
    if isinstance(value, list):
        return [_sayable(one) for one in value]
    is_huge = isinstance(value, int) and abs(value) >= 2**53
    return value if isinstance(value, str | int | float) and not is_huge else None


def _name(segment: ImportedSegment) -> str | None:
    """What the app calls what it shows."""
    shown = segment.shown
    said = shown.document() if shown else {}
    return next((said[name] for name in ("material_name", "name") if isinstance(said.get(name), str)), None)
