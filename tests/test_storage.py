"""The contract of every storage, over real servers."""

import json
import logging
import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import requests

from errors import StorageError
from settings import Settings, SettingsError
from storage import open_storage
from storage.folder import FolderStorage

from .storage_servers import IMPATIENT, S3, SECRET, Cutting, Folder, Oss, moto

ROOT = Path(__file__).parent.parent
NAMES = ["alone.zip", "drafts/d1/t1/My draft.zip", "片头/第 1 集 😀.zip", "a+b & c=d?#%20.mp4", "über/…/ﬁ.png"]


@pytest.fixture(scope="module")
def s3_url():
    with moto() as url:
        yield url


@pytest.fixture(params=["folder", "oss", "oss v4", "s3"])
def place(request, tmp_path):
    """Where files are put: makes its storage, and knows its server."""
    if request.param == "s3":
        made = S3(request.getfixturevalue("s3_url"))
    elif request.param == "folder":
        made = Folder(tmp_path)
    else:
        made = Oss(tmp_path, region="cn-hangzhou" if request.param.endswith("v4") else "")
    with made:
        yield made


@pytest.fixture
def bucket(place):
    """The same, but for the folder: that has no keys and no connection."""
    if place.kind == "folder":
        pytest.skip("a folder has none")
    return place


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "source.zip"
    path.write_bytes(b"PK" + os.urandom(100_000))
    return path


@pytest.fixture
def large(tmp_path):
    """60 MB that take no room on the disk."""
    path = tmp_path / "large.zip"
    with path.open("wb") as file:
        file.truncate(60_000_000)
        file.seek(30_000_000)
        file.write(b"in the middle")
    return path


@pytest.mark.parametrize("name", NAMES)
def test_what_is_put_is_brought_by_its_link(place, source, name):
    storage = place.storage()
    assert not storage.exists(name)
    storage.put(source, name)
    answer = requests.get(storage.link(name), timeout=10)
    assert (answer.status_code, answer.content) == (200, source.read_bytes())
    assert storage.exists(name)
    storage.delete(name)
    assert not storage.exists(name) and requests.get(storage.link(name), timeout=10).status_code == 404
    storage.delete(name)  # nothing there is no error


def test_it_takes_the_place_of_what_was_there(place, source):
    storage = place.storage()
    storage.put(source, "a.zip")
    source.write_bytes(b"PK, another")
    storage.put(source, "a.zip")
    assert requests.get(storage.link("a.zip"), timeout=10).content == b"PK, another"


def test_browsers_are_told_what_it_is(place, source):
    storage = place.storage()
    storage.put(source, "a.zip")
    storage.put(source, "a.png")
    found = [requests.get(storage.link(name), timeout=10).headers["Content-Type"] for name in ("a.zip", "a.png")]
    assert found == ["application/zip", "image/png"]


def test_all_bytes_are_told(place, large):
    told = []
    place.storage().put(large, "large.zip", told.append)
    assert told[-1] == 60_000_000 and len(told) > 5


@pytest.mark.parametrize("size", [0, 8 * 1024 * 1024, 8 * 1024 * 1024 + 1])
def test_sizes_at_the_edge_of_a_part_are_right(place, tmp_path, size):
    path = tmp_path / "edge"
    path.write_bytes(b"x" * size)
    storage = place.storage()
    storage.put(path, "edge.bin")
    assert len(requests.get(storage.link("edge.bin"), timeout=10).content) == size


def test_a_listener_that_raises_ends_it_and_nothing_is_there(place, large):
    class EnoughError(Exception):
        pass

    def stop(sent):
        if sent > 5_000_000:
            raise EnoughError

    storage = place.storage()
    with pytest.raises(EnoughError):
        storage.put(large, "stopped.zip", stop)
    assert not storage.exists("stopped.zip")
    if place.kind == "oss":
        assert place.server.parts == {} and not list(place.folder.rglob("*--*"))


