"""get_timeline: a draft as the JSON that create_timeline makes it of."""

from typing import Any

from pydantic import Field

from asked import given, model_of, operation_of
from engine.keyframes import Keyframe
from engine.script_file import Script_file
from engine.segments import Segment
from engine.time import seconds
from engine.tracks import Track
from errors import ConflictError
from fields.answers import DraftAnswer
from fields.groups import Span
from fields.requests import Request
from fields.words import Identifier, Version
from services import Services


class GetTimeline(Request):
    """Read a draft as one JSON that create_timeline makes the same draft of."""

    example = {"draft_id": "first"}

    draft_id: Identifier = Field(description="The draft to read.")
    at_version: Version | None = Field(None, description="Read it as it was at this version; left out: as it is.")


class TimelineRead(DraftAnswer):
    """A draft as a timeline."""

    timeline: dict[str, Any] = Field(description="What create_timeline takes; parameters have what was given.")


def get_timeline(req: GetTimeline, services: Services) -> TimelineRead:
    """Look at a copy; nothing is fetched and nothing is changed.

    Raises:
        DraftNotFoundError: there is no such draft.
        NotFoundError: there is no such version.
        ConflictError: it was imported.
    """
    script = services.drafts.snapshot(req.draft_id, req.at_version)
    if script.base:
        message = "it was imported, and no operations make what an app wrote; duplicate_draft and export_log copy it"
        raise ConflictError.about("draft_id", message)
    return TimelineRead(draft_id=script.draft_id, version=script.version, timeline=_timeline(script))


def _timeline(script: Script_file) -> dict[str, Any]:
    about = {
        "name": script.name,
        "target": script.target,
        "width": script.width,
        "height": script.height,
        "fps": float(script.rate),
    }
    url, time = script.cover.url, script.cover.time
    chosen = {"image_url": url, "time": None if time is None else seconds(time)}
    cover = {name: value for name, value in chosen.items() if value is not None}
    tracks = [_track(track) for track in script.in_order()]
    return about | ({"cover": cover} if cover else {}) | {"tracks": tracks}


def _track(track: Track) -> dict[str, Any]:
    switches = {"muted": track.muted, "hidden": track.hidden}
    return {
        "track_name": track.name,
        "type": track.type,
        "relative_index": track.relative_index,
        **{name: True for name, is_on in switches.items() if is_on},
        "segments": [_segment(track, segment) for segment in track.segments],
    }


def _segment(track: Track, segment: Segment) -> dict[str, Any]:
    model = model_of(segment)
    parameters = given(track, segment)
    for name in ("track_name", model.starts_as):
        parameters.pop(name, None)
    said: dict[str, Any] = {"operation": operation_of(segment), "alias": segment.id, "start": seconds(segment.start)}
    if issubclass(model, Span):
        assert segment.duration is not None, "only media are open"
        said["length"] = seconds(segment.duration)
        del parameters["end"]
    said["parameters"] = parameters
    if segment.keyframes:
        said["keyframes"] = [_keyframe(one) for one in segment.keyframes]
    return said


def _keyframe(one: Keyframe) -> dict[str, Any]:
    return {"property": one.name, "time": seconds(one.time), "value": one.value, "easing": one.easing}
