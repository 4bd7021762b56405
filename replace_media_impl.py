"""replace_media: let a clip show another medium."""

from typing import Any

from pydantic import Field, ValidationInfo, field_validator

from asked import change, model_of
from engine.imported import ImportedSegment
from engine.script_file import Script_file
from engine.segments import MediaSegment, Segment
from engine.time import microseconds, seconds
from errors import InvalidRequestError
from fields.answers import Placed
from fields.groups import Excerpt, after_start
from fields.requests import OfSegment
from fields.words import Length, MediaUrl, Seconds


class ReplaceMedia(OfSegment):
    """Let a clip or picture show another medium; its place, length and looks stay."""

    example = {
        "draft_id": "first",
        "segment_id": "37744819eb285effacbbbed42afa1c5a",
        "url": "asset://samples/photo.png",
    }

    url: MediaUrl = Field(description="The new medium: an http(s) URL, or asset://samples/clip.mp4.")
    start: Seconds = Field(0, description="Where in the new medium the clip begins, in seconds.")
    duration: Length | None = Field(
        None, description="Length of the whole new medium in seconds, if you know it; an open clip then gets its end."
    )

    @field_validator("duration")
    @classmethod
    def _begins_before_its_end(cls, duration: float | None, info: ValidationInfo) -> float | None:
        return after_start(duration, info)

    def changes(self, segment: Segment) -> dict[str, Any]:
        """What changes of the parameters that the clip was added with.

        Raises:
            InvalidRequestError: it shows no medium, or a picture, in which nothing plays.
        """
        model = model_of(segment)
        if model.plays and isinstance(segment, ImportedSegment):
            if "duration" in self.model_fields_set:
                raise InvalidRequestError.about("duration", "the clip was imported and has an end; leave it out")
            return {model.plays: self.url, "media_start": self.start}
        if not model.plays or not isinstance(segment, MediaSegment):
            message = f"is {segment.track_type} and shows no medium; change it with update_segment"
            raise InvalidRequestError.about("segment_id", message)
        if issubclass(model, Excerpt):
            return {model.plays: self.url, **self.excerpt(segment)}
        for field in {"start", "duration"} & self.model_fields_set:
            raise InvalidRequestError.about(field, "the segment is a picture; leave it out")
        return {model.plays: self.url}

    def excerpt(self, clip: MediaSegment) -> dict[str, float | None]:
        """What of the new medium plays: as much as of the old one."""
        if clip.duration is None:
            return {"start": self.start, "duration": self.duration}
        end = seconds(microseconds(self.start) + clip.source_duration(clip.duration))
        return {"start": self.start, "end": end, "duration": self.duration}


def replace_media(req: ReplaceMedia, script: Script_file) -> Placed:
    """Build the clip again with the other medium."""
    _, segment = script.get_segment(req.segment_id)
    return change(script, req.segment_id, req.changes(segment))
