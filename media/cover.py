"""The picture an app shows in its list of drafts."""

from contextlib import suppress
from pathlib import Path

from PIL import Image

_LONGEST = 480  # pixels; what the apps write is about as large
_GROUND = (24, 26, 32)


def write_cover(path: Path, width: int, height: int, picture: Path | None = None) -> None:
    """Write a JPEG in the proportions of the canvas: `picture` in the middle of a plain ground.

    A picture that Pillow cannot read is left out; the app may still read it.
    """
    scale = _LONGEST / max(width, height)
    cover = Image.new("RGB", (max(round(width * scale), 1), max(round(height * scale), 1)), _GROUND)
    if picture:
        with suppress(OSError, ValueError, Image.DecompressionBombError):
            _paste(cover, picture)
    cover.save(path, "JPEG", quality=85)


def _paste(cover: Image.Image, picture: Path) -> None:
    with Image.open(picture) as opened:
        opened.draft("RGB", cover.size)  # large JPEGs are decoded small
        shown = opened.convert("RGB")
    shown.thumbnail(cover.size)
    cover.paste(shown, ((cover.width - shown.width) // 2, (cover.height - shown.height) // 2))
