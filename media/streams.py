"""What parsers of containers find, and what it says of a video or a sound."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from engine.facts import MediaFacts
from media.boxes import brand
from media.first_bytes import head_of

# FFmpeg's name of each container: the file name ending with pictures, and for sound alone. Nothing else is opened, so
# that a playlist or a script named like a video cannot make FFmpeg fetch or read what it points to.
ENDINGS = {
    "mov": (".mp4", ".m4a"),
    "matroska": (".mkv", ".mka"),
    "avi": (".avi", ".avi"),
    "flv": (".flv", ".flv"),
    "mpegts": (".ts", ".ts"),
    "mpeg": (".mpg", ".mpg"),
    "asf": (".wmv", ".wma"),
    "mxf": (".mxf", ".mxf"),
    "ogg": (".ogv", ".ogg"),
    "mp3": (".mp3", ".mp3"),
    "wav": (".wav", ".wav"),
    "w64": (".w64", ".w64"),
    "flac": (".flac", ".flac"),
    "aac": (".aac", ".aac"),
    "ac3": (".ac3", ".ac3"),
    "aiff": (".aiff", ".aiff"),
    "caf": (".caf", ".caf"),
    "amr": (".amr", ".amr"),
}

FFMPEG_OPTIONS = {"protocol_whitelist": "file", "format_whitelist": ",".join(ENDINGS)}

_BRANDS = {b"qt": ".mov", b"3g": ".3gp"}  # by the first two letters; others are MP4


@dataclass(frozen=True, slots=True)
class Streams:
    """What a parser of containers found."""

    container: str
    """FFmpeg's first name of the format."""
    duration: int
    """Length of the pictures, else of the sound, in whole microseconds."""
    width: int = 0
    """Stored width in pixels, before rotation; 0 for sound alone."""
    height: int = 0
    rotation: float = 0
    """How far the pictures are turned to be shown, in degrees, in either direction."""
    sound: str = ""
    """Codec of the first sound, in lower case; empty when there is none."""


def facts_of(streams: Streams, path: Path) -> MediaFacts | None:
    """The facts, when there is something in the file that can be seen or heard for a while."""
    width, height = streams.width, streams.height
    if streams.container not in ENDINGS or streams.duration <= 0 or not ((width and height) or streams.sound):
        return None
    if round(streams.rotation) % 180 == 90:
        width, height = height, width
    return MediaFacts(
        "video" if width else "audio",
        _extension(streams, path),
        streams.duration,
        width,
        height,
        bool(streams.sound),
    )


def _extension(streams: Streams, path: Path) -> str:
    usual = ENDINGS[streams.container][0 if streams.width else 1]
    if streams.container == "mov":
        with path.open("rb") as file:
            return _BRANDS.get(brand(file, path.stat().st_size)[:2], usual)
    if streams.container == "matroska":
        return ".webm" if b"webm" in head_of(path)[:64] else usual
    return ".opus" if usual == ".ogg" and streams.sound == "opus" else usual


def number(value: Any) -> float:
    """A number that a parser wrote in whatever way; 0 for none, or for "N/A"."""
    try:
        return float(value or 0)
    except ValueError:
        return 0


def clock(text: str) -> int:
    """Microseconds of "00:00:02.040000000", as MKV and WebM files tag each stream; 0 for anything else."""
    try:
        hours, minutes, seconds = (Fraction(part) for part in text.split(":"))
    except ValueError:
        return 0
    return round((hours * 3600 + minutes * 60 + seconds) * 1_000_000)
