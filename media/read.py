"""Looks at one local file by its content and tells the truth about it.

Parsers of foreign files can crash or hang: a server asks through `media/probe.py`, which runs this elsewhere.

To add a reader: write `read_with_x(path, ffprobe)`, import its library inside it (a reader whose library is missing
is passed over), list the library's exceptions by name, answer None for what it does not understand, and add it to
`READERS`. A parser of containers only fills `_Streams`; names and rotation are settled in one place for all.
"""

import json
import logging
import shutil
import struct
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from engine.facts import MediaFacts
from media.first_bytes import describe, is_text

log = logging.getLogger(__name__)

Reader = Callable[[Path, str], MediaFacts | None]
"""Looks at a file, maybe with the ffprobe at that path; None when it does not understand the file."""

_HEAD_BYTES = 4096
_EXIF_ORIENTATION = 0x0112
_FFPROBE_SECONDS = 60.0
# Enough to come past one group of pictures to a frame that can be decoded.
_PACKETS_TO_FIRST_FRAME = 300

PICTURES = {
    "JPEG": ".jpg",
    "MPO": ".jpg",  # a JPEG with further pictures behind it, as phones make
    "PNG": ".png",
    "GIF": ".gif",
    "WEBP": ".webp",
    "BMP": ".bmp",
    "TIFF": ".tiff",
    "AVIF": ".avif",
}

# What Pillow was seen to raise on damaged pictures.
PILLOW_ERRORS = (OSError, EOFError, ValueError, SyntaxError, IndexError, TypeError, RuntimeError, struct.error)

_STILL_BRANDS = {
    b"heic": ".heic",
    b"heix": ".heic",
    b"heim": ".heic",
    b"heis": ".heic",
    b"mif1": ".heic",
    b"avif": ".avif",
}

# FFmpeg's name of each container: the file name ending with pictures, and for sound alone. Nothing else is opened, so
# that a playlist or a script named like a video cannot make FFmpeg fetch or read what it points to.
_ENDINGS = {
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
_BRANDS = {b"qt": ".mov", b"3g": ".3gp"}  # by the first two letters; others are MP4
_FFMPEG_OPTIONS = {"protocol_whitelist": "file", "format_whitelist": ",".join(_ENDINGS)}

# These have no length of their own: FFmpeg guesses it from the first frames' bit rate.
_WITHOUT_LENGTH = {"mp3", "aac", "ac3", "amr"}

_MEDIAINFO_CONTAINERS = {
    "MPEG-4": "mov",
    "QuickTime": "mov",
    "Matroska": "matroska",
    "WebM": "matroska",
    "AVI": "avi",
    "Flash Video": "flv",
    "MPEG-TS": "mpegts",
    "BDAV": "mpegts",
    "MPEG-PS": "mpeg",
    "Windows Media": "asf",
    "MXF": "mxf",
    "Ogg": "ogg",
    "MPEG Audio": "mp3",
    "Wave": "wav",
    "FLAC": "flac",
    "ADTS": "aac",
    "AC-3": "ac3",
    "AIFF": "aiff",
    "CAF": "caf",
    "AMR": "amr",
}


class UnreadableMediaError(Exception):
    """The file is not a medium that can be used; the message says why, for the person who sent it."""


@dataclass(frozen=True, slots=True)
class _Streams:
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


def read_facts(path: Path, ffprobe: str = "") -> MediaFacts:
    """Tell what the file at `path` holds.

    `ffprobe` is the path of an ffprobe for what PyAV cannot read; empty: one on PATH, if any.

    Raises:
        UnreadableMediaError: the file is no picture, video or sound, or is too damaged to be used.
    """
    head = _head(path)
    if not head or is_text(head):
        raise UnreadableMediaError(describe(head))
    for reader in READERS:
        facts = _tried(reader, path, ffprobe)
        if facts:
            return facts
    raise UnreadableMediaError(describe(head))


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_HEAD_BYTES)
    except OSError as error:
        raise UnreadableMediaError(f"the file cannot be opened: {error.strerror or error}") from None


