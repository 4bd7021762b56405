"""create_timeline: make a draft of one JSON that says what is on its tracks."""

import re
from dataclasses import dataclass
from functools import partial
from graphlib import CycleError, TopologicalSorter
from typing import Annotated, Any

from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from asked import FIXED
from data_urls import asset_of
from engine.facts import MediaFacts
from engine.script_file import Script_file
from engine.settle import settle
from engine.time import LONGEST, SECOND, microseconds, seconds
from errors import InvalidRequestError, RefusedStepsError, ServiceError
from fields.answers import BatchDone, DraftAnswer, StepDone
from fields.groups import Excerpt, OnTrack, Span
from fields.requests import Changing
from fields.steps import BatchStep
from fields.timeline import Timeline, TimelineSegment, TimelineTrack
from fields.words import Identifier, Seconds, at_most
from problems import refusal
from services import Board, Services

_SECONDS = TypeAdapter(Seconds)


class CreateTimeline(Timeline, Changing):
    """Make a draft of one JSON: its canvas, tracks and segments, as get_timeline gives it.

    A segment can begin where another ends (`start: auto`, `after`) and last as long as its medium (`length: auto`) or
    to the end of all others (`length: end`). All or nothing; every problem is named by its place.
    """

    example = {
        "draft_id": "fourth",
        "width": 1920,
        "height": 1080,
        "tracks": [
            {
                "track_name": "video_main",
                "segments": [
                    {
                        "operation": "add_video",
                        "alias": "clip",
                        "parameters": {"video_url": "asset://samples/clip.mp4"},
                    },
                    {
                        "operation": "add_image",
                        "length": 2,
                        "parameters": {"image_url": "asset://samples/photo.png"},
                        "keyframes": [
                            {"property": "uniform_scale", "time": 0, "value": 1},
                            {"property": "uniform_scale", "time": 2, "value": 1.2},
                        ],
                    },
                ],
            },
            {
                "track_name": "text_main",
                "segments": [
                    {"operation": "add_text", "start": 0, "length": "end", "parameters": {"text": "All the time"}}
                ],
            },
        ],
    }

    draft_id: Identifier | None = Field(None, description="Id of the new draft; left out, one is made.")
    operations: Annotated[tuple[BatchStep, ...], at_most(1_000)] = Field(
        (), description="What is done to it afterwards, as in batch; segments are alias://<alias> there."
    )


class TimelinePlaced(BaseModel):
    """A segment and where it is."""

    segment_id: str = Field(description="The segment.")
    alias: str | None = Field(description="What it was called.")
    track_name: str = Field(description="The track it is on.")
    start: float = Field(description="Where it begins on the timeline, in seconds, on a frame.")
    end: float | None = Field(description="Where it ends, in seconds; null until the length of its medium is known.")


class TimelineMade(DraftAnswer):
    """The draft that was made."""

    segments: list[TimelinePlaced] = Field(description="Its segments, in the order of the request.")


def create_timeline(req: CreateTimeline, services: Services) -> TimelineMade:
    """Work out where everything is, then do it as one batch.

    Raises:
        RefusedStepsError: something of it cannot be; nothing is made.
        DraftExistsError: there is a draft of that id.
    """
    planned = _read_all(req, services)
    _arrange(planned, req, services)
    steps = _steps(req, planned)
    payload = {"draft_id": req.draft_id, "operations": [step.request for step in steps]}
    try:
        done = services.board["batch"](payload, services, strict=services.strict)
    except RefusedStepsError as error:
        unnamed = {f"alias://{_UNNAMED}{number}": one.place for number, one in enumerate(planned)}
        raise _themselves(error, steps).relocated(partial(_place, steps)).reworded(unnamed) from None
    assert isinstance(done, BatchDone)
    results = zip(steps, done.results, strict=True)
    return TimelineMade(
        draft_id=done.draft_id,
        version=done.version,
        draft_url=done.draft_url,
        segments=[_placed(step.one, result) for step, result in results if step.one and step.adds],
        warnings=[_place(steps, warning) for warning in done.warnings],
    )


def _themselves(error: RefusedStepsError, steps: "list[_Step]") -> RefusedStepsError:
    """Without what follows from the rest: a track whose segments were refused cannot be muted."""
    causes = {number: one for number, one in error.refused.items() if not steps[number].switches}
    return RefusedStepsError(causes or error.refused)


