"""Where finished files are put for others to fetch: one interface over a folder, Aliyun OSS and S3.

To add a kind: a module here with a class of `Storage`, its configuration in `settings.py`, a line in `open_storage`.
`tests/test_storage.py` is the contract of every storage.

Keys and signatures are secrets: libraries of storages, which log and quote them, are kept silent, and their errors are
replaced by words of ours and not chained.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

from settings import Settings, SettingsError

from .patience import LINK_SECONDS, Kind, OnBytes, Patience, unheard


class Storage(Protocol):
    """Keeps files by name. A name is like a relative path, of any characters; threads may share a storage."""

    @property
    def kind(self) -> Kind:
        """What it is, as callers are told."""

    def put(self, source: Path, name: str, on_bytes: OnBytes = unheard) -> None:
        """Keep the content of `source` as `name`: whole or not at all, in place of what was there.

        What fails in passing is tried again. `on_bytes` hears how many bytes have been sent, less again when a part is
        sent anew; what it raises ends the transfer and passes through.

        Raises:
            StorageError: it could not be kept; the message says why.
        """

    def link(self, name: str, seconds: int = LINK_SECONDS) -> str:
        """A URL that brings the file to whoever has it, for so many seconds. Asks nobody whether there is one."""

    def exists(self, name: str) -> bool:
        """Whether there is a file of that name.

        Raises:
            StorageError: that cannot be told.
        """

    def delete(self, name: str) -> None:
        """Remove the file of that name, if there is one.

        Raises:
            StorageError: it may still be there.
        """

    def sweep(self) -> None:
        """Forget transfers that were cut off a day ago or longer."""


def open_storage(settings: Settings) -> Storage | None:
    """The storage that `settings` ask for, None when they ask for none. Nobody is connected to yet.

    Raises:
        SettingsError: its library is not installed.
    """
    patience = Patience(settings.upload_retries, settings.upload_timeout)
    if settings.oss_config:
        _need("oss_config", "oss2", "oss")
        from .oss import OssStorage

        return OssStorage(settings.oss_config, settings.data_dir / "uploads", patience)
    if settings.s3_config:
        _need("s3_config", "boto3", "s3")
        from .s3 import S3Storage

        return S3Storage(settings.s3_config, patience)
    if settings.folder_config:
        from .folder import FolderStorage

        return FolderStorage(settings.folder_config.folder.expanduser(), settings.folder_config.url)
    return None


def _need(setting: str, library: str, extra: str) -> None:
    if find_spec(library) is None:
        message = f"{setting}: needs {library}, which is not installed; it is the extra {extra!r} of this project"
        raise SettingsError(f"{message}: pip install {library}")
