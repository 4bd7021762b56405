"""Ids that come out the same every time a draft is rebuilt.

A draft is rebuilt from its log whenever it left the memory, maybe in another process; an id handed to a client must
name the same segment afterwards. So the id of a segment follows from the draft, the operation and its place in it,
and the ids of everything made for that segment follow from the id of the segment.

pyJianYingDraft gives every object a fresh `uuid.uuid4()`. Its modules are handed a stand-in for `uuid` that draws
from the segment being written instead; outside of `following()` it is the real thing.
"""

import sys
import types
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import count

import pyJianYingDraft  # the modules below exist once it is imported

_LAST = (1 << 128) - 1


def derived_id(*parts: object) -> str:
    """The id that belongs to `parts`: 32 hex digits, the same for the same parts."""
    return uuid.uuid5(uuid.NAMESPACE_OID, "/".join(map(str, parts))).hex


def app_style(identifier: str) -> str:
    """The same id as the apps write those of documents: upper case, with hyphens."""
    return str(uuid.UUID(identifier)).upper()


_stream: ContextVar[Iterator[int] | None] = ContextVar("ids", default=None)


@contextmanager
def following(identifier: str) -> Iterator[None]:
    """Let `next_id()`, and the library, draw the ids that follow `identifier`."""
    token = _stream.set(count(int(identifier, 16) + 1))
    try:
        yield
    finally:
        _stream.reset(token)


def next_id() -> str:
    """Draw the next id: 32 hex digits."""
    return _uuid4().hex


def _uuid4() -> uuid.UUID:
    stream = _stream.get()
    return uuid.uuid4() if stream is None else uuid.UUID(int=next(stream) & _LAST)


class _FollowingUuid(types.ModuleType):
    """`uuid` as the library sees it."""

    uuid4 = staticmethod(_uuid4)

    def __getattr__(self, name: str) -> object:
        return getattr(uuid, name)


def _stand_in() -> None:
    stand_in = _FollowingUuid("uuid")
    for name, module in list(sys.modules.items()):
        if name.startswith(pyJianYingDraft.__name__) and getattr(module, "uuid", None) is uuid:
            module.uuid = stand_in  # type: ignore[attr-defined]


_stand_in()
