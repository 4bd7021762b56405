"""Any store that speaks S3: AWS, MinIO, Ceph, R2, B2..."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any

from errors import StorageError
from settings import S3Config

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

for _library in ("boto3", "botocore", "s3transfer"):
    logging.getLogger(_library).setLevel(logging.CRITICAL)  # they log headers and what was signed


class S3Storage:
    """Objects of one bucket."""

    kind: Kind = "s3"

    def __init__(self, config: S3Config, patience: Patience) -> None:
        self._config, self._patience = config, patience

    def put(self, source: Path, name: str, on_bytes: OnBytes = unheard) -> None:
        """Send it, four parts at once; each is signed with its SHA-256, which the server checks."""
        self._patience(lambda: self._send(source, name, on_bytes))

    def link(self, name: str, seconds: int = LINK_SECONDS) -> str:
        """A signed URL."""
        asked = {"Bucket": self._config.bucket_name, "Key": name}
        return str(self._client.generate_presigned_url("get_object", asked, ExpiresIn=seconds))

    def exists(self, name: str) -> bool:
        """Ask the server."""
        try:
            with _words():
                self._client.head_object(Bucket=self._config.bucket_name, Key=name)
        except StorageError as error:
            if error.status_there == 404:
                return False
            raise
        return True

    def delete(self, name: str) -> None:
        """Remove the object."""
        with _words():
            self._client.delete_object(Bucket=self._config.bucket_name, Key=name)

    def sweep(self) -> None:
        """What is cut off with its process is known to the server alone; a rule of the bucket can end it."""

    @cached_property
    def _client(self) -> Any:
        import boto3  # 200 ms
        from botocore.config import Config

        config, timeout = self._config, self._patience.timeout
        style = config.addressing_style or ("path" if config.endpoint else "virtual")
        session = boto3.session.Session(
            aws_access_key_id=config.access_key_id or None,
            aws_secret_access_key=config.access_key_secret.get_secret_value() or None,
        )
        return session.client(
            "s3",
            region_name=config.region or "us-east-1",
            endpoint_url=config.endpoint or None,
            config=Config(
                signature_version="s3v4",
                connect_timeout=min(CONNECT_SECONDS, timeout),
                read_timeout=timeout,
                retries={"mode": "standard", "total_max_attempts": 2},  # of one part; the rest is Patience
                s3={"addressing_style": style, "payload_signing_enabled": True},
                # Checksums of a newer kind are unknown to many stores; the signed SHA-256 is not.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
        )

    def _send(self, source: Path, name: str, on_bytes: OnBytes) -> None:
        from boto3.s3.transfer import TransferConfig

        progress = _Progress(on_bytes)
        try:
            with _words():
                self._client.upload_file(
                    str(source),
                    self._config.bucket_name,
                    name,
                    ExtraArgs={"ContentType": content_type(name)},
                    Callback=progress,
                    Config=TransferConfig(PART_BYTES + 1, PARTS_AT_ONCE, PART_BYTES),
                )
        except StorageError:
            if progress.ended_by:  # botocore takes what is raised in a request for a fault of the network
                raise progress.ended_by from None
            raise


class _Progress:
    """Sums up the bytes that each thread sends; one thread at a time says it, until the listener has had enough."""

    def __init__(self, on_bytes: OnBytes) -> None:
        self._on_bytes, self._lock, self._sent = on_bytes, Lock(), 0
        self.ended_by: Exception | None = None

    def __call__(self, count: int) -> None:
        with self._lock:
            if self.ended_by:
                raise self.ended_by
            self._sent += count
            try:
                self._on_bytes(self._sent)
            except Exception as error:
                self.ended_by = error
                raise


@contextmanager
def _words() -> Iterator[None]:
    """What boto3 raises, in words for the caller."""
    from boto3.exceptions import S3UploadFailedError
    from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError

    try:
        yield
    except (S3UploadFailedError, ClientError) as error:
        answer = error if isinstance(error, ClientError) else error.__context__
        raise _refusal(answer) from None
    except (ConnectionError, HTTPClientError):
        raise no_answer() from None
    except BotoCoreError as error:
        raise StorageError(f"s3_config cannot be used: {type(error).__name__}") from None


def _refusal(error: BaseException | None) -> StorageError:
    answer: dict[str, Any] = getattr(error, "response", {})
    return refusal(answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0), answer.get("Error", {}).get("Code", ""))
