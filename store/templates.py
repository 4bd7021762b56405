"""Templates that were saved, by id."""

from collections.abc import Callable

from .records import Records

_CENTURY = 100 * 365 * 86_400.0


class Templates:
    """Values that are kept until they are deleted; what is in them is the caller's."""

    def __init__(self, records: Records) -> None:
        self._records = records

    def get(self, template_id: str) -> bytes | None:
        """The template; None when there is none."""
        return self._records.get("template", template_id)

    def add(self, template_id: str, value: bytes) -> bool:
        """Keep a new one; answers False when there is one of that id."""
        return self._records.swap("template", template_id, None, value, _CENTURY)

    def change(self, template_id: str, change: Callable[[bytes | None], bytes | None]) -> bytes | None:
        """Put what `change` makes of it in its place; None is none. Answers what there was."""
        while True:
            old = self.get(template_id)
            if self._records.swap("template", template_id, old, change(old), _CENTURY):
                return old

    def all(self) -> dict[str, bytes]:
        """Every template by id."""
        return self._records.get_many("template", self._records.keys("template"))
