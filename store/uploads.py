"""What was put into the storage for a draft, so that it can go when the draft goes."""

from .records import Records

_FOR_GOOD = 100 * 365 * 24 * 3600.0  # seconds; a draft may live as long as it likes


class Uploads:
    """Names in the storage by draft."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def note(self, draft_id: str, name: str) -> None:
        """Remember that something is going to be put there as `name`.

        Raises:
            StoreError: it could not be stored.
        """
        while name not in self.of(draft_id):
            before = self._records.get("uploads", draft_id)
            lines = f"{before.decode()}\n{name}" if before else name
            self._records.swap("uploads", draft_id, before, lines.encode(), _FOR_GOOD)

    def of(self, draft_id: str) -> list[str]:
        """All that was noted for the draft."""
        return (self._records.get("uploads", draft_id) or b"").decode().splitlines()

    def forget(self, draft_id: str) -> None:
        """Remember none of it."""
        self._records.swap("uploads", draft_id, self._records.get("uploads", draft_id), None)
