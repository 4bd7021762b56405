"""Says what a file seems to be, by its first bytes, for the person whose file could not be read."""

import codecs
import unicodedata
from pathlib import Path

_HEAD_BYTES = 4096
_TEXT_LENGTH = 1000
_QUOTED_LENGTH = 40
_NOT_IN_TEXT = {"Cc", "Cn", "Co", "Cs"}  # Unicode's control, unassigned, private and surrogate characters

_TEXTS = (
    ("<!doctype html", "a web page"),
    ("<html", "a web page"),
    ("<svg", "an SVG drawing; make a PNG of it"),
    ("<?xml", "XML"),
    ("{", "JSON"),
    ("[", "JSON"),
    ("#extm3u", "a playlist; give the address of the media itself"),
    ("webvtt", "subtitles"),
)
_MEDIA = (
    (0, b"\x89PNG", "a PNG picture"),
    (0, b"\xff\xd8\xff", "a JPEG picture"),
    (0, b"GIF8", "a GIF"),
    (8, b"WEBP", "a WebP picture"),
    (8, b"WAVE", "a WAV sound"),
    (8, b"AVI ", "an AVI video"),
    (4, b"ftyphei", "a HEIC photo"),
    (4, b"ftyp", "an MP4 or MOV file"),
    (4, b"moov", "a MOV file"),
    (0, b"\x1a\x45\xdf\xa3", "a WebM or MKV file"),
    (0, b"FLV", "an FLV video"),
    (0, b"ID3", "an MP3 sound"),
    (0, b"fLaC", "a FLAC sound"),
    (0, b"OggS", "an Ogg file"),
)
_OTHERS = (
    (b"PK\x03\x04", "a ZIP archive"),
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "gzip data"),
    (b"MZ", "a Windows program"),
    (b"\x7fELF", "a program"),
)


class UnreadableMediaError(Exception):
    """The file is not a medium that can be used; the message says why, for the person who sent it."""


def head_of(path: Path) -> bytes:
    """The first bytes of a file, as many as tell what it is.

    Raises:
        UnreadableMediaError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(_HEAD_BYTES)
    except OSError as error:
        raise UnreadableMediaError(f"the file cannot be opened: {error.strerror or error}") from None


def is_text(head: bytes) -> bool:
    """Tell whether a file that begins so is text: no medium begins with a thousand letters and no control character."""
    letters = _decoded(head)
    return all(letter.isspace() or unicodedata.category(letter) not in _NOT_IN_TEXT for letter in letters)


def describe(head: bytes) -> str:
    """Say why a file that begins so is not readable, and what it seems to be instead."""
    if not head:
        return "the file is empty"
    for place, sign, name in _MEDIA:
        if head.startswith(sign, place):
            return f"damaged or cut short: the file begins as {name} but cannot be read"
    return f"not a picture, video or sound: the file begins with {beginning(head)}"


def _decoded(head: bytes) -> str:
    utf16 = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return head.decode("utf-16" if utf16 else "utf-8", "replace").lstrip("\ufeff")[:_TEXT_LENGTH]


def beginning(head: bytes) -> str:
    """The first bytes, and what they are a sign of, for the person whose file it is."""
    text = _decoded(head).strip()
    if not is_text(head) or not text or "\ufffd" in text[:_QUOTED_LENGTH]:
        names = [f" ({name})" for sign, name in _OTHERS if head.startswith(sign)]
        return f"the bytes {head[:8].hex(' ')}" + "".join(names)
    names = [f" ({name})" for sign, name in _TEXTS if text.lower().startswith(sign)]
    return repr(" ".join(text[:_QUOTED_LENGTH].split())) + "".join(names)
