import threading
from hashlib import sha256

import orjson
import pytest

from errors import MediaError
from media.library import MediaLibrary, Progress
from store.facts import KnownFacts
from store.memory_store import MemoryStore

from .fakes import FakeMedia

URL = "https://example.com/a.mp4?signature=secret"


@pytest.fixture
def web():
    return FakeMedia()


@pytest.fixture
def known():
    return KnownFacts(MemoryStore(), keep=3_600)


@pytest.fixture
def library(web, known):
    made = MediaLibrary(web.fetch, web.probe, known, workers=4)
    yield made
    made.close()


def test_a_file_is_named_by_its_url_and_its_content(library, web, tmp_path):
    brought = library.bring(web.photo(URL), tmp_path)
    assert brought.path.name.startswith("image_") and brought.path.suffix == ".png"
    assert brought.folder == "image" and library.facts([URL]) == {URL: brought.facts}


def test_facts_are_known_to_another_process_and_after_a_restart(web, tmp_path):
    store = MemoryStore()
    one, other = (MediaLibrary(web.fetch, web.probe, KnownFacts(store, keep=3_600)) for _ in range(2))
    facts = one.bring(web.video(URL), tmp_path).facts
    assert other.facts([URL, "https://example.com/unknown"]) == {URL: facts}


def test_what_is_kept_of_a_medium_says_its_size_and_version_but_not_its_url(web, tmp_path):
    store = MemoryStore()
    brought = MediaLibrary(web.fetch, web.probe, KnownFacts(store, keep=3_600)).bring(web.video(URL), tmp_path)
    (name,) = store.keys("facts")
    kept = orjson.loads(store.get("facts", name))
    content = brought.path.read_bytes()
    assert (kept["size"], kept["mark"]) == (len(content), sha256(content).hexdigest())
    assert "secret" not in name and b"secret" not in store.get("facts", name)


def test_only_so_many_facts_are_held_in_memory(web, tmp_path):
    store = MemoryStore()
    known = KnownFacts(store, keep=3_600, remembered=2)
    library = MediaLibrary(web.fetch, web.probe, known)
    urls = [web.video(f"https://example.com/{number}") for number in range(3)]
    for url in urls:
        library.bring(url, tmp_path)
    assert len(known._near) == 2 and len(library.facts(urls)) == 3


def test_each_url_is_brought_once_and_failures_are_sorted_out(library, web, tmp_path):
    heard = []
    brought = library.bring_all([web.video(URL), URL, web.missing("https://example.com/x")], tmp_path, heard.append)
    assert set(brought.found) == {URL} and brought.failed == {"https://example.com/x": "HTTP 404 Not Found"}
    size = len(brought.found[URL].path.read_bytes())
    assert heard[-1] == Progress(2, size, size, 1) and web.fetched.count(URL) == 1


def test_the_progress_of_a_medium_under_way_is_told_in_bytes(tmp_path, known):
    heard, half_heard = [], threading.Event()

    def fetch(url, target, on_bytes, on_size):
        on_size(200)
        on_bytes(100)
        assert half_heard.wait(30)
        raise MediaError(url, "gone")

    def hear(progress):
        heard.append(progress)
        half_heard.set()

    MediaLibrary(fetch, FakeMedia().probe, known).bring_all([URL], tmp_path, hear)
    assert (heard[0], heard[-1]) == (Progress(0, 100, 200, 0.5), Progress(1, 100, 200, 1))


def test_an_unreadable_file_is_not_left_behind(library, tmp_path):
    with pytest.raises(MediaError, match="not a picture"):
        library.bring("https://example.com/page", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_looks_that_are_under_way_are_shared_and_answered_in_time(web, tmp_path):
    go_on = threading.Event()

    def fetch(url, target, *hearers):
        web.fetched.append(url)
        go_on.wait(30)
        return FakeMedia.fetch(web, url, target, *hearers)

    library = MediaLibrary(fetch, web.probe, KnownFacts(MemoryStore(), 3_600), workers=4)
    web.video(URL)
    for _ in range(5):
        assert library.learn([URL], tmp_path, timeout=0.01) == {}
    assert web.fetched == [URL] and library.facts([URL]) == {}
    go_on.set()
    assert library.learn([URL], tmp_path, timeout=30) == {}
    assert URL in library.facts([URL])
    library.close()


def test_a_disk_that_fails_is_the_mediums_failure(library, web, tmp_path):
    with pytest.raises(MediaError, match="could not be stored"):
        library.bring(web.video(URL), tmp_path / "nowhere")


def test_secrets_of_urls_are_not_logged(library, web, tmp_path, caplog):
    library.bring_all([web.missing(URL)], tmp_path)
    assert "example.com/a.mp4" in caplog.text and "secret" not in caplog.text
