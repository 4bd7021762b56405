"""Answers to calls that were named with an Idempotency-Key: the same call gets the same answer for a day."""

import os
import secrets
import socket
from base64 import b64decode, b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from errors import KeyReusedError

from .records import Records

_KEEP_SECONDS = 24 * 3600.0
_UNDER_WAY_SECONDS = 10.0
"""How long a call counts as under way whose process is silent; then it may be sent again.

An edit is not done twice even so: its key is in the log of the draft."""


_NAMESPACE = Path("/proc/self/ns/pid")
_PLACE = f"{socket.gethostname()} {os.readlink(_NAMESPACE) if _NAMESPACE.exists() else ''}"
"""Where a process id means the same process."""


def _is_dead(claim: dict[str, Any]) -> bool:
    """Whether the process that made a claim is known to have ended."""
    if claim["place"] != _PLACE or os.name != "posix":  # elsewhere asking for a process may end it
        return False
    try:
        os.kill(claim["process"], 0)
    except ProcessLookupError:
        return True
    except PermissionError:  # somebody else's, but alive
        pass
    return False


@dataclass(frozen=True)
class KeptAnswer:
    """What a call was answered."""

    status: int
    body: bytes
    etag: str = ""


class Answers:
    """Answers by the key of the call."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._claims: dict[str, bytes] = {}

    def begin(self, key: str, fingerprint: str) -> KeptAnswer | None:
        """Claim `key` for the call that `fingerprint` stands for; answers what it was answered before.

        Raises:
            KeyReusedError: the key belongs to another call, or this one is still under way.
            StoreError: the store cannot be read or written.
        """
        claim = orjson.dumps({"of": fingerprint, "by": secrets.token_hex(8), "place": _PLACE, "process": os.getpid()})
        if self._claim(key, None, claim):
            return None
        there = self._records.get("answer", key) or claim
        kept = orjson.loads(there)
        if kept["of"] != fingerprint:
            raise KeyReusedError.about("Idempotency-Key", "was used for another request within a day; use a new one")
        if "status" not in kept:
            if _is_dead(kept) and self._claim(key, there, claim):
                return None
            raise KeyReusedError.about("Idempotency-Key", "the same request is still under way; ask again in a moment")
        return KeptAnswer(kept["status"], b64decode(kept["body"]), kept.get("etag", ""))

    def _claim(self, key: str, there: bytes | None, claim: bytes) -> bool:
        is_ours = self._records.swap("answer", key, there, claim, _UNDER_WAY_SECONDS)
        if is_ours:
            self._claims[key] = claim
        return is_ours

    def keep(self, key: str, fingerprint: str, answer: KeptAnswer) -> None:
        """Keep the answer of a call for a day.

        Raises:
            StoreError: the store cannot be written.
        """
        body = b64encode(answer.body).decode()
        packed = {"of": fingerprint, "status": answer.status, "body": body, "etag": answer.etag}
        self._settle(key, orjson.dumps(packed))

    def forget(self, key: str) -> None:
        """Let the call be made again: it failed for a reason that may pass.

        Raises:
            StoreError: the store cannot be written.
        """
        self._settle(key, None)

    def renew(self) -> None:
        """Tell the others that the calls which this process has claimed are still under way.

        Raises:
            StoreError: the store cannot be written just now.
        """
        for key, claim in list(self._claims.items()):
            self._records.swap("answer", key, claim, claim, _UNDER_WAY_SECONDS)

    def _settle(self, key: str, kept: bytes | None) -> None:
        """Put the end of a call in place of its claim, if that is still there or ran out."""
        claim = self._claims.pop(key)
        if not self._records.swap("answer", key, claim, kept, _KEEP_SECONDS) and kept:
            self._records.swap("answer", key, None, kept, _KEEP_SECONDS)
