"""Videos and sounds with an ffprobe of the machine."""

import json
import logging
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.facts import MediaFacts
from media.streams import FFMPEG_OPTIONS, Streams, clock, facts_of, number

log = logging.getLogger(__name__)

_SECONDS = 60.0


def read_with_ffprobe(path: Path, ffprobe: str = "") -> MediaFacts | None:
    """Read a video or a sound with an ffprobe program, if there is one."""
    program = ffprobe or shutil.which("ffprobe")
    if not program:
        return None
    options = [part for name, value in FFMPEG_OPTIONS.items() for part in (f"-{name}", value)]
    asked = ["-v", "error", *options, "-of", "json", "-show_format", "-show_streams", f"file:{path.absolute()}"]
    try:
        done = subprocess.run(
            [program, *asked], stdin=subprocess.DEVNULL, capture_output=True, timeout=_SECONDS, check=True
        )
        report = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        log.debug("ffprobe on %s: %s", path, error)
        return None
    streams = _streams(report)
    return facts_of(streams, path) if streams else None


def _streams(report: Mapping[str, Any]) -> Streams | None:
    kinds: dict[str, Any] = {}
    for stream in report.get("streams", []):
        if not stream.get("disposition", {}).get("attached_pic"):
            kinds.setdefault(stream.get("codec_type"), stream)
    video, sound, whole = kinds.get("video", {}), kinds.get("audio", {}), report.get("format", {})
    main = video or sound
    seconds = number(main.get("duration")) or clock(main.get("tags", {}).get("DURATION", "")) / 1_000_000
    return Streams(
        container=str(whole.get("format_name", "")).split(",")[0],
        duration=round((seconds or number(whole.get("duration"))) * 1_000_000),
        width=int(number(video.get("width"))),
        height=int(number(video.get("height"))),
        rotation=sum(number(item.get("rotation")) for item in video.get("side_data_list", [])),
        sound=str(sound.get("codec_name", "")) if number(sound.get("sample_rate")) else "",
    )
