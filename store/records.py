"""Small named values with an end: tasks, facts of media, answers given. The one primitive that writes is a swap.

All stores share this interface; tests/test_store.py is the contract that every one of them passes.
"""

from typing import Literal, Protocol

Kind = Literal[
    "task",
    "latest",
    "unfinished",
    "running",
    "facts",
    "answer",
    "template",
    "skeleton",
    "uploads",
    "delivery",
    "undelivered",
    "delivering",
    "private",
]


class Records(Protocol):
    """Values by kind and key; one that is past its end is as good as absent.

    Raises:
        StoreError: any of these, when the store cannot be read or written. What was to be written is not.
    """

    def get(self, kind: Kind, key: str) -> bytes | None:
        """The value; None when there is none."""

    def get_many(self, kind: Kind, keys: list[str]) -> dict[str, bytes]:
        """Those of the values that are there, by key."""

    def put(self, kind: Kind, key: str, value: bytes, seconds: float) -> None:
        """Keep `value` for `seconds`, in place of what there is."""

    def swap(self, kind: Kind, key: str, old: bytes | None, new: bytes | None, seconds: float = 0) -> bool:
        """Put `new` in place of `old`, if that is what is there; None stands for absent. Of several at once one wins.

        Answers whether it was done. Values must tell their writers apart: one that is there already counts as put,
        and is kept for `seconds` from now.
        """

    def keys(self, kind: Kind) -> list[str]:
        """The keys of a kind."""

    def sweep(self) -> None:
        """Let go of what is past its end."""
