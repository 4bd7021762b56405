"""What requests are made of: what they are about. What a segment is asked for with is in `groups.py`."""

import secrets
import time
from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

import orjson
from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from draft_cache import DraftCache
from engine.editing import Shift
from engine.script_file import Script_file
from engine.segments import (
    Segment,
)
from errors import ConflictError, DraftChangedError
from store.history import Jump

from .answers import Jumped
from .words import Identifier, KnownTrack, Pixels, Ripple, SegmentId, Whole

_MOST_FIELDS = 200  # no operation has half as many


def new_draft_id() -> str:
    """An id as CapCutAPI makes them: `dfd_cat_`, the time, eight random hex digits."""
    return f"dfd_cat_{int(time.time())}_{secrets.token_hex(4)}"


class Request(BaseModel):
    """Base of every request: unknown names and non-finite numbers are refused; null is as if left out."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, populate_by_name=True)

    example: ClassVar[dict[str, Any]]
    """A body that works as it stands, shown where the operation can be tried; all of them make one story."""

    @model_validator(mode="before")
    @classmethod
    def _null_is_left_out(cls, values: Any) -> Any:
        if isinstance(values, dict):
            if len(values) > _MOST_FIELDS:
                raise ValueError(f"the body must have at most {_MOST_FIELDS} fields")
            given = {name: value for name, value in values.items() if value is not None}
            for older, name in cls._older_names.items():
                if name in given:
                    given.pop(older, None)
            return given
        return values

    @classmethod
    def forgiven(cls, values: dict[str, Any], problems: Sequence[Any]) -> tuple[dict[str, Any], list[str]]:
        """`values` without what older clients send for "nothing" and `problems`, as pydantic lists them, are about.

        That is an empty text for an optional field, and one of two fields that mean nothing alone; the latter with a
        warning. An empty draft_id stays: calls whose id got lost would each start a draft.
        """
        fields = (str(problem["loc"][0]) for problem in problems if problem["loc"])
        wrong = {cls._older_names.get(field, field) for field in fields} - {"draft_id"}
        optional = {name for name, field in cls.model_fields.items() if name in wrong and not field.is_required()}
        left = {
            name: value
            for name, value in values.items()
            if value != "" or cls._older_names.get(name, name) not in optional
        }
        warnings = []
        for pair in cls.together:
            alone = [name for name in pair if left.get(name) not in (None, "")]
            if len(alone) == 1 and not wrong.isdisjoint(pair):
                del left[alone[0]]
                warnings.append(f"{alone[0]}: left aside, it needs {' and '.join(pair)}")
        return left, warnings

    of_other_operations: ClassVar[frozenset[str]] = frozenset()
    """Fields of plain JSON with fields of other operations, which are checked when it is done."""

    together: ClassVar[tuple[tuple[str, str], ...]] = ()
    """Pairs of fields that mean nothing alone."""

    _older_names: ClassVar[dict[str, str]] = {}
    """Older names of fields, each with the newer one, which wins when both are given."""

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Read the older names off the fields."""
        super().__pydantic_init_subclass__(**kwargs)
        aliases = {name: field.validation_alias for name, field in cls.model_fields.items()}
        cls._older_names = {
            str(older): name
            for name, alias in aliases.items()
            if isinstance(alias, AliasChoices)
            for older in alias.choices[1:]
        }


class Changing(Request):
    """An operation that changes something, and can be tried out."""

    dry_run: bool = Field(
        False, exclude=True, description="Only check the call: answer as it would be answered, and change nothing."
    )


_FLAG = TypeAdapter(bool)


def is_dry_run(payload: Any) -> bool:
    """Whether a call that is not checked yet is only to be tried out."""
    try:
        return isinstance(payload, dict) and _FLAG.validate_python(payload.get("dry_run", False))
    except ValidationError:
        return False


class Expecting(Request):
    """An operation on one draft that can insist on the version it is at."""

    draft_id: Identifier | None
    expected_version: Annotated[Whole, Field(ge=1, le=2**53)] | None = Field(
        None,
        description="Refuse the call (409) unless the draft is at this version; the header If-Match says the same.",
    )

    @field_validator("expected_version")
    @classmethod
    def _of_a_draft(cls, expected: int | None, known: ValidationInfo) -> int | None:
        if expected is not None and known.data.get("draft_id", "") is None:
            raise ValueError("the request names no draft; give its draft_id as well")
        return expected

    def check(self, version: int) -> None:
        """See that the draft, which is at `version`, is where the caller expects it.

        Raises:
            DraftChangedError: it is not.
        """
        if self.expected_version is not None and self.draft_id and self.expected_version != version:
            raise DraftChangedError(self.draft_id, version)


class Edit(Expecting, Changing):
    """An operation that changes one draft."""


class InDraft(Edit):
    """An edit that starts the draft if it names none."""

    draft_id: Identifier | None = Field(None, description="The draft to change; left out, a new one is made.")
    width: Pixels = Field(1080, description="Canvas width in pixels; only when this call makes the draft.")
    height: Pixels = Field(1920, description="Canvas height in pixels; only when this call makes the draft.")

    @property
    def makes_draft(self) -> bool:
        """Whether it insists on a new draft."""
        return False

    def begins(self) -> dict[str, Any]:
        """Fields of create_draft with which the draft is made, if this call makes it."""
        return {"width": self.width, "height": self.height}


class OfDraft(Edit):
    """An edit of what is in a draft already."""

    draft_id: Identifier = Field(description="The draft to change.")

    def jump(self, name: Jump, request: dict[str, int], drafts: DraftCache, key: str) -> "Jumped":
        """Move among the draft's versions.

        Raises:
            ConflictError: there is nothing to undo or redo.
            NotFoundError: there is no such draft or version.
        """
        asked = orjson.dumps(request)
        history = drafts.jump(self.draft_id, name, asked, expected=self.expected_version, key=key)
        return Jumped(
            draft_id=self.draft_id,
            version=history.version,
            same_as=history.path()[-1],
            undoable=len(history.undoable),
            redoable=len(history.redoable),
        )


class OfSegment(OfDraft):
    """An edit of one segment."""

    segment_id: SegmentId


class OfTrack(OfDraft):
    """An edit of one track."""

    track_name: KnownTrack


class Rippling(Request):
    """An edit that others may move along with."""

    ripple: Ripple = "none"

    def shifts(self, script: Script_file, track_name: str, time: int, frames: int) -> list[Shift]:
        """Let what begins at `time` or later move by `frames`, if it is to move along."""
        if self.ripple == "none":
            return []
        return [Shift(script.grid.frame(time), frames, track_name if self.ripple == "track" else None)]

    def length(self, script: Script_file, segment: Segment) -> int:
        """Frames that a segment takes, by which others would move; 0 when none are to.

        Raises:
            ConflictError: nobody knows yet.
        """
        if self.ripple == "none":
            return 0
        if segment.end is None:
            message = f"where segment {segment.id} ends is known when its media is; give it an end with trim_segment"
            raise ConflictError.about("ripple", message)
        return script.grid.frame(segment.end) - script.grid.frame(segment.start)
