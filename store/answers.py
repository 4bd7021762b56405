"""Answers to calls that were named with an Idempotency-Key: the same call gets the same answer for a day."""

import secrets
from base64 import b64decode, b64encode
from dataclasses import dataclass

import orjson

from errors import KeyReusedError

from .records import Records

_KEEP_SECONDS = 24 * 3600.0
_UNDER_WAY_SECONDS = 60.0
"""How long a call counts as under way that has not come to its end; then it may be sent again.

An edit is not done twice even so: its key is in the log of the draft."""


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

    def begin(self, key: str, fingerprint: str) -> KeptAnswer | None:
        """Claim `key` for the call that `fingerprint` stands for; answers what it was answered before.

        Raises:
            KeyReusedError: the key belongs to another call, or this one is still under way.
            StoreError: the store cannot be read or written.
        """
        claim = orjson.dumps({"of": fingerprint, "by": secrets.token_hex(8)})
        if self._records.swap("answer", key, None, claim, _UNDER_WAY_SECONDS):
            return None
        kept = orjson.loads(self._records.get("answer", key) or claim)
        if kept["of"] != fingerprint:
            raise KeyReusedError.about("Idempotency-Key", "was used for another request within a day; use a new one")
        if "status" not in kept:
            raise KeyReusedError.about("Idempotency-Key", "the same request is still under way; ask again in a moment")
        return KeptAnswer(kept["status"], b64decode(kept["body"]), kept.get("etag", ""))

    def keep(self, key: str, fingerprint: str, answer: KeptAnswer) -> None:
        """Keep the answer of a call for a day.

        Raises:
            StoreError: the store cannot be written.
        """
        body = b64encode(answer.body).decode()
        packed = {"of": fingerprint, "status": answer.status, "body": body, "etag": answer.etag}
        self._records.put("answer", key, orjson.dumps(packed), _KEEP_SECONDS)

    def forget(self, key: str) -> None:
        """Let the call be made again: it failed for a reason that may pass.

        Raises:
            StoreError: the store cannot be written.
        """
        claim = self._records.get("answer", key)
        self._records.swap("answer", key, claim, None)
