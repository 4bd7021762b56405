"""What could not be done as asked, said of the segments it concerns; of very many alike in one line."""

from dataclasses import dataclass, field

_MOST_ALIKE = 5


@dataclass
class Notes:
    """Notes on segments, in the order in which each kind was first made."""

    _found: dict[str, dict[str, str]] = field(default_factory=dict)

    def add(self, segment_id: str, what: str, detail: str = "") -> None:
        """Note `what` happened to a segment; `detail` goes on with what differs from others."""
        self._found.setdefault(what, {})[segment_id] = detail

    def lines(self) -> list[str]:
        """A line for each segment; one for all that more than five segments have alike, with the first five."""
        return [line for what, of in self._found.items() for line in _lines(what, of)]


def _lines(what: str, of: dict[str, str]) -> list[str]:
    if len(of) <= _MOST_ALIKE:
        return [f"segment {segment_id}: {what}{detail}" for segment_id, detail in of.items()]
    named = ", ".join(list(of)[:_MOST_ALIKE])
    return [f"{len(of):,} segments: {what}: {named} and {len(of) - _MOST_ALIKE:,} more"]