def _placed(one: "_Planned", result: StepDone) -> TimelinePlaced:
    said = {name: result.output[name] for name in TimelinePlaced.model_fields if name in result.output}
    return TimelinePlaced(**said, alias=one.segment.alias)


@dataclass
class _Planned:
    """A segment whose time is being worked out."""

    place: str
    track: TimelineTrack
    segment: TimelineSegment
    model: type[OnTrack]
    given: dict[str, Any]
    """Parameters, but for those that say where on the timeline it is."""
    at: float | None
    """Where the request says that it begins, in seconds; None: after another."""
    lasts: float | None
    """How long the request says it is, in seconds; None: as long as its medium, or to the end of all others."""
    until: float | None = None
    """Where its parameters say that it ends, in seconds."""
    follows: int | None = None
    """The one at whose end it begins."""
    start: int = 0
    end: int | None = None

    @property
    def fills(self) -> bool:
        """Whether it goes on to the end of all others."""
        return self.segment.length == "end"

    def error(self, name: str, message: str) -> ServiceError:
        """That this is wrong with its field."""
        return InvalidRequestError.about(name, message).inside(self.place)


# ---- what is asked for


def _read_all(req: CreateTimeline, services: Services) -> list[_Planned]:
    planned, refused = [], {}
    for number, (place, track, segment) in enumerate(req.placed()):
        try:
            planned.append(_read(place, track, segment, services))
        except ServiceError as error:
            refused[number] = error.inside(place)
    if refused:
        raise RefusedStepsError(refused)
    _link(planned)
    return planned


def adding(board: Board) -> list[str]:
    """Names of the operations that a segment of a timeline can be."""
    return [name for name, op in board.items() if issubclass(op.request, OnTrack)]


def _read(place: str, track: TimelineTrack, segment: TimelineSegment, services: Services) -> _Planned:
    op = services.board.get(segment.operation)
    if op is None or not issubclass(op.request, OnTrack):
        message = f"{segment.operation!r} adds no segment to a track; one of {', '.join(adding(services.board))}"
        raise InvalidRequestError.about("operation", message)
    for name in ("track_name", "relative_index", *FIXED):
        if segment.parameters.get(name) is not None:
            raise InvalidRequestError.about(f"parameters.{name}", "is said by the timeline; leave it out")
    given = op.request.modern({name: value for name, value in segment.parameters.items() if value is not None})
    if isinstance(medium := given.get(op.request.plays), str):
        given[op.request.plays] = asset_of(medium, f"parameters.{op.request.plays}", services)
    at = _seconds(given, op.request.starts_as)
    until = _seconds(given, "end") if issubclass(op.request, Span) else None
    ends, lasts = _excerpt(op.request, given) if issubclass(op.request, Excerpt) else (until is not None, None)
    if at is not None and (segment.start is not None or segment.after):
        raise InvalidRequestError.about("start", f"parameters have {op.request.starts_as} as well; give one of them")
    if ends and segment.length is not None:
        raise InvalidRequestError.about("length", "parameters say how long it is as well; give one of them")
    at = at if segment.start is None else segment.start
    if segment.length is None and until is None and issubclass(op.request, Span):
        lasts = op.request.model_fields["end"].default - op.request.model_fields["start"].default
    if segment.length is not None:
        lasts = segment.length if isinstance(segment.length, float) else None
    return _Planned(place, track, segment, op.request, given, at, lasts, until)


def _excerpt(model: type[OnTrack], given: dict[str, Any]) -> tuple[bool, float | None]:
    """Whether a clip's parameters say where in its medium it ends, and how many seconds it then is on the timeline.

    The length of the whole medium, if that is what they say, makes it as long by itself.
    """
    req = _checked(model, given)
    assert isinstance(req, Excerpt)
    end = req.end or req.duration
    return req.end is not None, None if end is None else (end - req.start) / req.pace()


def _seconds(given: dict[str, Any], name: str) -> float | None:
    """Take a time out of parameters."""
    if name not in given:
        return None
    try:
        return _SECONDS.validate_python(given.pop(name))
    except ValidationError as error:
        raise refusal(error.errors(include_url=False, include_context=False), (), f"parameters.{name}") from None


def _checked(model: type[OnTrack], given: dict[str, Any]) -> OnTrack:
    try:
        return model.model_validate(given)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        raise refusal(found, model.model_fields, "parameters") from None


