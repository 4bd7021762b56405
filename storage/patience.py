"""What storages have in common: trying again, words for what went wrong, the type of a file."""

import mimetypes
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Literal

from errors import StorageError

Kind = Literal["folder", "oss", "s3"]
OnBytes = Callable[[int], None]
"""Hears how many bytes have been sent."""

CONNECT_SECONDS = 10.0
LINK_SECONDS = 24 * 3600
"""How long a link is good for."""

PART_BYTES = 8 * 1024 * 1024
"""Files of more than one part are sent part by part; a part that fails is sent again alone."""
PARTS_AT_ONCE = 4

_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0  # seconds
_PASSING = frozenset({408, 429, 500, 502, 503, 504})
_REASONS = {
    "NoSuchBucket": "there is no such bucket",
    "InvalidAccessKeyId": "the access key is not known there",
    "SignatureDoesNotMatch": "the secret of the access key is not accepted",
    "AccessDenied": "the access key may not do that",
    "RequestTimeTooSkewed": "the clock of this machine is wrong",
    "QuotaExceeded": "there is no room left",
}


def unheard(sent: int) -> None:
    """Hear nothing."""


@dataclass(frozen=True)
class Patience:
    """How long a storage is waited for."""

    retries: int
    """Further tries after the first, for what may pass."""
    timeout: float
    """Longest silence of the server, in seconds."""
    sleep: Callable[[float], None] = time.sleep

    def __call__(self, attempt: Callable[[], None]) -> None:
        """Do it, again and again while what goes wrong may pass, with doubling pauses.

        Raises:
            StorageError: it did not go; how often it was tried is in the message.
        """
        for tries in count(1):
            try:
                return attempt()
            except StorageError as error:
                failure = error
            if not failure.passing or tries > self.retries:
                raise failure if tries == 1 else StorageError(f"{failure} (tried {tries} times)")
            self.sleep(min(_FIRST_PAUSE * 2.0 ** (tries - 1), _LONGEST_PAUSE) * random.uniform(0.5, 1))


def refusal(status: int, code: str) -> StorageError:
    """What a server's answer means: its status, and the code that OSS and S3 have in common."""
    reason = _REASONS.get(code, f"HTTP {status} {code}".rstrip())
    passing = status in _PASSING or code == "RequestTimeout"
    return StorageError(f"the storage refused it: {reason}", passing=passing, status_there=status)


def no_answer() -> StorageError:
    """The server cannot be reached, or fell silent, or hung up."""
    return StorageError("the storage does not answer", passing=True)


def content_type(name: str) -> str:
    """The media type by which a browser knows the file."""
    return mimetypes.guess_type(name)[0] or "application/octet-stream"
