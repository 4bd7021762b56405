"""Makes small media for tests, by encoding them: no binary file is kept in the tree."""

import io
import math
import struct
from array import array
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from PIL import Image

_RATE = 44100
_CHUNK = 1024
_SOUND_CODECS = {
    ".mp3": "libmp3lame",
    ".wav": "pcm_s16le",
    ".m4a": "aac",
    ".aac": "aac",
    ".flac": "flac",
    ".opus": "libopus",
}
_VIDEO_CODECS = {".webm": ("libvpx", "libopus")}
# The first two columns of an MP4 display matrix, by degrees clockwise.
_MATRICES = {90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}


def make_video(
    path: Path,
    seconds: float = 2.0,
    size: tuple[int, int] = (320, 240),
    fps: int = 25,
    audio: bool = True,
    rotation: int = 0,
    left_out: Callable[[int], bool] = lambda number: False,
    **muxer: str,
) -> Path:
    """Write a video in the format that the suffix names, and answer its path.

    `size` is that of the stored pictures; `rotation` (MP4 and MOV only) is how far a player turns them, in degrees
    clockwise. Frames whose number is `left_out` are not there: the one before is shown longer, as phones record in the
    dark. `muxer` are FFmpeg's options of the format, as `movflags="empty_moov"`.
    """
    picture_codec, sound_codec = _VIDEO_CODECS.get(path.suffix, ("libx264", "aac"))
    with av.open(str(path), "w", options=muxer) as container:
        pictures = container.add_stream(picture_codec, rate=fps)
        pictures.width, pictures.height, pictures.pix_fmt = *size, "yuv420p"
        pictures.options = {"preset": "ultrafast", "deadline": "realtime", "cpu-used": "8", "threads": "1"}
        sound = _add_sound(container, sound_codec) if audio else None
        frames = (frame for frame in _pictures(size, round(seconds * fps), fps) if not left_out(frame.pts))
        for packet in _encoded(pictures, frames):
            container.mux(packet)
        if sound:
            for packet in _encoded(sound, _tone(sound, seconds)):
                container.mux(packet)
    if rotation:
        _turn(path, rotation)
    return path


def make_audio(path: Path, seconds: float = 2.0, cover: bool = False, bit_rate: int = 64_000, **muxer: str) -> Path:
    """Write a tone as mp3, wav, m4a, aac, flac or opus, by the suffix; `cover` (mp3 only) adds a picture as songs have.

    `bit_rate` is in bits per second. `muxer` are FFmpeg's options of the format, as `write_xing="0"`.
    """
    with av.open(str(path), "w", options=muxer) as container:
        sound = _add_sound(container, _SOUND_CODECS[path.suffix])
        sound.bit_rate = bit_rate
        for packet in _encoded(sound, _tone(sound, seconds)):
            container.mux(packet)
    if cover:
        path.write_bytes(_cover_tag() + path.read_bytes())
    return path


def make_photo(path: Path, size: tuple[int, int] = (640, 480), exif_orientation: int | None = None) -> Path:
    """Write a picture in the format that the suffix names; `size` is as stored, before the EXIF orientation."""
    exif = Image.Exif()
    if exif_orientation is not None:
        exif[0x0112] = exif_orientation
    Image.linear_gradient("L").resize(size).convert("RGB").save(path, exif=exif)
    return path


def make_gif(path: Path, frames: int = 4, frame_ms: int = 100, size: tuple[int, int] = (64, 48)) -> Path:
    """Write an animation, as GIF or WebP by the suffix."""
    first, *others = (Image.new("RGB", size, (40 * index % 256, 90, 160)) for index in range(frames))
    first.save(path, save_all=True, append_images=others, duration=frame_ms, loop=0)
    return path


def _pictures(size: tuple[int, int], count: int, fps: int) -> Iterator[Any]:
    for index in range(count):
        frame = av.VideoFrame.from_image(Image.new("RGB", size, (index * 5 % 256, 80, 120)))
        frame.pts, frame.time_base = index, Fraction(1, fps)
        yield frame


def _add_sound(container: Any, codec: str) -> Any:
    sound = container.add_stream(codec, rate=48000 if codec == "libopus" else _RATE)
    sound.layout = "mono"
    return sound


def _tone(sound: Any, seconds: float) -> Iterator[Any]:
    rate = sound.codec_context.sample_rate
    wave = array("h", (round(8000 * math.sin(index * 0.06)) for index in range(round(seconds * rate))))
    for start in range(0, len(wave), _CHUNK):
        part = wave[start : start + _CHUNK]
        frame = av.AudioFrame(format="s16", layout="mono", samples=len(part))
        frame.planes[0].update(part.tobytes().ljust(frame.planes[0].buffer_size, b"\0"))
        frame.sample_rate, frame.pts, frame.time_base = rate, start, Fraction(1, rate)
        yield frame


def _encoded(stream: Any, frames: Iterator[Any]) -> Iterator[Any]:
    for frame in frames:
        yield from stream.encode(frame)
    yield from stream.encode(None)


def _turn(path: Path, rotation: int) -> None:
    """Write the display matrix into the header of the first track, which is the picture."""
    content = bytearray(path.read_bytes())
    a, b, c, d = (number << 16 for number in _MATRICES[rotation])
    matrix_at = content.index(b"tkhd") + 4 + 40
    content[matrix_at : matrix_at + 36] = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    path.write_bytes(content)


def _cover_tag() -> bytes:
    """An ID3v2.3 tag that holds one JPEG."""
    picture = io.BytesIO()
    Image.new("RGB", (200, 200), (200, 30, 60)).save(picture, "JPEG")
    content = b"\0image/jpeg\0\x03\0" + picture.getvalue()
    frame = b"APIC" + struct.pack(">IH", len(content), 0) + content
    size = bytes(len(frame) >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x03\0\0" + size + frame
