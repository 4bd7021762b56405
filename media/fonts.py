"""Tells by its content whether a file is a font that the apps can show.

Only the directory of the file is read, and nothing is drawn with it: that finds web pages, broken downloads and web
fonts, without giving a foreign file to a library that could crash on it.
"""

import struct
from pathlib import Path
from typing import BinaryIO

from .first_bytes import UnreadableMediaError, beginning

_ENDINGS = {b"\x00\x01\x00\x00": ".ttf", b"true": ".ttf", b"OTTO": ".otf"}
_COLLECTION = b"ttcf"
_WEB_FONTS = (b"wOFF", b"wOF2")
_SHAPES = {b"glyf", b"CFF ", b"CFF2", b"CBDT", b"sbix"}


def font_ending(path: Path) -> str:
    """The file name ending of the font in `path`: ".ttf", ".otf" or ".ttc".

    Raises:
        UnreadableMediaError: it is no font, or cut short.
    """
    with path.open("rb") as file:
        head = file.read(4096)
        is_collection = head.startswith(_COLLECTION) and len(head) >= 16
        file.seek(struct.unpack_from(">I", head, 12)[0] if is_collection else 0)
        sign = file.read(12)
        ending = _ENDINGS.get(sign[:4])
        if ending is None or len(sign) < 12:
            raise UnreadableMediaError(_not_a_font(head))
        tables = _tables(file, struct.unpack_from(">H", sign, 4)[0])
    end = max((start + length for start, length in tables.values()), default=0)
    if b"cmap" not in tables or not tables.keys() & _SHAPES or end > path.stat().st_size:
        raise UnreadableMediaError("a damaged font, or one that is cut short")
    return ".ttc" if is_collection else ending


def _tables(file: BinaryIO, count: int) -> dict[bytes, tuple[int, int]]:
    """Where each table of the font begins and how long it is, in bytes; those that its directory has room for."""
    directory = file.read(16 * count)
    whole = directory[: len(directory) // 16 * 16]
    return {name: (start, length) for name, _, start, length in struct.iter_unpack(">4sIII", whole)}


def _not_a_font(head: bytes) -> str:
    if not head:
        return "the file is empty"
    if head.startswith(_WEB_FONTS):
        return "a web font (WOFF), which the apps do not read; give the TTF or OTF"
    return f"not a font (TTF, OTF, TTC): the file begins with {beginning(head)}"
