"""What is fetched is fetched once, against a real server."""

import multiprocessing
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from downloader import Downloader, Limits, Network
from errors import MediaError
from media import cache as room
from media.cache import MediaCache

from .http_server import MediaServer

CLIP = bytes(range(256)) * 40
LIMITS = Limits(retries=0, timeout=5, max_bytes=1_000_000, pool_size=4, allow_private_addresses=True)


class Clock:
    def __init__(self):
        self.now = 1_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def served(tmp_path):
    folder = tmp_path / "served"
    folder.mkdir()
    (folder / "clip.mp4").write_bytes(CLIP)
    return folder


@pytest.fixture
def server(served):
    with MediaServer(served) as running:
        yield running


@pytest.fixture
def download():
    made = Downloader(LIMITS, Network(sleep=lambda seconds: None))
    yield made.fetch
    made.close()


@pytest.fixture
def make(tmp_path, download, clock):
    return lambda most=1_000_000, fetch=download: MediaCache(tmp_path / "media", fetch, most, 60, clock)


@pytest.fixture
def drafts(tmp_path):
    """Places to bring media to, one after the other."""
    numbers = iter(range(10_000))
    return lambda: tmp_path / "drafts" / str(next(numbers)) / "video"


def files(tmp_path, ending="*"):
    return sorted(path for path in (tmp_path / "media").glob(f"??/{ending}"))


def test_a_second_draft_fetches_nothing_and_shares_the_file(make, server, drafts):
    cache, one, two = make(), drafts(), drafts()
    first, second = cache.fetch(server.url("clip.mp4"), one), cache.fetch(server.url("clip.mp4"), two)
    assert one.read_bytes() == two.read_bytes() == CLIP and one.samefile(two)
    assert first.mark == second.mark != "" and len(server.requests) == 1
    assert [path.name for path in two.parent.iterdir()] == ["video"]


def test_another_process_and_the_next_start_know_it(make, server, drafts):
    make().fetch(server.url("clip.mp4"), drafts())
    make().fetch(server.url("clip.mp4"), drafts())
    assert len(server.requests) == 1


@pytest.mark.parametrize(("way", "question"), [("tagged", "if-none-match"), ("dated", "if-modified-since")])
def test_a_copy_that_is_old_is_compared_and_its_bytes_do_not_come_again(make, server, drafts, clock, way, question):
    cache = make()
    first = cache.fetch(server.url(f"{way}/clip.mp4"), drafts())
    clock.now += 61
    heard = []
    again = cache.fetch(server.url(f"{way}/clip.mp4"), place := drafts(), heard.append, heard.append)
    assert place.read_bytes() == CLIP and again.mark == first.mark and heard == []
    assert question in server.headers[1] and len(server.requests) == 2
    cache.fetch(server.url(f"{way}/clip.mp4"), drafts())  # compared a moment ago
    assert len(server.requests) == 2


def test_a_file_that_has_changed_comes_anew_and_drafts_keep_theirs(make, server, served, drafts, clock, tmp_path):
    cache, old = make(), drafts()
    first = cache.fetch(server.url("tagged/clip.mp4"), old)
    (served / "clip.mp4").write_bytes(b"another")
    clock.now += 61
    second = cache.fetch(server.url("tagged/clip.mp4"), new := drafts())
    assert (old.read_bytes(), new.read_bytes()) == (CLIP, b"another") and first.mark != second.mark
    assert [path.stat().st_size for path in files(tmp_path, f"*.{second.mark}")] == [7]
    assert files(tmp_path, f"*.{first.mark}") == []


def test_a_server_without_marks_is_asked_for_the_whole_again(make, server, drafts, clock):
    cache = make()
    cache.fetch(server.url("clip.mp4"), drafts())
    clock.now += 61
    cache.fetch(server.url("clip.mp4"), drafts())
    assert len(server.requests) == 2 and "if-none-match" not in server.headers[1]


def test_a_copy_is_used_with_a_warning_when_its_server_refuses_by_now(make, server, drafts, clock):
    cache = make()
    cache.fetch(server.url("gone/1/clip.mp4"), drafts())
    clock.now += 61
    fetched = cache.fetch(server.url("gone/1/clip.mp4"), place := drafts())
    assert place.read_bytes() == CLIP
    assert fetched.warning == (
        "its server could not be asked whether it has changed (HTTP 404 Not Found); a copy is used"
    )


def test_a_copy_is_not_used_for_an_address_that_is_not_allowed_any_more(make, server, drafts, clock):
    make().fetch(server.url("clip.mp4"), drafts())
    clock.now += 61
    guarded = Downloader(Limits(retries=0, timeout=5, max_bytes=1_000_000, pool_size=4))
    with pytest.raises(MediaError, match="address not allowed"):
        make(fetch=guarded.fetch).fetch(server.url("clip.mp4"), drafts())