def _tried(reader: Reader, path: Path, ffprobe: str) -> MediaFacts | None:
    try:
        return reader(path, ffprobe)
    except ImportError as error:
        log.debug("%s is passed over: %s", reader.__name__, error)
        return None


# Pictures


def read_picture(path: Path, ffprobe: str = "") -> MediaFacts | None:
    """Read a still picture or an animated GIF or WebP, with Pillow."""
    from PIL import Image, UnidentifiedImageError

    try:
        with open_with_pillow(path) as image:
            return _picture_facts(image)
    except Image.DecompressionBombError:
        raise UnreadableMediaError("the picture has too many pixels to be opened safely") from None
    except (UnidentifiedImageError, *PILLOW_ERRORS) as error:
        log.debug("Pillow on %s: %s", path, error)
        return None


def open_with_pillow(path: Path) -> Any:
    """Open a picture of a known format; nothing else, for Pillow would hand an EPS to Ghostscript."""
    from PIL import Image

    Image.init()
    return Image.open(path, formats=[name for name in PICTURES if name in Image.OPEN])


def _picture_facts(image: Any) -> MediaFacts | None:
    width, height = _shown_size(image)
    extension = PICTURES[image.format]
    if image.format not in ("GIF", "WEBP") or not image.is_animated:
        return MediaFacts("photo", extension, 0, width, height)
    played = _played(image)
    return MediaFacts("gif", extension, played, width, height) if played else None


def _shown_size(image: Any) -> tuple[int, int]:
    """The size with the EXIF orientation applied; a broken EXIF block is no reason to refuse a picture."""
    from PIL import Image

    width, height = image.size
    turned = False
    with suppress(*PILLOW_ERRORS):
        # Not PNG's own method, which would decode the whole picture to look behind it.
        turned = Image.Image.getexif(image).get(_EXIF_ORIENTATION) in (5, 6, 7, 8)
    # Pillow has turned the size of a TIFF itself.
    return (height, width) if turned and image.format != "TIFF" else (width, height)


def _played(image: Any) -> int:
    """How long an animation plays once, in microseconds, as far as its frames can be read."""
    total = 0.0
    for index in range(image.n_frames):
        try:
            image.seek(index)
            image.load()  # Pillow knows the time of a WebP frame only then
        except PILLOW_ERRORS:
            break
        shown = image.info.get("duration", 0)
        # A frame of under 20 ms is shown for 100 ms: FFmpeg and the browsers agree on that.
        total += shown if shown >= 20 else 100
    return round(total * 1000)


def read_still_of_boxes(path: Path, ffprobe: str = "") -> MediaFacts | None:
    """Read the size of a HEIC photo, or of an AVIF that Pillow does not know: FFmpeg would see them as videos."""
    end = path.stat().st_size
    with path.open("rb") as file:
        brand = _brand(file, end)
        if brand not in _STILL_BRANDS:
            return None
        properties = _still_properties(file, end)
    sizes = [struct.unpack(">4xII", content) for name, content in properties if name == b"ispe" and len(content) == 12]
    if not sizes:
        raise UnreadableMediaError(describe(b"    ftyp" + brand))
    # The largest is the photo; the others are its tiles and previews, turned as it is.
    width, height = max(sizes, key=lambda size: size[0] * size[1])
    turned = any(content[:1] in (b"\x01", b"\x03") for name, content in properties if name == b"irot")
    return MediaFacts("photo", _STILL_BRANDS[brand], 0, *((height, width) if turned else (width, height)))


