"""What is known of a medium once its file has been looked at."""

from dataclasses import dataclass
from typing import Literal

MediaKind = Literal["video", "photo", "gif", "audio"]


@dataclass(frozen=True, slots=True)
class MediaFacts:
    """The truth about one file, as read from its content and never from its name."""

    kind: MediaKind
    """What it holds: moving pictures (with or without sound), a still, an animated GIF or WebP, or sound alone."""
    extension: str
    """The right file name ending with its dot, by content: ".mp4", ".mov", ".webm", ".mp3", ".jpg"..."""
    duration: int = 0
    """How long it plays, in whole microseconds; 0 for a still."""
    width: int = 0
    """Shown width in pixels, rotation applied; 0 for sound."""
    height: int = 0
    """Shown height in pixels, rotation applied; 0 for sound."""
    has_audio: bool = False
    """Whether there is sound in it."""