def _link(planned: list[_Planned]) -> None:
    """Find out which begins at whose end."""
    aliases = {one.segment.alias: number for number, one in enumerate(planned) if one.segment.alias}
    last: dict[str, int] = {}
    for number, one in enumerate(planned):
        if one.segment.after:
            if one.segment.after not in aliases:
                raise one.error("after", f"there is no segment of the alias {one.segment.after!r}")
            one.follows = aliases[one.segment.after]
        elif one.at is None:
            one.follows = last.get(one.track.track_name)
        last[one.track.track_name] = number


# ---- where everything is


def _arrange(planned: list[_Planned], req: CreateTimeline, services: Services) -> None:
    """Give every segment its start, and its end if anything depends on it."""
    target = req.target or services.settings.default_target
    scratch = Script_file("scratch", req.width, req.height, req.fps, target=target)
    filling = [one for one in planned if one.fills]
    awaited = {one.follows for one in planned} if not filling else set(range(len(planned)))
    media = _learned([one for number, one in enumerate(planned) if number in awaited], services)
    for number in _order(planned):
        one = planned[number]
        before = planned[one.follows].end if one.follows is not None else 0
        assert before is not None, "what is followed has its end"
        one.start = scratch.grid.nearest(before + microseconds(one.at or 0))
        if one.fills:
            one.end = max((other.end or 0 for other in planned if not other.fills), default=0)
            if one.end <= one.start:
                message = f"nothing else ends after {seconds(one.start):g} s, where this begins; give it a length"
                raise one.error("length", message)
        elif one.until is not None or one.lasts is not None:
            end = one.start + microseconds(one.lasts or 0) if one.until is None else microseconds(one.until)
            if end <= one.start:
                raise one.error("parameters.end", f"must be after its start, {seconds(one.start):g} s")
            one.end = one.start + scratch.grid.span(one.start, end)[1]
        elif number in awaited:
            one.end = _natural_end(one, scratch, *media)
        if max(one.start, one.end or 0) > LONGEST + SECOND:
            raise one.error("start", f"it would be there from {seconds(one.start):g} s on, past 24 hours")


def _order(planned: list[_Planned]) -> list[int]:
    """The segments, each after what its time depends on."""
    rest = [number for number, one in enumerate(planned) if not one.fills]
    needs = {
        number: ([one.follows] if one.follows is not None else []) + (rest if one.fills else [])
        for number, one in enumerate(planned)
    }
    try:
        return list(TopologicalSorter(needs).static_order())
    except CycleError as error:
        one = planned[error.args[1][0]]
        name = "after" if one.segment.after else "start"
        raise one.error(
            name, "its start depends on where it ends itself; give one of those it follows a start"
        ) from None


Learned = tuple[dict[str, MediaFacts], dict[str, str]]
"""Facts of media, and why some cannot be had, both by URL."""


def _learned(awaited: list[_Planned], services: Services) -> Learned:
    """Look at the media that decide where something ends."""
    urls = {str(one.given.get(one.model.plays)) for one in awaited if one.lasts is None and not one.fills}
    reasons = services.learn(urls)
    return services.media.facts(urls), reasons


def _natural_end(one: _Planned, scratch: Script_file, known: dict[str, MediaFacts], reasons: dict[str, str]) -> int:
    """Where it ends when its medium plays to the end, as a save will find."""
    script, name = scratch.copy(), one.model.plays
    req = _checked(one.model, one.given | {one.model.starts_as: seconds(one.start), "track_name": "scratch"})
    try:
        script.place("scratch", req.segment(script, "scratch", 1))
    except ServiceError as error:
        raise error.inside("parameters").inside(one.place) from None
    url = getattr(req, name)
    if url not in known:
        why = reasons.get(url, "it could not be looked at in time")
        raise one.error(
            f"parameters.{name}", f"others depend on how long it is, and that is not known: {why}; give length"
        )
    settled = settle(script, known)
    if settled.removed:
        raise one.error(f"parameters.{name}", settled.removed[0].reason)
    ((_, segment),) = settled.script.segments()
    assert segment.end is not None, "it is settled"
    return segment.end


# ---- the batch


@dataclass
class _Step:
    """An operation of the batch, and what of the request it stands for."""

    request: dict[str, Any]
    place: str
    """What of the request its fields are in; empty: the request itself."""
    one: _Planned | None = None
    adds: bool = False
    keyframes: tuple[int, ...] = ()
    """Those of the segment that it adds."""
    switches: bool = False
    """Whether it mutes or hides a track."""
    in_batch: bool = False
    """Whether it stands in the request as it does in the batch."""