def test_what_cannot_be_had_leaves_nothing(make, server, drafts, tmp_path):
    place = drafts()
    with pytest.raises(MediaError, match="HTTP 404"):
        make().fetch(server.url("nothing.mp4"), place)
    assert list(place.parent.iterdir()) == [] and files(tmp_path, "*.json") == []
    assert [path for path in files(tmp_path) if path.suffix != ".lock"] == []


def test_fetches_of_one_url_at_once_are_one(make, server, drafts):
    cache, together = make(), threading.Barrier(8)

    def fetch(place):
        together.wait()
        return cache.fetch(server.url("slow/100/clip.mp4"), place).mark

    with ThreadPoolExecutor(8) as pool:
        marks = set(pool.map(fetch, [drafts() for _ in range(8)]))
    assert len(marks) == 1 and len(server.requests) == 1


def in_process(root, url, place, together):
    downloader = Downloader(LIMITS)
    together.wait()
    MediaCache(root, downloader.fetch, 1_000_000, 60).fetch(url, place)
    downloader.close()


def test_fetches_of_one_url_by_several_processes_are_one(server, drafts, tmp_path):
    context = multiprocessing.get_context("spawn")
    together, places = context.Barrier(3), [drafts() for _ in range(3)]
    asked = [(tmp_path / "media", server.url("slow/200/clip.mp4"), place, together) for place in places]
    processes = [context.Process(target=in_process, args=one) for one in asked]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [place.read_bytes() for place in places] == [CLIP] * 3
    assert len(server.requests) == 1


def test_a_lock_of_a_dead_process_holds_nobody_up(make, server, drafts, tmp_path):
    context = multiprocessing.get_context("spawn")
    cache, url, place = make(), server.url("stallonce/clip.mp4"), drafts()
    alone = context.Barrier(1)
    process = context.Process(target=in_process, args=(tmp_path / "media", url, drafts(), alone))
    process.start()
    while not server.requests:
        process.join(0.01)
        assert process.is_alive()
    process.kill()
    process.join()
    cache.fetch(url, place)
    assert place.read_bytes() == CLIP and len(server.requests) == 2


def test_room_is_made_by_what_was_used_longest_ago(make, server, served, drafts, tmp_path):
    for name in "abcd":
        (served / name).write_bytes(name.encode() * 300)
    cache, places = make(most=1_000), {}
    for moment, name in enumerate("abacd"):
        cache.fetch(server.url(name), places.setdefault(name, drafts()))
        for uses in files(tmp_path, "*.uses"):
            if uses.stat().st_mtime > 1_000_000:
                os.utime(uses, (moment, moment))
    cache.make_room()
    assert len(files(tmp_path, "*.json")) == 3
    assert places["b"].read_bytes() == b"b" * 300  # what a save was given stays
    for name in "acd":
        cache.fetch(server.url(name), drafts())
    assert server.requests == ["/a", "/b", "/c", "/d"]
    cache.fetch(server.url("b"), drafts())
    assert server.requests[4:] == ["/b"]


def test_many_fetches_keep_within_the_bound(make, server, served, drafts, tmp_path):
    cache = make(most=10_000)
    for number in range(40):
        (served / str(number)).write_bytes(bytes(1_000))
        cache.fetch(server.url(str(number)), drafts())
    assert 5_000 <= sum(path.stat().st_size for path in files(tmp_path) if path.stat().st_size == 1_000) <= 11_000


def test_making_room_takes_nothing_from_fetches_that_are_under_way(make, server, served, drafts):
    urls = []
    for number in range(160):
        (served / f"{number}.mp4").write_bytes(CLIP)
        urls.append(server.url(f"{number}.mp4"))
    cache, places = make(most=2 * len(CLIP)), [drafts() for _ in urls]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(cache.fetch, urls, places))
    assert all(place.read_bytes() == CLIP for place in places)


