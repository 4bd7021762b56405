"""Pictures: with Pillow, and photos made of boxes."""

import logging
import struct
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from engine.facts import MediaFacts
from media.boxes import boxes, brand, bytes_at
from media.first_bytes import UnreadableMediaError, describe

log = logging.getLogger(__name__)

_EXIF_ORIENTATION = 0x0112

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
        kind = brand(file, end)
        if kind not in _STILL_BRANDS:
            return None
        properties = _still_properties(file, end)
    sizes = [struct.unpack(">4xII", content) for name, content in properties if name == b"ispe" and len(content) == 12]
    if not sizes:
        raise UnreadableMediaError(describe(b"    ftyp" + kind))
    # The largest is the photo; the others are its tiles and previews, turned as it is.
    width, height = max(sizes, key=lambda size: size[0] * size[1])
    turned = any(content[:1] in (b"\x01", b"\x03") for name, content in properties if name == b"irot")
    return MediaFacts("photo", _STILL_BRANDS[kind], 0, *((height, width) if turned else (width, height)))


def _still_properties(file: BinaryIO, end: int) -> list[tuple[bytes, bytes]]:
    """Name and content of each property of the pictures in the file."""
    start = 0
    for wanted, header in ((b"meta", 12), (b"iprp", 8), (b"ipco", 8)):
        found = next(((at, size) for name, at, size in boxes(file, start, end) if name == wanted), None)
        if found is None:
            return []
        start, end = found[0] + header, min(sum(found), end)
    return [(name, bytes_at(file, at + 8, min(size - 8, 12))) for name, at, size in boxes(file, start, end)]
