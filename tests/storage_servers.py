"""The storages that tests use, each over a real server on 127.0.0.1: a web server over a folder, OSS, S3 (moto)."""

import os
import socket
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress

import requests

from settings import FolderConfig, OssConfig, S3Config
from storage.folder import FolderStorage
from storage.oss import OssStorage
from storage.patience import Patience
from storage.s3 import S3Storage

from . import oss_server
from .http_server import MediaServer
from .oss_server import OssServer

BUCKET, KEY_ID, SECRET = oss_server.BUCKET, oss_server.KEY_ID, oss_server.SECRET
IMPATIENT = Patience(retries=2, timeout=20, sleep=lambda seconds: None)


@contextmanager
def moto():
    """An S3 server with the bucket; answers its URL. It speaks S3 and keeps objects, but looks at no signature."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, env={**os.environ, "INITIAL_NO_AUTH_ACTION_COUNT": "1000000"}, **quiet) as process:
        try:
            url = f"http://127.0.0.1:{port}"
            _until_it_answers(url, process)
            requests.put(f"{url}/{BUCKET}", timeout=10).raise_for_status()
            yield url
        finally:
            process.terminate()


def _until_it_answers(url, process):
    for _ in range(600):
        try:
            requests.get(url, timeout=1)
            return
        except requests.RequestException:
            assert process.poll() is None, "moto has ended"
            threading.Event().wait(0.1)
    raise AssertionError("moto does not answer")


class Folder:
    """A folder and a web server that shows it."""

    kind = "folder"

    def __init__(self, tmp_path):
        self.root = tmp_path / "shown"
        self.root.mkdir()
        self.server = MediaServer(self.root)

    def __enter__(self):
        self.server.__enter__()
        return self

    def __exit__(self, *error):
        self.server.__exit__(*error)

    @property
    def settings(self):
        return {"folder_config": FolderConfig(folder=self.root, url=self.server.url(""))}

    def storage(self, patience=IMPATIENT):
        config = self.settings["folder_config"]
        return FolderStorage(config.folder, config.url)


class Oss:
    """The OSS server; `region` makes signatures of version 4."""

    kind = "oss"

    def __init__(self, tmp_path, region=""):
        self.folder, self.region, self.server = tmp_path / "uploads", region, OssServer()

    def __enter__(self):
        self.server.__enter__()
        return self

    def __exit__(self, *error):
        self.server.__exit__(*error)

    @property
    def url(self):
        return self.server.url

    @property
    def settings(self):
        return {"oss_config": self.config()}

    def config(self, **other):
        usual = {"bucket_name": BUCKET, "access_key_id": KEY_ID, "access_key_secret": SECRET, "endpoint": self.url}
        return OssConfig(**usual | {"region": self.region} | other)

    def storage(self, patience=IMPATIENT, **other):
        return OssStorage(self.config(**other), self.folder, patience)


class S3:
    """The S3 server."""

    kind = "s3"

    def __init__(self, url):
        self.url = url

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    @property
    def settings(self):
        return {"s3_config": self.config()}

    def config(self, **other):
        usual = {"bucket_name": BUCKET, "access_key_id": KEY_ID, "access_key_secret": SECRET, "endpoint": self.url}
        return S3Config(**usual | other)

    def storage(self, patience=IMPATIENT, **other):
        return S3Storage(self.config(**other), patience)


class Cutting:
    """Stands before a server and cuts the first `cuts` connections that have sent `after` bytes."""

    def __init__(self, url, cuts, after):
        host, _, port = url.rpartition("/")[2].partition(":")
        self._there, self.cuts, self._after = (host, int(port)), cuts, after
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for end in self._open:
            _hang_up(end)

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._there)
            except OSError:
                return  # closed
            self._open += [client, server]
            threading.Thread(target=self._carry, args=(client, server, True), daemon=True).start()
            threading.Thread(target=self._carry, args=(server, client, False), daemon=True).start()

    def _carry(self, source, target, counts):
        sent = 0
        with suppress(OSError):
            while chunk := source.recv(65_536):
                sent += len(chunk)
                if counts and self.cuts and sent > self._after:
                    self.cuts -= 1
                    break
                target.sendall(chunk)
        _hang_up(source)
        _hang_up(target)


def _hang_up(end):
    with suppress(OSError):  # the other side was quicker
        end.shutdown(socket.SHUT_RDWR)
    end.close()  # else what is sent on is taken in silence
