"""Which operations are in a draft, when some were undone. Pure.

Nothing is ever taken out of a log: undo, redo and restore are rows like any other, and so a version once given names
the same draft for good. Every row leads to a *state*, named by the number of the row that first made it:

    row    1 create   2 add a   3 add b   4 undo   5 add c   6 restore 3   7 undo
    state  1          2         3         2        5         6 (as 3)      5

An edit makes a new state out of the one before it. Undo goes back to the state that the present one was made of; redo
takes that back, until an edit comes between. Restore makes a new state that is as an older version was, so that it
can be undone in its turn.
"""

from collections.abc import Iterable
from typing import Literal

from errors import ConflictError, InvalidRequestError, NotFoundError, ServiceError

from .drafts import Row

Jump = Literal["undo", "redo", "restore_version"]
JUMPS: tuple[Jump, ...] = ("undo", "redo", "restore_version")


class History:
    """Where a draft is among its states."""

    def __init__(self, rows: Iterable[Row] = ()) -> None:
        self.version = 0
        """The number of the last row."""
        self.state = 0
        """The state the draft is in."""
        self._undone: list[int] = []
        self._left: dict[int, int] = {}
        """Versions of undos and redos, with the state each led to. Every other version is a state of its own."""
        self._restored: dict[int, int] = {}
        """States made by restoring, with the state each is like."""
        for row in rows:
            self.add(row)

    def copy(self) -> "History":
        """One that can go on apart from this one."""
        twin = History()
        twin.version, twin.state, twin._undone = self.version, self.state, self._undone.copy()
        twin._left, twin._restored = self._left.copy(), self._restored.copy()
        return twin

    @property
    def undoable(self) -> list[int]:
        """The states that undoing leads to, one step after the other."""
        states, at = [], self._before(self.state)
        while at > 0:
            states.append(at)
            at = self._before(at)
        return states

    @property
    def redoable(self) -> list[int]:
        """The states that redoing leads to, one step after the other."""
        return self._undone[::-1]

    @property
    def undone_or_restored(self) -> bool:
        """Whether there was ever an undo, redo or restore."""
        return bool(self._left or self._restored)

    def add(self, row: Row) -> None:
        """Take the next row of the log.

        Raises:
            ConflictError: there is nothing to undo or redo, or not so much; nothing is changed.
            NotFoundError: there is no such version to restore.
        """
        if row.name in JUMPS:
            self._jump(row)
        else:
            self.state = row.number
            self._undone.clear()
        self.version = row.number

    def at(self, version: int) -> int:
        """The state the draft was in at `version`.

        Raises:
            NotFoundError: it had no such version.
        """
        if not 1 <= version <= self.version:
            message = f"there is no version {version}; the draft has 1 to {self.version}"
            raise NotFoundError.about("version", message)
        return self._left.get(version, version)

    def path(self, state: int | None = None) -> list[int]:
        """The numbers of the rows that make a state, in order; of the present one if none is given."""
        at = self.state if state is None else state
        path = []
        while at > 0:
            if at in self._restored:
                at = self._restored[at]
            else:
                path.append(at)
                at = self._before(at)
        return path[::-1]

    def _jump(self, row: Row) -> None:
        if row.name == "restore_version":
            self._restored[row.number] = self.at(_asked(row, "version", 0))
            self.state = row.number
            self._undone.clear()
            return
        steps = _asked(row, "steps", 1)
        state, undone = self.state, self._undone.copy()
        for _ in range(steps):
            if row.name == "undo":
                undone.append(state)
                state = self._before(state)
            else:
                state = undone.pop() if undone else 0
            if state < 1:
                raise _too_many(row.name, steps, len(self.undoable if row.name == "undo" else self._undone))
        self.state, self._undone = state, undone
        self._left[row.number] = state

    def _before(self, state: int) -> int:
        """The state that `state` was made of; 0 for the first."""
        return self._left.get(state - 1, state - 1)


def _asked(row: Row, field: str, default: int) -> int:
    asked = row.asked()
    value = asked.get(field, default) if asked.keys() <= {field} else None
    if not isinstance(value, int) or isinstance(value, bool) or value < default:
        raise InvalidRequestError.about(field, f"{row.name} must say it as a whole number, and nothing else")
    return value


def _too_many(name: str, steps: int, most: int) -> ServiceError:
    message = f"there are not {steps} steps to {name}, only {most}" if most else f"there is nothing to {name}"
    return ConflictError.about("steps", message)
