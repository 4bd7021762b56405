"""add_subtitle: put the cues of a subtitle file on the canvas, each as a text of its own.

What is logged is the cues and not where they came from: doing the edit again needs neither the network nor a parser,
whose next version may read a file otherwise. So `read_srt` puts them into the request before it is logged.

Cues are thousands: the look is checked and built once, and each text is a copy of it that says something else.
"""

import codecs
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

import orjson
from pydantic import AfterValidator, AliasChoices, Field, ValidationInfo, field_validator

from engine.script_file import Script_file
from engine.segments import Asked, TextSegment
from engine.time import LONGEST, FrameGrid, microseconds, seconds
from errors import InvalidRequestError
from fields.answers import DraftAnswer
from fields.groups import after_start, cramped, late_index
from fields.requests import InDraft, Request
from fields.text import AddText, Content, Size, TextLook
from fields.words import Colour, Font, Name, Number, OffsetY, RelativeIndex, Seconds, TrackName, at_most
from media.address import check_url
from media.subtitles import MOST_BYTES, UnreadableSubtitlesError, decode, is_address, read_subtitles
from services import Services

_MOST_CUES = 20_000
_MOST_AT_ONCE = 20
_SLIP = 10
"""A cue that reaches into the next by this part of a second, 1/10, does so by rounding."""
_MOST_NAMED = 5


def _known_encoding(name: str) -> str:
    try:
        codecs.lookup(name)
    except LookupError:
        raise ValueError("no such encoding; utf-8, utf-16, gb18030, big5, cp1252 and the like are known") from None
    return name


def _fetchable(srt: str) -> str:
    if is_address(srt):
        check_url(srt.strip())
    return srt


class SubtitleCue(Request):
    """What is said and when."""

    start: Seconds = Field(description="When it appears on the timeline, in seconds.")
    end: Seconds = Field(description="When it goes, in seconds; after start.")
    text: Content = Field(description="What it says.")

    _end_after_start = field_validator("end")(after_start)


class AddSubtitle(TextLook, InDraft):
    """Put subtitles on the canvas: the cues of an SRT, WebVTT, ASS or SSA file, each as a text of its own."""

    example = {
        "draft_id": "first",
        "srt": "1\n00:00:00,000 --> 00:00:02,000\nHello 世界\n\n2\n00:00:02,500 --> 00:00:04,000\nand goodbye 😀\n",
        "keywords": ["goodbye"],
    }

    srt: Annotated[str, Field(min_length=1, max_length=MOST_BYTES), AfterValidator(_fetchable)] | None = Field(
        None,
        validation_alias=AliasChoices("srt", "srt_url", "srt_path", "srt_content"),
        description="The subtitles themselves, or where they are: an http(s) URL, or a file under a media root.",
    )
    encoding: Annotated[Name, AfterValidator(_known_encoding)] | None = Field(
        None, description="Encoding of the file at that address; left out: found out among UTF-8, UTF-16 and GB18030."
    )
    cues: Annotated[tuple[SubtitleCue, ...], at_most(_MOST_CUES)] = Field((), description="The cues, instead of srt.")
    time_offset: Annotated[Number, Field(ge=-86_400, le=86_400, json_schema_extra={"x-unit": "s"})] = Field(
        0, description="How much later than they say the cues appear, in seconds; what would be before 0 is cut off."
    )
    on_overlap: Literal["track", "trim"] = Field(
        "track",
        description="Where cues overlap: the later one goes to another track, or the earlier one ends there. If either "
        "is given, or track_name is left out, cues for which that track has no room go to one of their own.",
    )
    track_name: TrackName = "subtitle"
    relative_index: RelativeIndex = 0
    transform_y: OffsetY = -0.8
    font: Font = Field("思源粗宋", description="Font by name; the default means the app's own font.")
    color: Colour = Field(
        "#FFFFFF", description="Colour like #FF8800.", validation_alias=AliasChoices("color", "font_color")
    )
    size: Size = Field(5.0, validation_alias=AliasChoices("size", "font_size"))
    auto_wrapping: bool = Field(
        True, description="Break lines longer than line_max_width, and let the app list the cues among its captions."
    )

    @field_validator("cues")
    @classmethod
    def _from_one_place(cls, cues: tuple[SubtitleCue, ...], info: ValidationInfo) -> tuple[SubtitleCue, ...]:
        if cues and info.data.get("srt"):
            raise ValueError("give srt or cues, not both")
        return cues

    def look_fields(self) -> dict[str, Any]:
        """The parameters of `add_text` that make one look so, but for those that are its defaults."""
        names = {name for name in TextLook.model_fields if getattr(self, name) != AddText.model_fields[name].default}
        return self.model_dump(mode="json", include=names, exclude_none=True)