def _still_properties(file: BinaryIO, end: int) -> list[tuple[bytes, bytes]]:
    """Name and content of each property of the pictures in the file."""
    start = 0
    for wanted, header in ((b"meta", 12), (b"iprp", 8), (b"ipco", 8)):
        found = next(((at, size) for name, at, size in _boxes(file, start, end) if name == wanted), None)
        if found is None:
            return []
        start, end = found[0] + header, min(sum(found), end)
    return [(name, _bytes_at(file, at + 8, min(size - 8, 12))) for name, at, size in _boxes(file, start, end)]


# Boxes of MP4, MOV and HEIC files


def _boxes(file: BinaryIO, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Name, place and stated size, in bytes, of each box between two places of the file."""
    while start + 8 <= end:
        size, name = struct.unpack(">I4s", _bytes_at(file, start, 8))
        if size == 1 and start + 16 <= end:
            (size,) = struct.unpack(">Q", _bytes_at(file, start + 8, 8))
        size = size or end - start  # 0 is "to the end"
        if size < 8:
            return
        yield name, start, size
        start += size


def _bytes_at(file: BinaryIO, place: int, count: int) -> bytes:
    file.seek(place)
    return file.read(count)


def _brand(file: BinaryIO, end: int) -> bytes:
    """The major brand; MOV files of before 2004 have none."""
    place = next((at for name, at, _ in islice(_boxes(file, 0, end), 4) if name == b"ftyp"), None)
    return b"qt  " if place is None else _bytes_at(file, place + 8, 4)


def _states_its_length(path: Path) -> bool:
    """Whether the header of an MP4 or MOV can be believed: not when it comes in fragments or is cut short."""
    total = path.stat().st_size
    with path.open("rb") as file:
        return all(name != b"moof" and at + size <= total for name, at, size in _boxes(file, 0, total))


def _may_be_turned(container: str, path: Path) -> bool:
    """Whether pictures may be shown turned; an MP4 or MOV says so in its `tkhd` (ISO/IEC 14496-12, 8.3.2)."""
    if container != "mov":
        return True  # its frames say so, or do not
    total = path.stat().st_size
    with path.open("rb") as file:
        headers = list(_inside(file, [b"moov", b"trak", b"tkhd"], 0, total))
        return not headers or any(_turns(_bytes_at(file, at, 96)) for at in headers)


def _inside(file: BinaryIO, names: list[bytes], start: int, end: int) -> Iterator[int]:
    """Place of each box of the last of the names, which lies in one of those before it."""
    for name, at, size in _boxes(file, start, end):
        if name == names[0]:
            yield from _inside(file, names[1:], at + 8, min(at + size, end)) if names[1:] else (at,)


def _turns(header: bytes) -> bool:
    """Whether the matrix of a `tkhd` does more than scale."""
    place = 60 if header[8:9] == b"\x01" else 48  # with times of 64 or of 32 bits
    if len(header) < place + 20:
        return True
    across, askew, _, athwart, down = struct.unpack_from(">5i", header, place)
    return across <= 0 or down <= 0 or bool(askew or athwart)


# Containers of video and sound


def read_with_pyav(path: Path, ffprobe: str = "") -> MediaFacts | None:
    """Read a video or a sound with the FFmpeg inside PyAV."""
    import av

    try:
        streams = _pyav_streams(av, path)
    except (av.error.FFmpegError, OSError, ValueError, struct.error) as error:
        log.debug("PyAV on %s: %s", path, error)
        return None
    return _facts(streams, path) if streams else None


def open_with_pyav(av: Any, path: Path) -> Any:
    """Open a video or a sound of a known format, and nothing that it points to."""
    # Not as `options`, which are for the streams too: PyAV 16 and 17 crash of them on an FLV.
    how = {"file": str(path.absolute()), "container_options": dict(_FFMPEG_OPTIONS)}
    try:
        return av.open(**how)
    except UnicodeDecodeError:
        # A title in GBK, say. PyAV from 19 on takes it as it is and has no such option any more.
        return av.open(**how, metadata_errors="replace")


def _pyav_streams(av: Any, path: Path) -> _Streams | None:
    with open_with_pyav(av, path) as container:
        video = next((stream for stream in container.streams.video if _moves(av, stream)), None)
        sound = next((stream for stream in container.streams.audio if _pyav_codec(stream, "sample_rate")), None)
        main = video or sound
        if main is None:
            return None
        name = container.format.name.split(",")[0]
        duration = 0 if _is_guessed(name, path) else _stated_length(container, main)
        return _Streams(
            container=name,
            duration=duration or _counted_length(av, path, main.index),
            width=_pyav_codec(video, "width"),
            height=_pyav_codec(video, "height"),
            rotation=_first_rotation(av, container, video) if video and _may_be_turned(name, path) else 0,
            sound=sound.codec_context.name if sound else "",
        )


def _moves(av: Any, stream: Any) -> bool:
    """Whether a stream of pictures is more than the cover of a song."""
    return not stream.disposition & av.stream.Disposition.attached_pic and _pyav_codec(stream, "width") > 0


def _pyav_codec(stream: Any, attribute: str) -> int:
    """A number of the stream's codec; 0 when there is no such stream, or no codec for it."""
    return int(getattr(getattr(stream, "codec_context", None), attribute, 0) or 0)


def _is_guessed(container: str, path: Path) -> bool:
    return container in _WITHOUT_LENGTH or (container == "mov" and not _states_its_length(path))


def _stated_length(container: Any, stream: Any) -> int:
    if stream.duration:
        return _microseconds(stream.duration, stream)
    return _clock(stream.metadata.get("DURATION", "")) or int(container.duration or 0)


def _microseconds(ticks: Fraction | int, stream: Any) -> int:
    return round(ticks * Fraction(stream.time_base) * 1_000_000)


def _clock(text: str) -> int:
    """Microseconds of "00:00:02.040000000", as MKV and WebM files tag each stream; 0 for anything else."""
    try:
        hours, minutes, seconds = (Fraction(part) for part in text.split(":"))
    except ValueError:
        return 0
    return round((hours * 3600 + minutes * 60 + seconds) * 1_000_000)


def _counted_length(av: Any, path: Path, index: int) -> int:
    """Microseconds from the first to the last packet of a stream, all of them read."""
    with open_with_pyav(av, path) as container:
        stream = container.streams[index]
        frame = _frame_ticks(stream)
        first, last = None, Fraction(0)
        for packet in _packets(av, container, stream):
            if packet.pts is not None:
                first = packet.pts if first is None else min(first, packet.pts)
                last = max(last, packet.pts + (packet.duration or frame))
        return 0 if first is None else _microseconds(last - first, stream)


def _frame_ticks(stream: Any) -> Fraction:
    """How long one frame is shown when its packet does not say."""
    rate = getattr(stream, "average_rate", None) or 25
    return 1 / (Fraction(rate) * Fraction(stream.time_base))


def _packets(av: Any, container: Any, stream: Any) -> Iterator[Any]:
    """The packets up to the end of the file, or to where it is damaged."""
    with suppress(av.error.FFmpegError):
        yield from container.demux(stream)


def _first_rotation(av: Any, container: Any, stream: Any) -> float:
    """The rotation of the first picture: PyAV tells it of frames only."""
    for packet in islice(_packets(av, container, stream), _PACKETS_TO_FIRST_FRAME):
        try:
            frames = packet.decode()
        except av.error.FFmpegError:
            continue
        if frames:
            return float(frames[0].rotation)
    return 0


def read_with_ffprobe(path: Path, ffprobe: str = "") -> MediaFacts | None:
    """Read a video or a sound with an ffprobe program, if there is one."""
    program = ffprobe or shutil.which("ffprobe")
    if not program:
        return None
    options = [part for name, value in _FFMPEG_OPTIONS.items() for part in (f"-{name}", value)]
    asked = ["-v", "error", *options, "-of", "json", "-show_format", "-show_streams", f"file:{path.absolute()}"]
    try:
        done = subprocess.run(
            [program, *asked], stdin=subprocess.DEVNULL, capture_output=True, timeout=_FFPROBE_SECONDS, check=True
        )
        report = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        log.debug("ffprobe on %s: %s", path, error)
        return None
    streams = _ffprobe_streams(report)
    return _facts(streams, path) if streams else None


def _ffprobe_streams(report: Mapping[str, Any]) -> _Streams | None:
    kinds: dict[str, Any] = {}
    for stream in report.get("streams", []):
        if not stream.get("disposition", {}).get("attached_pic"):
            kinds.setdefault(stream.get("codec_type"), stream)
    video, sound, whole = kinds.get("video", {}), kinds.get("audio", {}), report.get("format", {})
    main = video or sound
    seconds = _number(main.get("duration")) or _clock(main.get("tags", {}).get("DURATION", "")) / 1_000_000
    return _Streams(
        container=str(whole.get("format_name", "")).split(",")[0],
        duration=round((seconds or _number(whole.get("duration"))) * 1_000_000),
        width=int(_number(video.get("width"))),
        height=int(_number(video.get("height"))),
        rotation=sum(_number(item.get("rotation")) for item in video.get("side_data_list", [])),
        sound=str(sound.get("codec_name", "")) if _number(sound.get("sample_rate")) else "",
    )


def read_with_mediainfo(path: Path, ffprobe: str = "") -> MediaFacts | None:
    """Read a video or a sound with MediaInfo."""
    from pymediainfo import MediaInfo

    try:
        # Given the open file and not its name, it cannot go and look at neighbouring files.
        with path.open("rb") as file:
            report = MediaInfo.parse(file)
    except (OSError, RuntimeError, ValueError, SyntaxError) as error:
        log.debug("MediaInfo on %s: %s", path, error)
        return None
    streams = _mediainfo_streams(report)
    return _facts(streams, path) if streams else None


def _mediainfo_streams(report: Any) -> _Streams | None:
    whole, video, sound = (
        next(iter(tracks), None) for tracks in (report.general_tracks, report.video_tracks, report.audio_tracks)
    )
    main = video or sound
    if main is None or whole is None:
        return None
    return _Streams(
        container=_MEDIAINFO_CONTAINERS.get(str(whole.format), ""),
        duration=round((_number(main.duration) or _number(whole.duration)) * 1000),
        width=int(_number(video.width)) if video else 0,
        height=int(_number(video.height)) if video else 0,
        rotation=_number(video.rotation) if video else 0,
        sound=str(sound.format).lower() if sound and _number(sound.sampling_rate) else "",
    )


def _number(value: Any) -> float:
    """A number that a parser wrote in whatever way; 0 for none, or for "N/A"."""
    try:
        return float(value or 0)
    except ValueError:
        return 0


def _facts(streams: _Streams, path: Path) -> MediaFacts | None:
    """The facts, when there is something in the file that can be seen or heard for a while."""
    width, height = streams.width, streams.height
    if streams.container not in _ENDINGS or streams.duration <= 0 or not ((width and height) or streams.sound):
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


def _extension(streams: _Streams, path: Path) -> str:
    usual = _ENDINGS[streams.container][0 if streams.width else 1]
    if streams.container == "mov":
        with path.open("rb") as file:
            return _BRANDS.get(_brand(file, path.stat().st_size)[:2], usual)
    if streams.container == "matroska":
        return ".webm" if b"webm" in _head(path)[:64] else usual
    return ".opus" if usual == ".ogg" and streams.sound == "opus" else usual


READERS: tuple[Reader, ...] = (
    read_picture,
    read_still_of_boxes,
    read_with_pyav,
    read_with_ffprobe,
    read_with_mediainfo,
)
"""In the order in which they are tried: the first to understand a file is believed."""
