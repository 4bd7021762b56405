"""The boxes that MP4, MOV and HEIC files are made of (ISO/IEC 14496-12)."""

import struct
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO


def boxes(file: BinaryIO, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Name, place and stated size, in bytes, of each box between two places of the file."""
    while start + 8 <= end:
        size, name = struct.unpack(">I4s", bytes_at(file, start, 8))
        if size == 1 and start + 16 <= end:
            (size,) = struct.unpack(">Q", bytes_at(file, start + 8, 8))
        size = size or end - start  # 0 is "to the end"
        if size < 8:
            return
        yield name, start, size
        start += size


def bytes_at(file: BinaryIO, place: int, count: int) -> bytes:
    """`count` bytes from a place on, or as many as there are."""
    file.seek(place)
    return file.read(count)


def brand(file: BinaryIO, end: int) -> bytes:
    """The major brand; MOV files of before 2004 have none."""
    place = next((at for name, at, _ in islice(boxes(file, 0, end), 4) if name == b"ftyp"), None)
    return b"qt  " if place is None else bytes_at(file, place + 8, 4)


def _inside(file: BinaryIO, names: list[bytes], start: int, end: int) -> Iterator[int]:
    """Place of each box of the last of the names, which lies in one of those before it."""
    for name, at, size in boxes(file, start, end):
        if name == names[0]:
            yield from _inside(file, names[1:], at + 8, min(at + size, end)) if names[1:] else (at,)


def states_its_length(path: Path) -> bool:
    """Whether the header of an MP4 or MOV can be believed: not when it comes in fragments or is cut short."""
    total = path.stat().st_size
    with path.open("rb") as file:
        return all(name != b"moof" and at + size <= total for name, at, size in boxes(file, 0, total))


def may_be_turned(container: str, path: Path) -> bool:
    """Whether pictures may be shown turned; an MP4 or MOV says so in its `tkhd` (ISO/IEC 14496-12, 8.3.2)."""
    if container != "mov":
        return True  # its frames say so, or do not
    total = path.stat().st_size
    with path.open("rb") as file:
        headers = list(_inside(file, [b"moov", b"trak", b"tkhd"], 0, total))
        return not headers or any(_turns(bytes_at(file, at, 96)) for at in headers)


def _turns(header: bytes) -> bool:
    """Whether the matrix of a `tkhd` does more than scale."""
    place = 60 if header[8:9] == b"\x01" else 48  # with times of 64 or of 32 bits
    if len(header) < place + 20:
        return True
    across, askew, _, athwart, down = struct.unpack_from(">5i", header, place)
    return across <= 0 or down <= 0 or bool(askew or athwart)