class Subtitled(DraftAnswer):
    """The texts that the cues became."""

    segment_id: str = Field(description="The first of them in time.")
    track_name: str = Field(description="The track they are on.")
    track_names: list[str] = Field(description="That track, and those of cues which overlap others.")
    segment_ids: list[str] = Field(description="The texts, in order of time.")
    cues: int = Field(description="How many they are.")
    start: float = Field(description="Where the first begins on the timeline, in seconds, on a frame.")
    end: float = Field(description="Where the last ends, in seconds.")


def read_srt(req: AddSubtitle, services: Services) -> tuple[AddSubtitle, list[str]]:
    """Put the cues in the place of `srt`, which is fetched if it is an address; with warnings.

    Raises:
        InvalidRequestError: it holds no subtitles.
        MediaError: it cannot be fetched.
    """
    if req.srt is None:
        return req, []
    try:
        text = _fetched(req, services) if is_address(req.srt) else req.srt
        found = read_subtitles(text)
    except UnreadableSubtitlesError as error:
        raise InvalidRequestError.about("srt", str(error)) from None
    if len(found.cues) > _MOST_CUES:
        raise InvalidRequestError.about("srt", f"has {len(found.cues):,} cues; add at most {_MOST_CUES:,} at once")
    cues = [{"start": start / 1000, "end": end / 1000, "text": said} for start, end, said in found.cues]
    given = req.model_dump(exclude_unset=True, exclude={"srt", "encoding"})
    return _checked(given | {"cues": cues}), _few(found.warnings, "more like these")


def _checked(fields: dict[str, Any]) -> AddSubtitle:
    for number, cue in enumerate(fields["cues"], start=1):
        if cue["end"] > seconds(LONGEST):
            raise InvalidRequestError.about("srt", f"cue {number} ends after 24 hours")
        if len(cue["text"]) > 10_000:
            raise InvalidRequestError.about("srt", f"cue {number} is longer than 10,000 characters")
    return AddSubtitle.model_validate(fields)


def _fetched(req: AddSubtitle, services: Services) -> str:
    assert req.srt is not None
    return decode(services.fetch(req.srt.strip(), MOST_BYTES), req.encoding or "")


@dataclass(frozen=True, slots=True)
class _Timed:
    """A cue on the frame grid."""

    number: int
    first: int
    last: int
    """The frame after its last."""
    text: str


def add_subtitle(req: AddSubtitle, script: Script_file) -> Subtitled:
    """Place all cues, or none."""
    cues, warnings = _timed(req, script.grid)
    shortened = _shortened(cues, None if req.on_overlap == "trim" else round(script.rate / _SLIP))
    warnings += _told("reach into the next and are shortened to where it begins", cues, shortened)
    lanes = _lanes(shortened)
    names = _track_names(req.track_name, max(lanes) + 1, script.tracks)
    if _moves_aside(req, script, [cue for cue, lane in zip(shortened, lanes, strict=True) if not lane]):
        warnings.append(f"track {names[0]!r} has texts at those times; the cues are on a track of their own")
        names = _track_names(names[0], max(lanes) + 2, script.tracks)[1:]
    further = [cue for cue, lane in zip(shortened, lanes, strict=True) if lane]
    warnings += _told(f"overlap others and are on {', '.join(names[1:])}", further)
    index = req.relative_index if "relative_index" in req.model_fields_set else None
    doubts = req.fonts(script) + req.unfound([cue.text for cue in cues])
    placed = list(_texts(req, script, shortened))
    tight = [cue for cue, text in zip(shortened, placed, strict=True) if cramped(text, script)]
    warnings += _told("are too short for their animations, which will be shortened or left out", tight)
    warnings = late_index(script, names[0], index) + doubts + warnings
    with script.all_or_nothing():
        for segment, lane in zip(placed, lanes, strict=True):
            script.place(names[lane], segment, req.relative_index, "srt")
    return Subtitled(
        draft_id=script.draft_id,
        version=script.version,
        segment_id=placed[0].id,
        track_name=names[0],
        track_names=names,
        segment_ids=[segment.id for segment in placed],
        cues=len(placed),
        start=seconds(placed[0].start),
        end=seconds(max(segment.end or 0 for segment in placed)),
        warnings=warnings,
    )


