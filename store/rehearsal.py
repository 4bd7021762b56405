"""What would become of a store: it is read, and what is written stays in memory."""

from . import Store
from .drafts import DraftEntry
from .memory_store import MemoryStore
from .records import Kind


class Rehearsal(MemoryStore):
    """See Store. Drafts and records are those of `real` until they are changed; lists have changed ones only."""

    def __init__(self, real: Store) -> None:
        super().__init__()
        self._real = real
        self._fetched: set[str] = set()

    def _known(self, draft_id: str) -> DraftEntry | None:
        if draft_id not in self._fetched:
            self._fetched.add(draft_id)
            if found := self._real.read(draft_id):
                self._entries[draft_id], self._rows[draft_id] = found
        return super()._known(draft_id)

    def get(self, kind: Kind, key: str) -> bytes | None:
        """See Records."""
        return self._real.get(kind, key) if (kind, key) not in self._records else super().get(kind, key)