@pytest.mark.slow
def test_a_server_that_dies_midway_and_comes_back_gets_the_rest(bucket, large):
    with Cutting(bucket.url, cuts=3, after=3_000_000) as way:
        storage = bucket.storage(endpoint=way.url)
        storage.put(large, "again.zip")
        assert way.cuts == 0
    assert requests.get(bucket.storage().link("again.zip"), timeout=30).content == large.read_bytes()
    if bucket.kind == "oss":  # only what was cut off is sent again
        assert bucket.server.received["again.zip"] == 60_000_000
        assert bucket.server.parts == {} and not list(bucket.folder.rglob("*--*"))


@pytest.mark.slow
def test_a_server_that_stays_dead_is_named_after_the_last_try(bucket, large):
    with Cutting(bucket.url, cuts=10**6, after=1_000_000) as way:
        storage = bucket.storage(endpoint=way.url)
        with pytest.raises(StorageError, match=r"^the storage does not answer \(tried 3 times\)$"):
            storage.put(large, "never.zip")
    assert not bucket.storage().exists("never.zip")
    with pytest.raises(StorageError, match="does not answer"):
        storage.exists("never.zip")


def test_a_bucket_that_is_not_there_is_said_at_once(bucket, source, large):
    storage = bucket.storage(bucket_name="nobody")
    for path in (source, large):
        with pytest.raises(StorageError, match="^the storage refused it: there is no such bucket$"):
            storage.put(path, "a.zip")


@pytest.mark.slow
def test_what_a_server_damages_is_sent_again(tmp_path, source, large):
    for path, name in ((source, "a.zip"), (large, "b.zip")):
        with Oss(tmp_path) as place:
            place.server.damaged = 1
            place.storage().put(path, name)
            assert place.server.objects[name] == path.read_bytes()


@pytest.mark.parametrize("region", ["", "cn-hangzhou"])
def test_a_wrong_key_and_a_wrong_secret_are_told_apart_and_not_shown(tmp_path, source, region, caplog):
    caplog.set_level(logging.DEBUG)
    with Oss(tmp_path, region) as place:
        for wrong, said in (
            ({"access_key_id": "nobodys-key"}, "the access key is not known there"),
            ({"access_key_secret": "wrong-secret"}, "the secret of the access key is not accepted"),
        ):
            with pytest.raises(StorageError, match=f"^the storage refused it: {said}$") as refusal:
                place.storage(**wrong).put(source, "a.zip")
            assert refusal.value.__cause__ is None and refusal.value.__suppress_context__
        place.storage().put(source, "a.zip")
    assert not [word for word in (SECRET, "wrong-secret", "nobodys-key", "Authorization") if word in caplog.text]


def test_s3_refuses_a_key_that_nobody_has(s3_url, source, caplog):
    caplog.set_level(logging.DEBUG)
    place = S3(s3_url)
    requests.post(f"{s3_url}/moto-api/reset-auth", data=b"0", timeout=10).raise_for_status()
    try:
        with pytest.raises(StorageError, match="^the storage refused it: the access key is not known there$"):
            place.storage(access_key_id="AKIAIOSFODNN7EXAMPLE").put(source, "a.zip")
    finally:
        requests.post(f"{s3_url}/moto-api/reset-auth", data=b"1000000", timeout=10).raise_for_status()
    assert SECRET not in caplog.text and "Authorization" not in caplog.text


@pytest.mark.parametrize("region", ["", "cn-hangzhou"])
def test_a_link_runs_out_and_is_good_for_one_name_only(tmp_path, source, region):
    with Oss(tmp_path, region) as place:
        storage = place.storage()
        for name in ("a.zip", "b.zip"):
            storage.put(source, name)
        link = storage.link("a.zip")
        found = [
            requests.get(url, timeout=10).status_code
            for url in (link, storage.link("a.zip", seconds=-1), link.replace("a.zip", "b.zip"), link.split("?")[0])
        ]
        assert found == [200, 403, 403, 403]


def test_a_day_is_what_links_are_good_for(bucket):
    link = bucket.storage().link("a.zip")
    until = re.search("[?&]Expires=([0-9]+)", link)  # version 1 of OSS names the time, the others how long
    assert 86_000 < int(until[1]) - time.time() <= 86_400 if until else "xpires=86400" in link