def _timed(req: AddSubtitle, grid: FrameGrid) -> tuple[list[_Timed], list[str]]:
    """The cues in order of time, and warnings on those that begin before the timeline does."""
    offset, early = microseconds(req.time_offset), 0
    found = []
    for number, cue in enumerate(req.cues, start=1):
        start, end = microseconds(cue.start) + offset, microseconds(cue.end) + offset
        early += start < 0
        if end > LONGEST:
            raise InvalidRequestError.about("time_offset", f"cue {number} would end after 24 hours")
        if end > 0:
            first = grid.frame(max(start, 0))
            found.append(_Timed(number, first, max(grid.frame(end), first + 1), cue.text))
    if not found:
        field = "time_offset" if req.cues else "srt"
        raise InvalidRequestError.about(field, "no cue is left on the timeline" if req.cues else "give srt or cues")
    found.sort(key=lambda cue: cue.first)
    return found, [f"cues that would begin before 0, and are cut off there: {early}"] if early else []


def _shortened(cues: Sequence[_Timed], most: int | None) -> list[_Timed]:
    """The same, but none reaches by up to `most` frames, or with None at all, into one that begins after it."""
    done: list[_Timed] = []
    following = LONGEST
    begins = LONGEST
    for cue in reversed(cues):
        following = begins if begins > cue.first else following
        begins = cue.first
        over = cue.last - following
        done.append(replace(cue, last=following) if over > 0 and (most is None or over <= most) else cue)
    return done[::-1]


def _lanes(cues: Sequence[_Timed]) -> list[int]:
    """For each cue the first lane that is free when it begins.

    Raises:
        InvalidRequestError: too many overlap.
    """
    ends: list[int] = []
    lanes = []
    for cue in cues:
        lane = next((lane for lane, end in enumerate(ends) if end <= cue.first), len(ends))
        if lane == _MOST_AT_ONCE:
            raise InvalidRequestError.about("srt", f"cue {cue.number} overlaps {lane} others; that is too many")
        ends[lane : lane + 1] = [cue.last]
        lanes.append(lane)
    return lanes


def _moves_aside(req: AddSubtitle, script: Script_file, cues: Sequence[_Timed]) -> bool:
    """Whether the track has no room for these and they may go elsewhere: nobody said that they must be on it.

    All of them do then, and not just some: a second language stays together.
    """
    track, given = script.tracks.get(req.track_name), req.model_fields_set
    if track is None or track.type != TextSegment.track_type or ("track_name" in given and "on_overlap" not in given):
        return False
    times = ((script.grid.position(cue.first), script.grid.position(cue.last)) for cue in cues)
    return any(track.free_start(start, end - start) != start for start, end in times)


def _track_names(name: str, count: int, taken: Collection[str]) -> list[str]:
    """The track asked for, and new ones beside it."""
    names, number = [name], 2
    while len(names) < count:
        beside = f"{name[:90]}_{number}"
        names += [beside] if beside not in taken and beside != name else []
        number += 1
    return names


def _texts(req: AddSubtitle, script: Script_file, cues: Sequence[_Timed]) -> Iterator[TextSegment]:
    look, grid = req.look_fields(), script.grid
    pattern = AddText.model_validate({**look, "text": cues[0].text}).segment(script, "", script.version)
    ids = [script.new_id() for _ in cues]
    for segment_id, cue in zip(ids, cues, strict=True):
        start = grid.position(cue.first)
        yield replace(
            pattern,
            id=segment_id,
            captions=f"import_{int(ids[0], 16) % 10**13:013}",
            start=start,
            duration=grid.position(cue.last) - start,
            text=cue.text,
            runs=req.keyword_runs(cue.text),
            asked=Asked(AddText, orjson.dumps({**look, "text": cue.text})),
        )


def _told(what: str, cues: Sequence[_Timed], others: Sequence[_Timed] | None = None) -> list[str]:
    """A warning that names the cues, or those of them that are not the same in `others`."""
    concerned = cues if others is None else [cue for cue, now in zip(cues, others, strict=True) if cue != now]
    if not concerned:
        return []
    return [f"cues {', '.join(_few([str(cue.number) for cue in concerned], 'more'))} {what}"]


def _few(found: list[str], more: str) -> list[str]:
    left = len(found) - _MOST_NAMED
    return found if left <= 0 else [*found[:_MOST_NAMED], f"and {left} {more}"]
