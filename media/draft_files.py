"""Draft folders as they come from outside: packed as zips, and maybe encrypted. Both are read with care.

Nothing of a zip is believed: not its names, not its sizes, not that it ends.
"""

import io
import json
import lzma
import re
import stat
import unicodedata
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO

Loader = Callable[[bytes], bytes]
"""Makes plain JSON of a timeline that is none."""

MOST_FILES = 20_000
MOST_DEPTH = 20
_LONGEST_LISTING = 8_000_000
_LONGEST_PART, _LONGEST_PATH = 255, 1_000  # bytes; what file systems take
_RUBBISH = re.compile(r"(^|/)(__MACOSX/|\.DS_Store$|\._)")
_DRIVE = re.compile(r"[A-Za-z]:")
_CIPHER = re.compile(rb"[A-Za-z0-9+/=_-]{64}")
_UTF8_NAMES = 1 << 11
_ENCRYPTED = 1


class UnreadableFolderError(Exception):
    """It cannot be read; the message says why, for the caller."""


class EncryptedError(UnreadableFolderError):
    """An app has encrypted it."""


# ---- timelines


def plain(content: bytes, load: Loader | None = None) -> str:
    """The text of a timeline file, which is JSON; `load` may make it so.

    Raises:
        EncryptedError: it is encrypted.
        UnreadableFolderError: it is no JSON at all.
    """
    if not content.strip(_SPACE):
        raise UnreadableFolderError("is empty")
    if load and not _looks_plain(content):
        content = _loaded(content, load)
    if not _looks_plain(content) and _looks_encrypted(content):
        raise EncryptedError(_WHAT_TO_DO)
    try:
        return content.decode(json.detect_encoding(content))
    except UnicodeDecodeError as error:
        raise UnreadableFolderError(f"is not JSON in Unicode: {error}") from None


_SPACE = b" \t\r\n\x00\xef\xbb\xbf\xff\xfe"
_WHAT_TO_DO = (
    "is encrypted: JianYing from version 6 on, and some versions of CapCut, write drafts that only they can read. "
    "Import one that is plain, as JianYing 5.9 saves it, or configure a draft_loader that makes it so"
)


def _looks_plain(content: bytes) -> bool:
    return content.lstrip(_SPACE)[:1] in (b"{", b"[")


def _looks_encrypted(content: bytes) -> bool:
    """Whether it is bytes that mean nothing, or one long word of base64."""
    return bool(_CIPHER.match(content.strip(_SPACE))) or _is_binary(content)


def _is_binary(content: bytes) -> bool:
    try:
        text = content[:4_000].decode(errors="strict")
    except UnicodeDecodeError as error:
        return error.start < len(content[:4_000]) - 4
    return any(unicodedata.category(one) == "Cc" and one not in "\t\r\n" for one in text)


def _loaded(content: bytes, load: Loader) -> bytes:
    try:
        made = load(content)
    except Exception as error:  # noqa: BLE001 - it is not our code
        raise EncryptedError(f"is encrypted, and the configured draft_loader could not read it: {error}") from None
    if not isinstance(made, bytes):
        raise EncryptedError("is encrypted, and the configured draft_loader did not answer bytes")
    return made


# ---- folders


@dataclass(frozen=True)
class PackedFolder:
    """A draft folder in a zip."""

    archive: zipfile.ZipFile
    name: str
    """What the folder is called; empty when the zip has no folder."""
    entries: dict[str, zipfile.ZipInfo]
    """Its files by their paths in the folder, "/" between names."""

    def read(self, path: str, most: int) -> bytes:
        """The content of a file.

        Raises:
            UnreadableFolderError: it is larger than `most` bytes, or damaged.
        """
        with self.open(path) as file:
            content = file.read(most + 1)
        if len(content) > most:
            raise UnreadableFolderError(f"{path} is larger than {most:,} bytes")
        return content

    def open(self, path: str) -> "_Checked":
        """A file to read from.

        Raises:
            UnreadableFolderError: it is damaged, or packed in a way that is not known.
        """
        try:
            return _Checked(path, self.archive.open(self.entries[path]))
        except (zipfile.BadZipFile, OSError, ValueError, RuntimeError) as error:
            raise UnreadableFolderError(f"{path} in the zip cannot be read: {error}") from None


class _Checked:
    """A file of a zip; what is wrong with it is said so that a caller can use it."""

    def __init__(self, path: str, file: IO[bytes]):
        self._path, self._file = path, file

    def __enter__(self) -> "_Checked":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def read(self, size: int) -> bytes:
        """The next `size` bytes, or what is left."""
        try:
            return self._file.read(size)
        except (zipfile.BadZipFile, EOFError, OSError, ValueError, zlib.error, lzma.LZMAError) as error:
            raise UnreadableFolderError(f"{self._path} in the zip is damaged: {error}") from None


