"""Short ways to make segments and drafts for engine tests; times in seconds."""

from engine.facts import MediaFacts
from engine.script_file import Script_file
from engine.segments import AudioSegment, Media, Segment, StickerSegment, TextSegment, TextStyle, VideoSegment
from engine.time import microseconds

PLAIN = TextStyle(size=8, colour=(1.0, 0.0, 0.0), alpha=1.0, font=None)


def new_script(target: str = "capcut", fps: float = 30, width: int = 1080, height: int = 1920) -> Script_file:
    script = Script_file("d1", width, height, fps, target=target)
    script.begin(1)
    return script


def put(
    script: Script_file, track: str, kind: type[Segment], start: float, end: float | None = None, **fields
) -> Segment:
    """Place one segment as its own operation; without `end` it is open."""
    script.begin(script.version + 1)
    first = microseconds(start)
    begin, duration = script.grid.span(first, microseconds(end) if end is not None else first)
    made = kind(
        id=script.new_id(),
        added=script.version,
        start=begin,
        duration=None if end is None else duration,
        **fields,
    )
    script.place(track, made)
    return made


def video(
    script: Script_file, start: float, end: float | None = None, url: str = "v", track: str = "video_main", **fields
):
    return put(script, track, VideoSegment, start, end, media=Media(url, "video"), **fields)


def photo(script: Script_file, start: float, end: float, url: str = "p", track: str = "image_main", **fields):
    return put(script, track, VideoSegment, start, end, media=Media(url, "photo"), **fields)


def audio(script: Script_file, start: float, end: float | None = None, url: str = "a", **fields):
    return put(script, "audio_main", AudioSegment, start, end, media=Media(url, "audio"), **fields)


def text(script: Script_file, start: float, end: float, said: str = "hi", track: str = "text_main", **fields):
    return put(script, track, TextSegment, start, end, **{"text": said, "style": PLAIN, **fields})


def sticker(script: Script_file, start: float, end: float, track: str = "sticker_main", **fields):
    return put(script, track, StickerSegment, start, end, **{"resource_id": "7245680678875008261", **fields})


def video_facts(seconds: float, has_audio: bool = True) -> MediaFacts:
    return MediaFacts("video", ".mp4", microseconds(seconds), 640, 360, has_audio)


def audio_facts(seconds: float) -> MediaFacts:
    return MediaFacts("audio", ".mp3", microseconds(seconds), has_audio=True)


PHOTO_FACTS = MediaFacts("photo", ".png", 0, 800, 600)
