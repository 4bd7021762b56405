"""Media are fetched ahead of the save that needs them, against a real server."""

import threading
import time

import pytest

from capcut_server import create_app
from errors import MediaError
from media.address import web_addresses
from media.library import MediaLibrary
from settings import Settings
from store.facts import KnownFacts
from store.memory_store import MemoryStore

from .fakes import FakeMedia
from .real_draft import ask


@pytest.fixture
def make(tmp_path):
    made = []

    def app(**settings):
        chosen = Settings(data_dir=tmp_path / "data", allow_private_addresses=True, download_retries=0, **settings)
        made.append(create_app(chosen))
        return made[-1].test_client()

    yield app
    for one in made:
        one.extensions["services"].close()


def until(true):
    for _ in range(600):
        if true():
            return
        time.sleep(0.05)
    raise AssertionError("it never came")


def copies(tmp_path):
    return list((tmp_path / "data" / "media").glob("??/*.json"))


def test_a_save_finds_what_an_edit_named_and_fetches_nothing(make, media_server, tmp_path):
    client = make()
    ask(client, "/add_video", draft_id="d1", video_url=media_server.url(f"clip.mp4?{tmp_path.name}"))
    step = {"image_path": media_server.url(f"photo.jpg?{tmp_path.name}"), "start": 5, "end": 6}
    ask(client, "/batch", draft_id="d1", operations=[{"operation": "add_image", "request": step}])
    until(lambda: len(copies(tmp_path)) == 2)
    state = ask(client, "/v1/save_draft", draft_id="d1", wait=60)
    assert (state["status"], state["downloaded_bytes"]) == ("completed", 0)
    assert sum(tmp_path.name in path for path in media_server.requests) == 2


def test_a_dry_run_an_edit_that_fails_and_a_service_without_it_fetch_nothing(make, media_server, tmp_path):
    url = media_server.url(f"clip.mp4?{tmp_path.name}")
    client = make()
    ask(client, "/add_video", draft_id="d1", video_url=url, dry_run=True)
    assert not client.post("/add_video", json={"draft_id": "d1", "video_url": url, "transition": "none such"}).json[
        "success"
    ]
    ask(make(prefetch=False), "/add_video", draft_id="d2", video_url=url)
    ask(make(media_cache_bytes=0), "/add_video", draft_id="d3", video_url=url)
    seen = media_server.url(f"photo.jpg?{tmp_path.name}")
    ask(client, "/add_image", draft_id="d4", image_url=seen)  # comes after them in the queue
    until(lambda: copies(tmp_path))
    assert [path for path in media_server.requests if tmp_path.name in path] == [f"/photo.jpg?{tmp_path.name}"]


def test_the_most_used_are_compared_at_start(make, media_server, tmp_path):
    url = media_server.url(f"tagged/clip.mp4?{tmp_path.name}")
    client = make(prefetch=False)
    ask(client, "/add_video", draft_id="d1", video_url=url)
    ask(client, "/v1/save_draft", draft_id="d1", wait=60)
    make(media_max_age=0)
    asked = [f"/tagged/clip.mp4?{tmp_path.name}"] * 2
    until(lambda: [path for path in media_server.requests if tmp_path.name in path] == asked)


def test_no_call_waits_and_what_fails_is_not_told(tmp_path, caplog):
    go_on, asked = threading.Event(), []

    def fetch(url, target, *_):
        asked.append(url)
        go_on.wait(30)
        raise MediaError(url, "HTTP 404 Not Found")

    library = MediaLibrary(fetch, FakeMedia().probe, KnownFacts(MemoryStore(), 3_600))
    for _ in range(3):
        library.prefetch(lambda: ["https://a.b/c.mp4?signature=hush"], tmp_path)
    until(lambda: asked)
    go_on.set()
    until(lambda: not library._under_way)
    library.close()
    assert asked == ["https://a.b/c.mp4?signature=hush"] and "hush" not in caplog.text


@pytest.mark.parametrize(
    ("request_body", "found"),
    [
        (b'{"video_url":"https://a.b/c.mp4"}', ["https://a.b/c.mp4"]),
        (
            b'{"url": "HTTP://a.b/c", "x": {"audio_path" : "https://a.b/\\u00e9\\"q"}}',
            ["HTTP://a.b/c", 'https://a.b/\xe9"q'],
        ),
        (b'{"text":"see \\"url\\": \\"https://a.b\\"", "font_url":"https://a.b/f.ttf", "srt":"https://a.b/s.srt"}', []),
        (b'{"video_url":"asset://samples/clip.mp4", "image_url": "/srv/a.png", "url": 3}', []),
    ],
)
def test_which_addresses_an_edit_names(request_body, found):
    assert web_addresses(request_body) == found
