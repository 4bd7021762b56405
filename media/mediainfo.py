"""Videos and sounds with the MediaInfo inside pymediainfo."""

import logging
from pathlib import Path
from typing import Any

from engine.facts import MediaFacts
from media.streams import Streams, facts_of, number

log = logging.getLogger(__name__)

_CONTAINERS = {
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
    streams = _streams(report)
    return facts_of(streams, path) if streams else None


def _streams(report: Any) -> Streams | None:
    whole, video, sound = (
        next(iter(tracks), None) for tracks in (report.general_tracks, report.video_tracks, report.audio_tracks)
    )
    main = video or sound
    if main is None or whole is None:
        return None
    return Streams(
        container=_CONTAINERS.get(str(whole.format), ""),
        duration=round((number(main.duration) or number(whole.duration)) * 1000),
        width=int(number(video.width)) if video else 0,
        height=int(number(video.height)) if video else 0,
        rotation=number(video.rotation) if video else 0,
        sound=str(sound.format).lower() if sound and number(sound.sampling_rate) else "",
    )
