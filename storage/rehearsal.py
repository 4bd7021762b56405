"""A storage that nothing comes of."""

from pathlib import Path
from typing import TYPE_CHECKING

from .patience import LINK_SECONDS, Kind, OnBytes, unheard

if TYPE_CHECKING:
    from . import Storage


class Rehearsal:
    """Names and links as those of `storage`; nothing is put there and nothing removed."""

    def __init__(self, storage: "Storage") -> None:
        self._storage = storage

    @property
    def kind(self) -> Kind:
        """What it stands for."""
        return self._storage.kind

    def put(self, source: Path, name: str, on_bytes: OnBytes = unheard) -> None:
        """Do nothing."""

    def link(self, name: str, seconds: int = LINK_SECONDS) -> str:
        """As it would be."""
        return self._storage.link(name, seconds)

    def exists(self, name: str) -> bool:
        """As it is."""
        return self._storage.exists(name)

    def delete(self, name: str) -> None:
        """Do nothing."""

    def sweep(self) -> None:
        """Do nothing."""