def packed_folder(content: bytes, most: int, is_timeline: Callable[[str], bool]) -> PackedFolder:
    """The draft folder in a zip: at its top or one folder deep, where `is_timeline` knows a file by its name.

    Args:
        content: the zip.
        most: how many bytes its files may have together.
        is_timeline: whether a file of that name says that here is a draft.

    Raises:
        UnreadableFolderError: it is no zip, has no draft in it or several, is too large, or would write elsewhere.
    """
    if _listing_size(content) > _LONGEST_LISTING:
        raise UnreadableFolderError(f"lists too much; {MOST_FILES:,} files are the most")
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise UnreadableFolderError(f"is no zip that can be read: {error}") from None
    entries = dict(_entries(archive, most))
    odd = next((path for path in entries if any(is_timeline(part) for part in path.split("/")[:-1])), None)
    if odd is not None:
        raise UnreadableFolderError(f"has a folder where the timeline should be: {_above(odd)!r}")
    roots = sorted({_above(path) for path in entries if path.count("/") <= 1 and is_timeline(path.rpartition("/")[2])})
    if "" in roots:
        return PackedFolder(archive, "", entries)
    if not roots:
        raise UnreadableFolderError(
            "holds no draft: there is neither draft_content.json nor draft_info.json at its top or one folder deep"
        )
    if len(roots) > 1:
        raise UnreadableFolderError(f"holds {len(roots)} drafts ({', '.join(roots[:5])}); pack one at a time")
    inside = f"{roots[0]}/"
    found = {path.removeprefix(inside): entry for path, entry in entries.items() if path.startswith(inside)}
    return PackedFolder(archive, roots[0], found)


def _listing_size(content: bytes) -> int:
    """How many bytes the listing of a zip has, all of which is read at once; 0 for what is no zip."""
    end = content.rfind(b"PK\x05\x06")
    return int.from_bytes(content[end + 12 : end + 16], "little") if end >= 0 else 0


def _entries(archive: zipfile.ZipFile, most: int) -> Iterator[tuple[str, zipfile.ZipInfo]]:
    infos = [info for info in archive.infolist() if not info.is_dir()]
    if len(infos) > MOST_FILES:
        raise UnreadableFolderError(f"holds {len(infos):,} files; {MOST_FILES:,} are the most")
    total = sum(info.file_size for info in infos)  # what is read is checked against it by zipfile
    if total > most:
        raise UnreadableFolderError(f"is {total:,} bytes unpacked; {most:,} are the most (setting max_unpacked_bytes)")
    paths = [(_path(info), info) for info in infos]
    kept = [(path, info) for path, info in paths if not _RUBBISH.search(path)]
    _refuse_clashes([path for path, _ in kept])
    yield from kept


def _path(info: zipfile.ZipInfo) -> str:
    """Where a file goes, if that is inside the folder."""
    path = unicodedata.normalize("NFC", _name(info).replace("\\", "/"))
    parts = path.split("/")
    if path.startswith("/") or _DRIVE.match(path) or ".." in parts:
        raise UnreadableFolderError(f"has a file that would go elsewhere: {path[:200]!r}")
    if stat.S_ISLNK(info.external_attr >> 16):
        raise UnreadableFolderError(f"has a link in it, which is not followed: {path[:200]!r}")
    if info.flag_bits & _ENCRYPTED:
        raise UnreadableFolderError("has a password; pack the folder without one")
    parts = [part for part in parts if part not in ("", ".")]
    longest = max((len(part.encode("utf-8", "surrogatepass")) for part in parts), default=0)
    if not parts or longest > _LONGEST_PART or len(path.encode("utf-8", "surrogatepass")) > _LONGEST_PATH:
        raise UnreadableFolderError(f"has a file whose name is too long or empty: {path[:200]!r}")
    if len(parts) > MOST_DEPTH:
        raise UnreadableFolderError(f"has folders in folders, more than {MOST_DEPTH}: {path[:200]!r}")
    if any(unicodedata.category(one) in ("Cc", "Cs") for one in path):
        raise UnreadableFolderError(f"has a file whose name has characters that names cannot have: {path[:200]!r}")
    return "/".join(parts)


def _name(info: zipfile.ZipInfo) -> str:
    """Its name; zips of Windows in Chinese do not say that theirs are in GB18030."""
    if info.flag_bits & _UTF8_NAMES:
        return info.filename
    try:
        raw = info.filename.encode("cp437")
    except UnicodeEncodeError:
        return info.filename
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return info.filename


def _refuse_clashes(paths: list[str]) -> None:
    folded = Counter(path.casefold() for path in paths)
    twice = next((path for path in paths if folded[path.casefold()] > 1), None)
    if twice is not None:
        raise UnreadableFolderError(f"has two files of one name: {twice!r}")
    above = {folder for path in folded for folder in _folders(path)}
    both = next((path for path in paths if path.casefold() in above), None)
    if both is not None:
        raise UnreadableFolderError(f"has a file and a folder of one name: {both!r}")


def _folders(path: str) -> Iterator[str]:
    parts = path.split("/")
    return ("/".join(parts[:count]) for count in range(1, len(parts)))


def _above(path: str) -> str:
    return path.rpartition("/")[0]
