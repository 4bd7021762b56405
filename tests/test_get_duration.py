import threading

import pytest

from errors import InvalidRequestError, MediaError

from .fakes import make_services

URL = "https://example.com/a"


@pytest.mark.parametrize(
    "put, said",
    [
        (lambda media: media.video(URL, 5.5), ("video", 5.5, 640, 360, True)),
        (lambda media: media.video(URL, 5.5, has_audio=False), ("video", 5.5, 640, 360, False)),
        (lambda media: media.audio(URL, 8), ("audio", 8, 0, 0, True)),
        (lambda media: media.photo(URL), ("photo", 0, 800, 600, False)),
    ],
)
def test_a_medium_says_what_it_is(call, media, put, said):
    put(media)
    answer = call("get_duration", url=URL)
    assert answer["url"] == URL
    assert tuple(answer[name] for name in ("type", "duration", "width", "height", "has_audio")) == said


def test_what_is_known_is_not_fetched_again(call, media):
    media.video(URL)
    assert call("get_duration", url=URL) == call("get_duration", video_url=URL)
    assert media.fetched == [URL]


def test_what_cannot_be_had_is_a_failure_of_its_source(call, media, client):
    media.missing(URL)
    with pytest.raises(MediaError, match="HTTP 404"):
        call("get_duration", url=URL)
    assert client.post("/v1/get_duration", json={"url": URL}).status_code == 502
    assert client.post("/get_duration", json={"url": URL}).get_json()["code"] == "media_failed"


def test_what_is_no_medium_is_one_too(call):
    with pytest.raises(MediaError, match="not a picture, video or sound"):
        call("get_duration", url="https://example.com/page.html")


def test_it_does_not_wait_for_ever(tmp_path, media, monkeypatch):
    from operations import OPERATIONS

    services = make_services(tmp_path, media, query_wait=0.05)
    go_on, fetch = threading.Event(), media.fetch
    monkeypatch.setattr(services.media, "_fetch", lambda *asked: (go_on.wait(30), fetch(*asked))[1])
    media.video(URL)
    with pytest.raises(MediaError, match="not there within 0.05 s"):
        OPERATIONS["get_duration"]({"url": URL}, services)
    go_on.set()
    services.media.close()
    services.close()


@pytest.mark.parametrize("fields", [{}, {"url": "x y"}, {"url": ""}])
def test_an_address_is_needed(call, fields):
    with pytest.raises(InvalidRequestError, match="^url: "):
        call("get_duration", **fields)


def test_a_real_file_is_read(real_client):
    output = real_client.post("/get_duration", json={"url": "asset://samples/clip.mp4"}).get_json()["output"]
    assert output["duration"] > 1 and output["type"] == "video" and output["width"] > output["height"] > 0
