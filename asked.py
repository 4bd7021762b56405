"""What a segment was asked for with: read back, changed, built again.

A segment knows its times and stands on a track; all else that was asked for is in `Segment.asked`. Together they are
the request that would add the segment as it is now.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import cache
from typing import Any, TypeVar, cast

import orjson
from pydantic import ValidationError
from pydantic_core import to_jsonable_python

from engine.editing import with_what_stays_of
from engine.imported import ImportedSegment
from engine.script_file import Script_file
from engine.segments import Asked, Segment
from engine.tracks import Track
from errors import ConflictError, InvalidRequestError
from fields.answers import Placed, standing
from fields.groups import OnTrack, cramped, late_index
from fields.imported import Imported, imported_model
from problems import refusal
from util import as_json

_S = TypeVar("_S", bound=Segment)

FIXED = ("draft_id", "width", "height", "expected_version", "dry_run")
"""Fields of add operations that say nothing of the segment."""
_UNUSED = "draft_folder"
_PACES = {"speed", "speed_curve"}
"""Fields that change how long a clip takes to play what it plays."""


def model_of(segment: Segment) -> type[OnTrack]:
    """The request model of the operation that added it."""
    if isinstance(segment, ImportedSegment):
        return imported_model(segment)
    return cast(type[OnTrack], _asked(segment).model)


def operation_of(segment: Segment) -> str:
    """The operation that added it."""
    return model_of(segment).operation()


def parameters(track: Track, segment: Segment) -> dict[str, Any]:
    """Every parameter of the operation that added it, with the values that would add it as it is now."""
    if isinstance(segment, ImportedSegment):
        return given(track, segment)
    known = given(track, segment) | {"relative_index": track.relative_index}
    return {name: known.get(name, default) for name, default in _defaults(model_of(segment)).items()}


def settable(segment: Segment) -> list[str]:
    """The parameters that can be changed."""
    model = model_of(segment)
    return [name for name in model.model_fields if name not in FIXED and name not in model.when_added]


def without(segment: _S, names: Collection[str]) -> _S:
    """The segment as if those parameters had not been given; it is not built again."""
    if isinstance(segment, ImportedSegment):
        return segment  # a split has seen to it
    fields = {name: value for name, value in _fields(segment).items() if name not in names}
    return replace(segment, asked=Asked(model_of(segment), as_json(fields)))


def change(script: Script_file, segment_id: str, changes: Mapping[str, Any], inside: str = "") -> Placed:
    """Build a segment again with other parameters; None puts one back to its default. Its id stays.

    Args:
        script: the draft it is in.
        segment_id: the segment.
        changes: parameters of the operation that added it.
        inside: the request field that holds `changes`, if the body itself does not.

    Raises:
        SegmentNotFoundError: there is no such segment.
        InvalidRequestError: the parameters do not fit, with each other or with the draft's app.
        ConflictError: its track has no room for what it would be now.
    """
    track, segment = script.get_segment(segment_id)
    newer = model_of(segment).modern(changes)
    if isinstance(segment, ImportedSegment):
        return _change_imported(script, track, segment, newer, inside)
    fields = given(track, segment) | (model_of(segment).exactly(segment) if newer.keys() & _PACES else {})
    req = _checked(segment, fields | newer, newer, inside)
    built, warnings = _built(req, script, segment, inside)
    warnings += late_index(script, req.track_name, newer.get("relative_index"))
    with script.all_or_nothing():
        script.take(segment_id)
        script.place(req.track_name, built, req.relative_index, _inside(inside, req.starts_as))
    return Placed(**standing(script, req.track_name, built), warnings=warnings)


def _change_imported(
    script: Script_file, track: Track, segment: ImportedSegment, newer: Mapping[str, Any], inside: str
) -> Placed:
    """Change what an app wrote: only what is given, for it has no defaults."""
    can = settable(segment)
    for name, value in newer.items() if inside else ():
        if name not in can:
            message = f"cannot be changed of what an app wrote; {', '.join(can)} can"
            raise InvalidRequestError.about(_inside(inside, name), message)
        if value is None:
            raise InvalidRequestError.about(_inside(inside, name), "give a value: nobody knows the app's own")
    req = _checked(segment, {"track_name": track.name, **newer}, newer, inside)
    assert isinstance(req, Imported)
    warnings = late_index(script, req.track_name, newer.get("relative_index"))
    with script.all_or_nothing():
        try:
            built = req.onto(script, segment)
        except (InvalidRequestError, ConflictError) as error:
            if inside and error.fields and error.fields[0]["field"] in newer:
                error.inside(inside)
            raise
        if (req.track_name, built.start, built.end) == (track.name, segment.start, segment.end):
            script.swap(segment.id, built)
        else:
            script.take(segment.id)
            script.place(req.track_name, built, req.relative_index, _inside(inside, "speed"))
    return Placed(**standing(script, req.track_name, built), warnings=warnings)


def _checked(segment: Segment, fields: Mapping[str, Any], sent: Collection[str], inside: str) -> OnTrack:
    """The request that `fields` are; of these `sent` are new, and the segment has the others."""
    try:
        return model_of(segment).model_validate(fields)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
    for problem in found:
        field = problem["loc"][0] if problem["loc"] else ""
        if problem["type"] == "value_error" and field in fields and field not in sent:
            problem["msg"] += f"; the segment has {field} from before: set it as well, or to null to take it away"
    raise refusal(found, settable(segment), inside)


def _built(req: OnTrack, script: Script_file, segment: Segment, inside: str) -> tuple[Segment, list[str]]:
    """The segment that is asked for, in place of `segment`, with warnings."""
    try:
        built, warnings = req.segment(script, segment.id, segment.added), req.doubts(script)
    except InvalidRequestError as error:
        if inside:
            error.inside(inside)
        raise
    return with_what_stays_of(segment, built), warnings + cramped(built, script)


def _inside(place: str, field: str) -> str:
    return f"{place}.{field}" if place else field


def given(track: Track, segment: Segment) -> dict[str, Any]:
    """Those parameters that were given; the others have their defaults."""
    if isinstance(segment, ImportedSegment):
        place = {"track_name": track.name, "relative_index": track.relative_index}
        return {**place, **imported_model(segment).known(segment)}
    return _fields(segment) | model_of(segment).times(segment) | {"track_name": track.name}


def _fields(segment: Segment) -> dict[str, Any]:
    return model_of(segment).modern(orjson.loads(_asked(segment).fields))


def _asked(segment: Segment) -> Asked:
    assert segment.asked is not None, "every segment of a logged draft was asked for"
    return segment.asked


@cache
def _defaults(model: type[OnTrack]) -> dict[str, Any]:
    """Every parameter with its default as JSON; None where there is none."""
    shown = {name: field for name, field in model.model_fields.items() if name not in (*FIXED, _UNUSED)}
    return {
        name: None if field.is_required() else to_jsonable_python(field.get_default()) for name, field in shown.items()
    }