def test_what_has_just_come_is_not_the_first_to_go(make, server, served, drafts):
    (served / "other.mp4").write_bytes(CLIP)
    cache = make(most=len(CLIP) * 3 // 2)
    cache.fetch(server.url("clip.mp4"), drafts())
    cache.fetch(server.url("other.mp4"), drafts())
    cache.fetch(server.url("other.mp4"), drafts())
    assert [path.rpartition("/")[2] for path in server.requests] == ["clip.mp4", "other.mp4"]


class Disk:
    """A download that finds no room as long as the cache holds more than `copies`, as on a full disk."""

    def __init__(self, download, folder, copies):
        self.download, self.folder, self.copies = download, folder, copies

    def __call__(self, url, target, *heard):
        held = [path for path in self.folder.glob("??/*.json")]
        if len(held) > self.copies:
            raise MediaError(url, "not enough space", lacking_bytes=len(CLIP))
        return self.download(url, target, *heard)


def test_on_a_full_disk_copies_give_way_that_no_draft_has(make, download, server, served, drafts, tmp_path):
    (served / "other.mp4").write_bytes(CLIP)
    (served / "third.mp4").write_bytes(CLIP)
    cache = make(fetch=Disk(download, tmp_path / "media", 1))
    cache.fetch(server.url("clip.mp4"), kept := drafts())
    cache.fetch(server.url("other.mp4"), gone := drafts())
    gone.unlink()
    cache.fetch(server.url("third.mp4"), place := drafts())
    assert place.read_bytes() == CLIP
    assert sorted(path.rpartition("/")[2] for path in make().most_used(9)) == ["clip.mp4", "third.mp4"]
    place.unlink()
    kept.unlink()


def test_a_disk_that_copies_cannot_help_keeps_them(make, download, server, served, drafts, tmp_path):
    (served / "other.mp4").write_bytes(CLIP)
    cache = make(fetch=Disk(download, tmp_path / "media", 0))
    cache.fetch(server.url("clip.mp4"), drafts())  # a draft has it: giving it up would make no room
    with pytest.raises(MediaError, match="not enough space"):
        cache.fetch(server.url("other.mp4"), drafts())
    assert make().most_used(9) == [server.url("clip.mp4")]


def test_a_link_that_cannot_be_finished_leaves_nothing(make, server, drafts, monkeypatch):
    def fill(source, target):
        target.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(room, "_link", fill)
    with pytest.raises(OSError, match="No space"):
        make().fetch(server.url("clip.mp4"), place := drafts())
    assert list(place.parent.iterdir()) == []


def test_who_waits_for_another_fetch_can_end_the_waiting(make, download, server, drafts):
    other = threading.Thread(target=make().fetch, args=(server.url("gate/clip.mp4"), drafts()))
    other.start()
    while not server.requests:
        time.sleep(0.01)

    def enough(size):
        raise InterruptedError

    with pytest.raises(InterruptedError):
        make().fetch(server.url("gate/clip.mp4"), drafts(), enough)
    server.open_gate()
    other.join()


def test_without_room_nothing_is_kept(make, server, drafts, tmp_path):
    cache = make(most=0)
    for _ in range(2):
        cache.fetch(server.url("clip.mp4"), drafts())
    assert len(server.requests) == 2 and not (tmp_path / "media").exists()


def test_local_files_and_samples_are_not_kept(make, drafts, tmp_path):
    make().fetch("asset://samples/photo.png", place := drafts())
    assert place.exists() and not (tmp_path / "media").exists()


def test_a_copy_that_somebody_wrote_to_is_not_handed_out(make, server, drafts):
    cache, place = make(), drafts()
    cache.fetch(server.url("clip.mp4"), place)
    place.write_bytes(b"edited in the draft")
    cache.fetch(server.url("clip.mp4"), again := drafts())
    assert again.read_bytes() == CLIP


def test_where_links_cannot_be_made_the_file_is_copied(make, server, drafts, monkeypatch):
    def refuse(*_):
        raise OSError(room.errno.EXDEV, "another file system")

    monkeypatch.setattr(room.os, "link", refuse)
    make().fetch(server.url("clip.mp4"), one := drafts())
    make().fetch(server.url("clip.mp4"), two := drafts())
    assert one.read_bytes() == two.read_bytes() == CLIP and not one.samefile(two) and len(server.requests) == 1


def test_a_damaged_entry_is_as_good_as_none(make, server, drafts, tmp_path):
    make().fetch(server.url("clip.mp4"), drafts())
    (entry,) = files(tmp_path, "*.json")
    for damage in (b"", b"[]", b'{"mark": 1}', b"{"):
        entry.write_bytes(damage)
        make().fetch(server.url("clip.mp4"), place := drafts())
        assert place.read_bytes() == CLIP
    assert len(server.requests) == 5


def test_what_is_of_no_use_is_forgotten(make, server, drafts):
    cache = make()
    cache.fetch(server.url("clip.mp4"), drafts())
    cache.forget(server.url("clip.mp4"))
    cache.fetch(server.url("clip.mp4"), drafts())
    assert len(server.requests) == 2


def test_what_a_crash_left_is_swept_in_time(make, server, drafts, tmp_path):
    cache = make()
    cache.fetch(server.url("clip.mp4"), drafts())
    kept = {path for path in files(tmp_path) if path.suffix != ".lock"}
    left, fresh = (kept.copy().pop().with_suffix(f".{name}.part") for name in ("dead", "live"))
    left.write_bytes(b"half")
    os.utime(left, (0, 0))
    fresh.write_bytes(b"half")
    cache.make_room()
    assert {path for path in files(tmp_path) if path.suffix != ".lock"} == kept | {fresh}


def test_the_most_used_are_known_by_count(make, server, served, drafts):
    cache = make()
    for name in "abbacb":
        (served / name).write_bytes(b"x")
        cache.fetch(server.url(name), drafts())
    assert make().most_used(2) == [server.url("b"), server.url("a")]


def test_secrets_of_urls_are_not_logged(make, server, drafts, clock, caplog):
    cache = make()
    url = server.url("gone/1/clip.mp4?signature=hush")
    cache.fetch(url, drafts())
    clock.now += 61
    cache.fetch(url, drafts())
    assert "the copy is used" in caplog.text and "hush" not in caplog.text
