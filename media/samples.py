"""The built-in media: small files to try the service with, without a network.

`scripts/make_samples.py` draws and plays them. To add one: make it there and name it in `NAMES`.
"""

from pathlib import Path

from errors import MediaError

SCHEME = "asset://samples/"
"""What the address of a sample begins with; its name follows."""

NAMES = ("captions.srt", "clip.mp4", "music.mp3", "photo.png")
"""All samples."""

FOLDER = Path(__file__).resolve().parent / "samples"
"""Where they are."""

_ASSETS = "asset:"


def sample_path(url: str) -> Path | None:
    """Find the file of an `asset://samples/...` address; None when the address is of another kind.

    Raises:
        MediaError: there is no such sample; the message names those that there are.
    """
    if not url.lower().startswith(_ASSETS):
        return None
    name = url.removeprefix(SCHEME)
    if name not in NAMES:
        raise MediaError(url, "no such sample; there are: " + ", ".join(SCHEME + known for known in NAMES))
    return FOLDER / name
