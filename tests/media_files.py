"""Makes small media for tests, by encoding them: no binary file is kept in the tree."""

from pathlib import Path

import av

_SOUND_RATE = 44100
_SOUND_CODECS = {".mp3": "libmp3lame", ".wav": "pcm_s16le", ".m4a": "aac", ".aac": "aac", ".flac": "flac"}
_VIDEO_CODECS = {".webm": ("libvpx", "libopus"), ".mkv": ("libx264", "aac")}
# The first four numbers of an MP4 display matrix (16.16 fixed point), by degrees clockwise.
_MATRICES = {0: (1, 0, 0, 1), 90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}


def make_video(
    path: Path,
    seconds: float = 2.0,
    size: tuple[int, int] = (320, 240),
    fps: int = 25,
    audio: bool = True,
    rotation: int = 0,
    options: dict[str, str] | None = None,
) -> Path:
    """Write a video in the format that the suffix names; `rotation` (MP4 and MOV) is in degrees clockwise.

    `size` is that of the stored pictures, before rotation. `options` go to the muxer (`movflags`...).
    """
    picture_codec, sound_codec = _VIDEO_CODECS.get(path.suffix, ("libx264", "aac"))
    with av.open(str(path), "w", options=options or {}) as container:
        pictures = container.add_stream(picture_codec, rate=fps)
        pictures.width, pictures.height = size
        pictures.pix_fmt = "yuv420p"
        pictures.options = {"preset": "ultrafast"} if picture_codec == "libx264" else {"deadline": "realtime"}
        sound = container.add_stream(sound_codec, rate=48000 if sound_codec == "libopus" else _SOUND_RATE)
        if not audio:
            raise NotImplementedError
        _encode_pictures(container, pictures, round(seconds * fps), size)
        _encode_tone(container, sound, seconds)
    return path