def _steps(req: CreateTimeline, planned: list[_Planned]) -> list[_Step]:
    about = {name: value for name in ("name", "width", "height", "fps", "target") if (value := getattr(req, name))}
    steps = [_Step(_operation("create_draft", **about, draft_id=req.draft_id), "")]
    for number, track in enumerate(req.tracks):
        if track.type:
            about = track.model_dump(include={"track_name", "type", "relative_index"})
            steps.append(_Step(_operation("add_track", **about), f"tracks.{number}"))
    for number, one in enumerate(planned):
        steps += _steps_of(one, one.segment.alias or f"{_UNNAMED}{number}")
    for number, track in enumerate(req.tracks):
        named = {"track_name": track.track_name}
        if track.segments or track.type:
            steps += [_Step(_operation("mute_track", **named), f"tracks.{number}", switches=True)] * track.muted
            steps += [_Step(_operation("hide_track", **named), f"tracks.{number}", switches=True)] * track.hidden
    if req.cover:
        steps.append(_Step(_operation("set_cover", **req.cover.model_dump(exclude_none=True)), "cover"))
    after = [step.model_dump() for step in req.operations]
    return steps + [_Step(one, f"operations.{number}", in_batch=True) for number, one in enumerate(after)]


_UNNAMED = "unnamed_segment_"


def _steps_of(one: _Planned, alias: str) -> list[_Step]:
    """What adds a segment and its keyframes."""
    track = {"track_name": one.track.track_name, "relative_index": one.track.relative_index}
    add = {"operation": one.segment.operation, "alias": alias, "request": one.given | track | _times(one)}
    steps = [_Step(add, f"{one.place}.parameters", one, adds=True)]
    eased: dict[str, list[int]] = {}
    for number, key in enumerate(one.segment.keyframes):
        eased.setdefault(repr(key.easing), []).append(number)
    for numbers in eased.values():
        keys = [one.segment.keyframes[number] for number in numbers]
        frames = _operation(
            "add_video_keyframe",
            segment_id=f"alias://{alias}",
            property_types=[key.property for key in keys],
            times=[seconds(one.start + microseconds(key.time)) for key in keys],
            values=[key.value for key in keys],
            easing=keys[0].easing,
        )
        steps.append(_Step(frames, f"{one.place}.keyframes", one, keyframes=tuple(numbers)))
    return steps


def _times(one: _Planned) -> dict[str, float]:
    """The parameters that say where on the timeline it is; what of its medium plays, if the timeline says that."""
    start = seconds(one.start)
    if issubclass(one.model, Span):
        assert one.end is not None, "it has a length"
        return {"start": start, "end": seconds(one.end)}
    if one.segment.length is None:
        return {one.model.starts_as: start}
    req = _checked(one.model, one.given)
    assert isinstance(req, Excerpt) and one.end is not None
    length = one.lasts if one.lasts is not None else seconds(one.end - one.start)
    return {one.model.starts_as: start, "end": req.start + length * req.pace()}


def _operation(name: str, /, **request: Any) -> dict[str, Any]:
    return {"operation": name, "request": request}


def _said(one: _Planned) -> dict[str, str]:
    """What the timeline calls the times of the operation that adds it."""
    said = {one.model.starts_as: "start"} if one.model.starts_as not in one.segment.parameters else {}
    return said if "end" in one.segment.parameters else said | {"end": "length"}


_IN_BATCH = re.compile(r"operations\.(\d+)(\.request)?(?:\.([\w.]+))?")
_IN_LINE = re.compile(r"(property_type|time|value)s?(?:\.(\d+))?")


def _place(steps: list[_Step], text: str) -> str:
    """`text` with the place in the timeline instead of that in the batch, with which it begins."""
    found = _IN_BATCH.match(text)
    if not found:
        return text
    step, rest = steps[int(found[1])], found[3] or ""
    if step.in_batch:
        return step.place + text[found.end(1) :]
    line = _IN_LINE.fullmatch(rest) if step.keyframes else None
    if step.keyframes and rest == "easing":
        rest = f"{step.keyframes[0]}.easing"
    elif step.one and rest in ("track_name", "relative_index"):
        return f"{step.one.place.partition('.segments')[0]}.{rest}{text[found.end() :]}"
    elif line:
        rest = f"{step.keyframes[int(line[2] or 0)]}.{line[1].removesuffix('_type')}"
    elif step.one and rest in (said := _said(step.one)):
        return f"{step.one.place}.{said[rest]}{text[found.end() :]}"
    return ".".join(part for part in (step.place, rest) if part) + text[found.end() :]
