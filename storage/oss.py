"""Aliyun OSS. Large files go part by part; which parts are there already stands in a file until all are."""

import json
import logging
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import Any

from errors import StorageError
from settings import OssConfig

from .patience import (
    CONNECT_SECONDS,
    LINK_SECONDS,
    PART_BYTES,
    PARTS_AT_ONCE,
    Kind,
    OnBytes,
    Patience,
    content_type,
    no_answer,
    refusal,
    unheard,
)

_REGION = re.compile(r"//oss-([a-z0-9-]+?)(-internal)?\.aliyuncs\.com")
_LONG_AGO = 24 * 3600  # seconds

logging.getLogger("oss2").setLevel(logging.CRITICAL)  # it logs headers, and answers that quote what was signed


class OssStorage:
    """Objects of one bucket; `folder` has the state of unfinished transfers."""

    kind: Kind = "oss"

    def __init__(self, config: OssConfig, folder: Path, patience: Patience) -> None:
        self._config, self._folder, self._patience = config, folder, patience

    def put(self, source: Path, name: str, on_bytes: OnBytes = unheard) -> None:
        """Send it; a further try goes on with the part that failed. The server's checksum is held against ours."""
        is_done = False
        try:
            self._patience(lambda: self._send(source, name, on_bytes))
            is_done = True
        finally:
            if not is_done:
                self._forget(self._state(source, name))

    def link(self, name: str, seconds: int = LINK_SECONDS) -> str:
        """A signed URL."""
        return str(self._bucket.sign_url("GET", name, seconds, slash_safe=True))

    def exists(self, name: str) -> bool:
        """Ask the server."""
        with _words():
            return bool(self._bucket.object_exists(name))

    def delete(self, name: str) -> None:
        """Remove the object."""
        with _words():
            self._bucket.delete_object(name)

    def sweep(self) -> None:
        """Let go of the parts of transfers that ended with their process."""
        for state in self._folder.glob("oss/*--*"):
            with suppress(FileNotFoundError):  # another process sweeps too
                if state.stat().st_mtime < time.time() - _LONG_AGO:
                    self._forget(state)

    @cached_property
    def _bucket(self) -> Any:
        import oss2  # 200 ms

        config = self._config
        key, secret = config.access_key_id, config.access_key_secret.get_secret_value()
        found = _REGION.search(config.endpoint)
        region = config.region or (found[1] if found else "")
        auth = oss2.AuthV4(key, secret) if region else oss2.Auth(key, secret)
        timeout = (min(CONNECT_SECONDS, self._patience.timeout), self._patience.timeout)
        return oss2.Bucket(auth, config.endpoint, config.bucket_name, connect_timeout=timeout, region=region or None)

    @cached_property
    def _states(self) -> Any:
        from oss2 import ResumableStore

        return ResumableStore(root=str(self._folder), dir="oss")

    def _send(self, source: Path, name: str, on_bytes: OnBytes) -> None:
        from oss2 import resumable_upload
        from oss2.exceptions import InconsistentError

        with _words(), self._starting_over(InconsistentError, source, name):
            resumable_upload(
                self._bucket,
                name,
                str(source),
                store=self._states,
                headers={"Content-Type": content_type(name)},
                multipart_threshold=PART_BYTES + 1,
                part_size=PART_BYTES,
                num_threads=PARTS_AT_ONCE,
                progress_callback=lambda sent, total: on_bytes(sent),
            )

    @contextmanager
    def _starting_over(self, damaged: type[Exception], source: Path, name: str) -> Iterator[None]:
        """After `damaged` send all parts anew: the server would take the damaged one for sent."""
        try:
            yield
        except damaged:
            self._forget(self._state(source, name))
            raise

    def _state(self, source: Path, name: str) -> Path:
        key = self._states.make_store_key(self._config.bucket_name, name, str(source.absolute()))
        return self._folder / "oss" / str(key)

    def _forget(self, state: Path) -> None:
        """Have the server throw away the parts of a transfer that nobody goes on with."""
        with suppress(FileNotFoundError, ValueError, KeyError, StorageError), _words():
            record = json.loads(state.read_bytes())
            self._bucket.abort_multipart_upload(record["key"], record["upload_id"])
        state.unlink(missing_ok=True)


@contextmanager
def _words() -> Iterator[None]:
    """What oss2 raises, in words for the caller."""
    from oss2.exceptions import ClientError, InconsistentError, OssError, RequestError

    try:
        yield
    except RequestError:
        raise no_answer() from None
    except InconsistentError:
        raise StorageError("what the storage has is not what was sent", passing=True) from None
    except ClientError:
        raise StorageError("oss_config cannot be used: endpoint or bucket_name is not one") from None
    except OssError as error:
        raise refusal(error.status, error.code) from None
