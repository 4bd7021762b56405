"""Uploaded media, kept as files until they are deleted.

<root>/<id>.data      the content
<root>/<id>.json      what it is; an asset is there when this is

The id is the hash of the content: what is sent twice is kept once, and no id ever means another content.
"""

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO

import orjson

from errors import ConflictError, InvalidRequestError

_CHUNK_BYTES = 1 << 20
_ABANDONED_SECONDS = 2 * 3600.0
ID_LENGTH = 32
"""Hex digits of an asset's id."""


@dataclass(frozen=True)
class Asset:
    """What is known of an upload."""

    asset_id: str
    name: str
    kind: str
    """What it holds: video, photo, gif, audio, font or text."""
    size: int
    """In bytes."""
    created_at: int
    """In milliseconds since 1970."""


class Assets:
    """The uploads under `root`: each at most `max_bytes`, all together at most `total_bytes`."""

    def __init__(self, root: Path, max_bytes: int, total_bytes: int, is_rehearsal: bool = False) -> None:
        self._root, self._max_bytes, self._total_bytes = root, max_bytes, total_bytes
        self._is_rehearsal = is_rehearsal

    @property
    def rehearsal(self) -> "Assets":
        """The same, but that nothing is kept and nothing deleted."""
        return Assets(self._root, self._max_bytes, self._total_bytes, is_rehearsal=True)

    def add(self, content: BinaryIO, name: str, identify: Callable[[Path], str]) -> Asset:
        """Keep `content`; `identify` tells what kind of thing a file is, and raises what is to be refused.

        Raises:
            InvalidRequestError: it is empty or too large.
            ConflictError: there is no room for it.
        """
        with self._incoming() as incoming:
            size, digest = self._receive(content, incoming)
            kind = identify(incoming)
            asset = Asset(digest, name, kind, size, round(time.time() * 1000))
            known = self.get(digest)
            if known:
                return known
            self._check_room(size)
            if not self._is_rehearsal:
                incoming.replace(self._root / f"{digest}.data")
                incoming.write_bytes(orjson.dumps(asdict(asset)))
                incoming.replace(self._root / f"{digest}.json")
        return asset

    def get(self, asset_id: str) -> Asset | None:
        """The asset of that id."""
        try:
            return Asset(**orjson.loads((self._root / f"{asset_id}.json").read_bytes()))
        except FileNotFoundError:
            return None

    def all(self) -> list[Asset]:
        """Every asset, the newest first."""
        found = [asset for path in self._root.glob("*.json") if (asset := self.get(path.stem))]
        return sorted(found, key=lambda asset: (-asset.created_at, asset.asset_id))

    def delete(self, asset_id: str) -> Asset | None:
        """Remove an asset for good; answers what it was, None when there is none."""
        asset = self.get(asset_id)
        if asset and not self._is_rehearsal:
            for ending in (".json", ".data"):
                with suppress(FileNotFoundError):
                    (self._root / f"{asset_id}{ending}").unlink()
        return asset

    def sweep(self) -> None:
        """Remove what uploads left that were cut off."""
        long_ago = time.time() - _ABANDONED_SECONDS
        for path in self._root.glob("*"):
            with suppress(FileNotFoundError):
                is_whole = path.suffix == ".json" or (path.suffix == ".data" and path.with_suffix(".json").exists())
                if not is_whole and path.stat().st_mtime < long_ago:
                    path.unlink()

    @contextmanager
    def _incoming(self) -> Iterator[Path]:
        if not self._is_rehearsal:
            self._root.mkdir(parents=True, exist_ok=True)
        path = (self._root.parent if self._is_rehearsal else self._root) / f"{token_hex(8)}.part"
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    def _receive(self, content: BinaryIO, target: Path) -> tuple[int, str]:
        """Write `content` to a file; answer its size, and the hash that names it."""
        size, digest = 0, hashlib.sha256()
        with target.open("wb") as file:
            while chunk := content.read(_CHUNK_BYTES):
                size += len(chunk)
                if size > self._max_bytes:
                    raise InvalidRequestError.about("file", f"is larger than {self._max_bytes:,} bytes")
                digest.update(chunk)
                file.write(chunk)
        if not size:
            raise InvalidRequestError.about("file", "is empty")
        return size, digest.hexdigest()[:ID_LENGTH]

    def _check_room(self, size: int) -> None:
        taken = sum(asset.size for asset in self.all())
        if taken + size > self._total_bytes:
            message = (
                f"all assets may take {self._total_bytes:,} bytes and take {taken:,}; delete some that are not used"
            )
            raise ConflictError.about("file", message)
