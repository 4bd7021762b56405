"""A folder as a zip: the same bytes for the same files, on every system, and never more than a piece in memory."""

import shutil
import zipfile
from pathlib import Path

_PIECE_BYTES = 1 << 20
_ALWAYS = (2020, 1, 1, 0, 0, 0)
_UNIX = 3  # else Windows would be named there
_READABLE = 0o644 << 16
_SMALL_ALREADY = "assets"
"""Where media and fonts are: packing them would take long and gain nothing."""


def pack(folder: Path, archive: Path) -> None:
    """Write `archive` with all files below `folder`, under its name, in the order of their paths.

    Files and archives over 4 GB are of the form that is for them (zip64), and no others.
    """
    files = {path.relative_to(folder.parent).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    with zipfile.ZipFile(archive, "w") as packed:
        for name, path in sorted(files.items()):
            entry = zipfile.ZipInfo(name, _ALWAYS)
            is_small = path.relative_to(folder).parts[0] == _SMALL_ALREADY
            entry.compress_type = zipfile.ZIP_STORED if is_small else zipfile.ZIP_DEFLATED
            entry.create_system, entry.external_attr = _UNIX, _READABLE
            entry.file_size = path.stat().st_size  # says whether it needs zip64
            with path.open("rb") as source, packed.open(entry, "w") as target:
                shutil.copyfileobj(source, target, _PIECE_BYTES)
