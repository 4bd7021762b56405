"""What fetching means to those who ask for it: the call, and what it answers."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

OnBytes = Callable[[int], None]
"""Hears a number of bytes."""


@dataclass(frozen=True, slots=True)
class Version:
    """How a server tells one version of a file from others (RFC 9110, 8.8); empty where it does not."""

    etag: str = ""
    last_modified: str = ""

    @property
    def conditions(self) -> dict[str, str]:
        """Headers that ask for the file only if it is another by now."""
        asked = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in asked.items() if value}


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came of a fetch."""

    version: Version = Version()
    is_unchanged: bool = False
    """The server says that the version asked about is still the one; nothing was written."""
    mark: str = ""
    """Names this content: what was learned of it holds wherever the same mark comes up. Empty: nothing is known."""
    warning: str = ""
    """What was not done quite as asked, for the caller."""


class Fetch(Protocol):
    """Bring what a URL names to a local file."""

    def __call__(
        self, url: str, target: Path, on_bytes: OnBytes | None = None, on_size: OnBytes | None = None
    ) -> Fetched:
        """Write `target`, whole or not at all.

        `on_bytes` hears the size so far, and ends the fetch by what it raises; `on_size` hears the size of the whole as
        far as the server tells it. A file that need not be fetched is not heard of.

        Raises:
            MediaError: it cannot be had; the reason is written for the caller.
        """
