"""A folder as a zip: the same bytes for the same files, on every system, and never more than a piece in memory."""

import shutil
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

_PIECE_BYTES = 1 << 20
_ALWAYS = (2020, 1, 1, 0, 0, 0)
_UNIX = 3  # else Windows would be named there
_READABLE = 0o644 << 16
_RUNNABLE = 0o755 << 16
_MEDIA = "assets"
"""The folder of media and fonts: packing them would take long and gain nothing."""
_DENSE = {".mp4", ".mov", ".webm", ".mkv", ".m4a", ".mp3", ".aac", ".jpg", ".jpeg", ".png", ".webp", ".gif"}
"""Endings of imported media, wherever they lie."""


def pack(
    folder: Path,
    archive: Path,
    beside: Mapping[str, bytes] = MappingProxyType({}),
    on_file: Callable[[], None] = lambda: None,
) -> None:
    """Write `archive` with all files below `folder`, under its name, in the order of their paths.

    First come small files that lie `beside` it, by their names; those that end in .sh can be run. `on_file` is called
    before each file of the folder; what it raises ends it.

    Files and archives over 4 GB are of the form that is for them (zip64), and no others.
    """
    files = {path.relative_to(folder.parent).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    with zipfile.ZipFile(archive, "w") as packed:
        for name, content in sorted(beside.items()):
            entry = zipfile.ZipInfo(name, _ALWAYS)
            entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, _UNIX
            entry.external_attr = _RUNNABLE if name.endswith(".sh") else _READABLE
            packed.writestr(entry, content)
        for name, path in sorted(files.items()):
            on_file()
            entry = zipfile.ZipInfo(name, _ALWAYS)
            is_medium = _MEDIA in path.relative_to(folder).parts or path.suffix.lower() in _DENSE
            entry.compress_type = zipfile.ZIP_STORED if is_medium else zipfile.ZIP_DEFLATED
            entry.create_system, entry.external_attr = _UNIX, _READABLE
            entry.file_size = path.stat().st_size  # says whether it needs zip64
            with path.open("rb") as source, packed.open(entry, "w") as target:
                shutil.copyfileobj(source, target, _PIECE_BYTES)
