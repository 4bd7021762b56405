"""export_subtitles: the texts of a draft as a subtitle file."""

from pydantic import Field

from engine.catalog import find_resource
from engine.export import FONTS_OF_DEFAULTS, OTHER_APP
from engine.imported import ImportedSegment
from engine.imported_edits import as_texts
from engine.script_file import Script_file
from engine.segments import Segment, TextSegment
from engine.tracks import Track
from errors import InvalidRequestError, NotFoundError
from fields.answers import Answer, Attachment
from fields.requests import Request
from fields.words import Identifier, KnownTrack
from media.subtitle_files import Canvas, SubtitleFormat, write_subtitles
from services import Services


class ExportSubtitles(Request):
    """Get the texts of a draft as subtitles: SRT, WebVTT, or ASS with fonts, sizes, colours and places."""

    example = {"draft_id": "first", "format": "vtt"}

    draft_id: Identifier = Field(description="The draft.")
    format: SubtitleFormat = Field(
        "srt", description="srt and vtt carry what is said and when; ass also how it looks and where it stands."
    )
    track_name: KnownTrack | None = Field(
        None, description="The text track; left out: all that are shown, merged in order of time."
    )


class ExportedSubtitles(Answer):
    """A subtitle file."""

    media_types = ("application/x-subrip", "text/vtt", "text/x-ssa")

    draft_id: str = Field(description="The draft.")
    format: SubtitleFormat = Field(description="Its format.")
    cues: int = Field(description="How many texts are in it.")
    track_names: list[str] = Field(description="The tracks they are from, back to front.")
    content: str = Field(description="The file.")

    def attachment(self) -> Attachment:
        """The file, as UTF-8."""
        media_type = dict(zip(("srt", "vtt", "ass"), self.media_types, strict=True))[self.format]
        return Attachment(f"{self.draft_id}.{self.format}", self.content.encode(), media_type)


def export_subtitles(req: ExportSubtitles, services: Services) -> ExportedSubtitles:
    """Write the texts in order of time; of those that begin together what is further back comes first.

    Raises:
        DraftNotFoundError: there is no such draft.
        TrackNotFoundError: it has no such track.
        NotFoundError: it has no texts.
    """
    script = services.drafts.snapshot(req.draft_id)
    tracks, warnings = _tracks(req, script)
    placed = [(track, text) for track in tracks for segment in track.segments for text in _said(segment)]
    texts = sorted((text for _, text in placed if text.text.strip()), key=lambda text: text.start)
    if not texts:
        where = f"track {req.track_name!r}" if req.track_name else f"draft {req.draft_id!r}"
        raise NotFoundError(f"{where} has no texts to export; add_text and add_subtitle make some")
    if len(texts) < len(placed):
        warnings.append(f"texts of nothing but spaces are left out: {len(placed) - len(texts)}")
    canvas = Canvas(script.width, script.height, lambda name: _family(script, name))
    return ExportedSubtitles(
        draft_id=script.draft_id,
        format=req.format,
        cues=len(texts),
        track_names=list(dict.fromkeys(track.name for track, _ in placed)),
        content=write_subtitles(texts, req.format, canvas),
        warnings=warnings,
    )


def _said(segment: Segment) -> list[TextSegment]:
    """What a segment says."""
    if isinstance(segment, ImportedSegment):
        return as_texts(segment)
    return [segment] if isinstance(segment, TextSegment) else []


def _tracks(req: ExportSubtitles, script: Script_file) -> tuple[list[Track], list[str]]:
    """The text tracks to export, and warnings on those that are not."""
    if req.track_name:
        track = script.get_track(req.track_name)
        if track.type != "text":
            raise InvalidRequestError.about("track_name", f"track {track.name!r} has no texts: it is for {track.type}")
        return [track], []
    texts = [track for track in script.layers() if track.type == "text"]
    shown = [track for track in texts if not track.hidden]
    hidden = ", ".join(repr(track.name) for track in texts if track.hidden)
    return shown, [f"hidden tracks are left out: {hidden}; name one in track_name to export it"] if hidden else []


def _family(script: Script_file, name: str | None) -> str | None:
    """The title of a font that either app has; None for those that stand for the app's own."""
    resource = find_resource(script.app, "font", name) if name else None
    if not resource and name and name not in FONTS_OF_DEFAULTS:
        resource = find_resource(OTHER_APP[script.app], "font", name)
    return resource.title if resource else None
