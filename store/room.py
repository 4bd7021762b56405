"""Space on the disk that the service writes to."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from errors import NoRoomError


def _nothing(size: int) -> bool:
    """Give nothing up."""
    return False


@dataclass(frozen=True)
class Room:
    """The disk of `folder`, on which `least` bytes stay free: a store without any could keep no edit."""

    folder: Path
    least: int
    give_up: Callable[[int], bool] = _nothing
    """Frees so many bytes, if that can be; answers whether it has."""

    def make(self, size: int, what: str) -> None:
        """See that `what` can be written, which takes `size` bytes.

        Raises:
            NoRoomError: it cannot.
        """
        lacking = self.least + size - shutil.disk_usage(self.folder).free
        if lacking > 0 and not self.give_up(lacking):
            raise NoRoomError(f"{what} takes {size:,} bytes")
