"""A folder that another web server shows. Its links last as long as the file: nothing checks a signature there."""

from contextlib import suppress
from pathlib import Path
from secrets import token_hex
from urllib.parse import quote

from errors import StorageError

from .patience import Kind, OnBytes, unheard

_CHUNK_BYTES = 1 << 20


class FolderStorage:
    """Files under `root`, which is seen at `url`."""

    kind: Kind = "folder"

    def __init__(self, root: Path, url: str) -> None:
        self._root, self._url = root, url.rstrip("/")

    def put(self, source: Path, name: str, on_bytes: OnBytes = unheard) -> None:
        """Copy it beside, then give it its name."""
        place = self._place(name)
        part = place.with_name(f".{token_hex(8)}.part")
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            _copy(source, part, on_bytes)
            part.replace(place)
        except OSError as error:
            raise _failure(error) from None
        finally:
            with suppress(OSError):
                part.unlink(missing_ok=True)

    def link(self, name: str, seconds: int = 0) -> str:
        """Its address; it does not run out."""
        return f"{self._url}/{quote(name)}"

    def exists(self, name: str) -> bool:
        """Whether there is such a file."""
        return self._place(name).is_file()

    def delete(self, name: str) -> None:
        """Remove it; folders stay."""
        try:
            self._place(name).unlink(missing_ok=True)
        except OSError as error:
            raise _failure(error) from None

    def sweep(self) -> None:
        """Nothing of what is cut off has a name."""

    def _place(self, name: str) -> Path:
        place = (self._root / name).resolve()
        if not place.is_relative_to(self._root.resolve()):
            raise ValueError(f"not in the folder: {name!r}")
        return place


def _copy(source: Path, target: Path, on_bytes: OnBytes) -> None:
    sent = 0
    with source.open("rb") as read, target.open("wb") as written:
        while chunk := read.read(_CHUNK_BYTES):
            written.write(chunk)
            sent += len(chunk)
            on_bytes(sent)


def _failure(error: OSError) -> StorageError:
    return StorageError(f"the storage folder cannot be written to: {error.strerror or type(error).__name__}")
