"""The picture that an app shows in its list of drafts. It parses foreign files, so `media/probe_worker.py` draws it."""

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from engine.time import SECOND
from media.first_bytes import UnreadableMediaError
from media.pictures import PILLOW_ERRORS, open_with_pillow
from media.pyav import open_with_pyav

if TYPE_CHECKING:
    from PIL import Image

_LONGEST = 480  # pixels; what the apps write is about as large
_GROUND = (24, 26, 32)
_FRAMES_AFTER_KEY = 300  # a cover is not worth decoding more; the last of them will do


def draw_cover(target: Path, width: int, height: int, source: Path | None = None, at: int = 0) -> None:
    """Write a JPEG in the proportions of the canvas: what `source` shows at `at` microseconds, on a plain ground.

    Raises:
        UnreadableMediaError: `source` shows nothing.
    """
    from PIL import Image, ImageOps

    scale = _LONGEST / max(width, height)
    cover = Image.new("RGB", (max(round(width * scale), 1), max(round(height * scale), 1)), _GROUND)
    if source:
        shown = ImageOps.contain(_still(source) or _frame(source, at), cover.size)
        cover.paste(shown, ((cover.width - shown.width) // 2, (cover.height - shown.height) // 2))
    cover.save(target, "JPEG", quality=85)


def _still(source: Path) -> "Image.Image | None":
    from PIL import Image, ImageOps

    try:
        with open_with_pillow(source) as opened:
            opened.draft("RGB", (_LONGEST, _LONGEST))  # a large JPEG is decoded small
            return ImageOps.exif_transpose(opened).convert("RGB")
    except (*PILLOW_ERRORS, Image.DecompressionBombError):
        return None


def _frame(source: Path, at: int) -> "Image.Image":
    import av

    try:
        with open_with_pyav(av, source) as container:
            container.seek(at)
            frame = None
            for frame in islice(container.decode(container.streams.video[0]), _FRAMES_AFTER_KEY):
                if frame.time is not None and frame.time * SECOND >= at:
                    break
            if frame is None:
                raise UnreadableMediaError("no picture can be taken from it")
            image: Image.Image = frame.to_image()
            return image.rotate(frame.rotation, expand=True)
    except (av.error.FFmpegError, ValueError, IndexError) as error:
        raise UnreadableMediaError(f"no picture can be taken from it: {error}") from None
