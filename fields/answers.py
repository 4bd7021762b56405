"""What operations give back."""

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, NamedTuple

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
)

from engine.script_file import Script_file
from engine.segments import (
    Segment,
)
from engine.time import seconds
from engine.tracks import Track


def standing(script: Script_file, track_name: str, segment: Segment) -> dict[str, Any]:
    """The fields of an answer that say where a segment is."""
    return {
        "draft_id": script.draft_id,
        "version": script.version,
        "segment_id": segment.id,
        "track_name": track_name,
        "start": seconds(segment.start),
        "end": None if segment.end is None else seconds(segment.end),
    }


class Attachment(NamedTuple):
    """A file that an answer is."""

    name: str
    content: bytes
    media_type: str = "application/json"


class Event(NamedTuple):
    """One message of an answer that goes on. The name "end" is that of the last."""

    name: str
    output: Any


class Answer(BaseModel):
    """What an operation gives back."""

    model_config = ConfigDict(frozen=True, json_schema_serialization_defaults_required=True)

    media_types: ClassVar[tuple[str, ...]] = ("application/json",)
    """What its file can be, if it has one."""

    warnings: list[str] = Field([], description="What was not done exactly as asked, and what to do about it.")

    def output(self) -> Any:
        """What stands as `output` in the answer's envelope."""
        dumped = self.model_dump(mode="json")
        return dumped | {"warnings": dumped.pop("warnings")}  # last, where a reader looks for them

    def attachment(self) -> Attachment | None:
        """The file that a GET of it brings instead, or a call that accepts only that; None for most."""
        return None


class DraftAnswer(Answer):
    """An answer about one draft."""

    draft_id: str = Field(description="The draft.")
    draft_url: str = Field("", description="Where the saved draft can be downloaded.")
    version: int = Field(0, description="The draft's version after this call: it grows by one with every edit.")


SameAs = Annotated[int, Field(description="The first version at which it was as it is now.")]
Undoable = Annotated[int, Field(description="How many steps can be undone.")]
Redoable = Annotated[int, Field(description="How many undone steps can be done again.")]


class Jumped(DraftAnswer):
    """Where the draft is among its versions."""

    same_as: SameAs
    undoable: Undoable
    redoable: Redoable


class Placed(DraftAnswer):
    """A segment and where it is."""

    segment_id: str = Field(description="The segment; its id stays the same for the life of the draft.")
    track_name: str = Field(description="The track it is on.")
    start: float = Field(description="Where it begins on the timeline, in seconds, on a frame.")
    end: float | None = Field(description="Where it ends, in seconds; null until the length of its medium is known.")


class Moved(Placed):
    """A segment, where it is, and what moved along."""

    moved: int = Field(description="How many other segments moved along.")


class StepDone(BaseModel):
    """What one operation of a batch has done."""

    operation: str = Field(description="Its name.")
    alias: str | None = Field(description="What it was called.")
    output: dict[str, Any] = Field(
        description="What it answers by itself, but for what is said of the draft as a whole."
    )


class BatchDone(DraftAnswer):
    """What was done."""

    results: list[StepDone] = Field(description="What each operation has done, in order.")


class TrackState(DraftAnswer):
    """A track as it is now."""

    track_name: str = Field(description="The track.")
    type: str = Field(
        description="What it takes: video, audio, filter, effect, sticker or text; imported ones may take other things."
    )
    relative_index: int = Field(description="Among tracks of its type a higher one is in front.")
    muted: bool = Field(description="Whether its sound is off.")
    hidden: bool = Field(description="Whether its pictures are not shown.")
    segments: int = Field(description="How many segments are on it.")


def track_state(script: Script_file, track: Track, warnings: Sequence[str] = ()) -> TrackState:
    """What an answer says of a track."""
    return TrackState(
        draft_id=script.draft_id,
        version=script.version,
        track_name=track.name,
        type=track.type,
        relative_index=track.relative_index,
        muted=track.muted,
        hidden=track.hidden,
        segments=len(track.segments),
        warnings=list(warnings),
    )
