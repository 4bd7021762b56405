"""Looks at one local file by its content and tells the truth about it.

Parsers of foreign files can crash or hang: a server asks through `media/probe.py`, which runs this elsewhere.

To add a reader: a file with `read_with_x(path, ffprobe)`, which imports its library inside it (a reader whose library
is missing is passed over), lists the library's exceptions by name and answers None for what it does not understand; and
its place in `READERS`. A parser of containers only fills `Streams` (`media/streams.py`): names and rotation are settled
there.
"""

import logging
from collections.abc import Callable
from pathlib import Path

from engine.facts import MediaFacts
from media.ffprobe import read_with_ffprobe
from media.first_bytes import UnreadableMediaError, describe, head_of, is_text
from media.mediainfo import read_with_mediainfo
from media.pictures import read_picture, read_still_of_boxes
from media.pyav import read_with_pyav

log = logging.getLogger(__name__)

Reader = Callable[[Path, str], MediaFacts | None]
"""Looks at a file, maybe with the ffprobe at that path; None when it does not understand the file."""


def read_facts(path: Path, ffprobe: str = "") -> MediaFacts:
    """Tell what the file at `path` holds.

    `ffprobe` is the path of an ffprobe for what PyAV cannot read; empty: one on PATH, if any.

    Raises:
        UnreadableMediaError: the file is no picture, video or sound, or is too damaged to be used.
    """
    head = head_of(path)
    if not head or is_text(head):
        raise UnreadableMediaError(describe(head))
    for reader in READERS:
        facts = _tried(reader, path, ffprobe)
        if facts:
            return facts
    raise UnreadableMediaError(describe(head))


def _tried(reader: Reader, path: Path, ffprobe: str) -> MediaFacts | None:
    try:
        return reader(path, ffprobe)
    except ImportError as error:
        log.debug("%s is passed over: %s", reader.__name__, error)
        return None


READERS: tuple[Reader, ...] = (
    read_picture,
    read_still_of_boxes,
    read_with_pyav,
    read_with_ffprobe,
    read_with_mediainfo,
)
"""In the order in which they are tried: the first to understand a file is believed."""