def test_many_threads_may_share_it(place, source):
    storage = place.storage()
    names = [f"at once/{number}.zip" for number in range(8)]
    threads = [threading.Thread(target=storage.put, args=(source, name)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(storage.exists(name) for name in names)


def test_a_transfer_that_ended_with_its_process_is_let_go_of_after_a_day(tmp_path, large):
    with Oss(tmp_path) as place:
        storage = place.storage()
        with Cutting(place.url, cuts=10**6, after=5_000_000) as way:
            cut = place.storage(endpoint=way.url)
            cut._forget = lambda state: None  # as after kill -9
            with pytest.raises(StorageError):
                cut.put(large, "cut.zip")
        (state,) = place.folder.rglob("*--*")
        storage.sweep()
        assert state.exists() and place.server.parts
        os.utime(state, (0, 0))
        storage.sweep()
        assert not state.exists() and not place.server.parts


PUT = """
import resource, sys
from pathlib import Path
from settings import Settings
from storage import open_storage
settings = Settings.model_validate_json(sys.stdin.read())
storage = open_storage(settings)
small, large = map(Path, sys.argv[1:])
storage.put(small, "small")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
storage.put(large, "large")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere memory is counted in other units")
@pytest.mark.slow
def test_memory_is_bounded(place, source, large, tmp_path):
    (name, config), *_ = place.settings.items()
    plain = config.model_dump(mode="json")
    if "access_key_secret" in plain:
        plain["access_key_secret"] = SECRET
    asked = Settings(data_dir=tmp_path, **{name: plain})
    sent = asked.model_dump_json(include={"data_dir"})[:-1] + f', "{name}": {json.dumps(plain)}}}'
    command = [sys.executable, "-c", PUT, str(source), str(large)]
    done = subprocess.run(command, cwd=ROOT, input=sent, capture_output=True, text=True, timeout=60, check=True)
    assert int(done.stdout) < 30_000, "KB"


def test_names_stay_in_the_folder(tmp_path, source):
    with Folder(tmp_path) as place, pytest.raises(ValueError, match="not in the folder"):
        place.storage().put(source, "../escaped.zip")


def test_a_folder_that_cannot_be_written_to_is_said_without_its_path(tmp_path, source):
    (tmp_path / "shown").write_text("a file")
    with pytest.raises(StorageError, match="^the storage folder cannot be written to: ") as refusal:
        FolderStorage(tmp_path / "shown", "https://example.com").put(source, "a.zip")
    assert str(tmp_path) not in str(refusal.value)


@pytest.mark.parametrize("place", ["oss", "s3"], indirect=True)
def test_the_settings_choose_it(place, tmp_path):
    storage = open_storage(Settings(data_dir=tmp_path, **place.settings))
    assert storage is not None and storage.kind == place.kind


def test_none_is_none(tmp_path):
    assert open_storage(Settings(data_dir=tmp_path)) is None


@pytest.mark.parametrize("place, library", [("oss", "oss2"), ("s3", "boto3")], indirect=["place"])
def test_a_library_that_is_missing_stops_the_start(place, library, tmp_path, monkeypatch):
    monkeypatch.setattr("storage.find_spec", lambda name: None)
    with pytest.raises(SettingsError, match=rf"{place.kind}_config: needs {library}, which is not installed"):
        open_storage(Settings(data_dir=tmp_path, **place.settings))


def test_libraries_of_storages_are_imported_by_the_first_use_only(tmp_path):
    code = "import capcut_server, sys; assert not {'oss2', 'boto3', 'botocore'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True, timeout=60)


def test_it_waits_longer_each_time():
    pauses = []
    patience = type(IMPATIENT)(retries=4, timeout=1, sleep=pauses.append)

    def fail():
        raise StorageError("no", passing=True)

    with pytest.raises(StorageError, match=r"^no \(tried 5 times\)$"):
        patience(fail)
    assert all(low <= pause <= 2 * low for low, pause in zip((0.25, 0.5, 1, 2), pauses, strict=True))
