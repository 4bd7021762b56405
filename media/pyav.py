"""Videos and sounds with the FFmpeg inside PyAV."""

import logging
import struct
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

from engine.facts import MediaFacts
from media.boxes import may_be_turned, states_its_length
from media.streams import FFMPEG_OPTIONS, Streams, clock, facts_of

log = logging.getLogger(__name__)

# Enough to come past one group of pictures to a frame that can be decoded.
_PACKETS_TO_FIRST_FRAME = 300

# These have no length of their own: FFmpeg guesses it from the first frames' bit rate.
_WITHOUT_LENGTH = {"mp3", "aac", "ac3", "amr"}


def read_with_pyav(path: Path, ffprobe: str = "") -> MediaFacts | None:
    """Read a video or a sound with the FFmpeg inside PyAV."""
    import av

    try:
        streams = _streams(av, path)
    except (av.error.FFmpegError, OSError, ValueError, struct.error) as error:
        log.debug("PyAV on %s: %s", path, error)
        return None
    return facts_of(streams, path) if streams else None


def open_with_pyav(av: Any, path: Path) -> Any:
    """Open a video or a sound of a known format, and nothing that it points to."""
    # Not as `options`, which are for the streams too: PyAV 16 and 17 crash of them on an FLV.
    how = {"file": str(path.absolute()), "container_options": dict(FFMPEG_OPTIONS)}
    try:
        return av.open(**how)
    except UnicodeDecodeError:
        # A title in GBK, say. PyAV from 19 on takes it as it is and has no such option any more.
        return av.open(**how, metadata_errors="replace")


def _streams(av: Any, path: Path) -> Streams | None:
    with open_with_pyav(av, path) as container:
        video = next((stream for stream in container.streams.video if _moves(av, stream)), None)
        sound = next((stream for stream in container.streams.audio if _codec(stream, "sample_rate")), None)
        main = video or sound
        if main is None:
            return None
        name = container.format.name.split(",")[0]
        duration = 0 if _is_guessed(name, path) else _stated_length(container, main)
        return Streams(
            container=name,
            duration=duration or _counted_length(av, path, main.index),
            width=_codec(video, "width"),
            height=_codec(video, "height"),
            rotation=_first_rotation(av, container, video) if video and may_be_turned(name, path) else 0,
            sound=sound.codec_context.name if sound else "",
        )


def _moves(av: Any, stream: Any) -> bool:
    """Whether a stream of pictures is more than the cover of a song."""
    return not stream.disposition & av.stream.Disposition.attached_pic and _codec(stream, "width") > 0


def _codec(stream: Any, attribute: str) -> int:
    """A number of the stream's codec; 0 when there is no such stream, or no codec for it."""
    return int(getattr(getattr(stream, "codec_context", None), attribute, 0) or 0)


def _is_guessed(container: str, path: Path) -> bool:
    return container in _WITHOUT_LENGTH or (container == "mov" and not states_its_length(path))


def _stated_length(container: Any, stream: Any) -> int:
    if stream.duration:
        return _microseconds(stream.duration, stream)
    return clock(stream.metadata.get("DURATION", "")) or int(container.duration or 0)


def _microseconds(ticks: Fraction | int, stream: Any) -> int:
    return round(ticks * Fraction(stream.time_base) * 1_000_000)


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
