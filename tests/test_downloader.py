"""What a caller of the downloader can count on, against a real server."""

import ipaddress
import logging
import os
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import pytest

import downloader as room
from downloader import Downloader, Limits, Network
from errors import MediaError
from media import network
from media.address import check_url, local_path
from media.network import is_public
from tests.http_server import TLS_PEM, MediaServer

CLIP = bytes(range(256)) * 40  # 10,240 bytes
HALF = len(CLIP) // 2


@pytest.fixture
def served(tmp_path: Path) -> Path:
    folder = tmp_path / "served"
    folder.mkdir()
    (folder / "clip.mp4").write_bytes(CLIP)
    return folder


@pytest.fixture
def server(served: Path) -> Iterator[MediaServer]:
    with MediaServer(served) as running:
        yield running


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Where a fetch goes: alone in a folder that does not exist yet."""
    return tmp_path / "out" / "video.mp4"


class Bench:
    """Makes downloaders that trust loopback, and notes how long they would have waited between tries."""

    def __init__(self) -> None:
        self.pauses: list[float] = []
        self.made: list[Downloader] = []

    def make(self, network: Network | None = None, **limits: object) -> Downloader:
        usual = {"retries": 2, "timeout": 5, "max_bytes": 1_000_000, "pool_size": 4, "allow_private_addresses": True}
        made = Downloader(Limits(**(usual | limits)), network or Network(sleep=self.pauses.append))
        self.made.append(made)
        return made

    def guarded(self, *allowed: str, resolve: Callable[[str, int], list[str]] = room.system_resolver) -> Downloader:
        """One with the guard on, as it is by default, that makes an exception for the addresses in `allowed`."""
        network = Network(resolve, lambda address: str(address) in allowed or is_public(address), self.pauses.append)
        return self.make(network, allow_private_addresses=False)


@pytest.fixture
def bench() -> Iterator[Bench]:
    one = Bench()
    yield one
    for made in one.made:
        made.close()


def reason(downloader: Downloader, url: str, target: Path) -> str:
    """Why `url` cannot be had. Every failure is also checked for leaving nothing behind."""
    with pytest.raises(MediaError) as caught:
        downloader.fetch(url, target)
    assert caught.value.url == url
    assert not target.parent.exists() or list(target.parent.iterdir()) == []
    return caught.value.reason


def test_a_file_is_brought_whole_with_nothing_beside_it(bench, server, target):
    bench.make().fetch(server.url("clip.mp4"), target)
    assert target.read_bytes() == CLIP
    assert list(target.parent.iterdir()) == [target]


def test_what_was_there_before_is_replaced(bench, server, target):
    target.parent.mkdir()
    target.write_bytes(b"old")
    bench.make().fetch(server.url("clip.mp4"), target)
    assert target.read_bytes() == CLIP


def test_what_was_there_before_survives_a_failure(bench, server, target):
    target.parent.mkdir()
    target.write_bytes(b"old")
    with pytest.raises(MediaError):
        bench.make().fetch(server.url("cut/clip.mp4"), target)
    assert [path.read_bytes() for path in target.parent.iterdir()] == [b"old"]


def test_the_size_so_far_is_told_and_ends_at_the_whole(bench, server, target):
    sizes: list[int] = []
    bench.make().fetch(server.url("clip.mp4"), target, sizes.append)
    assert sizes == sorted(sizes)
    assert sizes[-1] == len(CLIP)


def test_the_file_has_its_name_only_when_it_is_complete(bench, server, target):
    seen: list[list[str]] = []
    bench.make().fetch(
        server.url("clip.mp4"), target, lambda _: seen.append([path.name for path in target.parent.iterdir()])
    )
    assert all(names == ["video.mp4.part"] for names in seen)


def test_a_caller_can_break_off_by_raising(bench, server, target):
    class StoppedError(Exception):
        pass

    def stop(size: int) -> None:
        raise StoppedError

    with pytest.raises(StoppedError):
        bench.make().fetch(server.url("clip.mp4"), target, stop)
    assert list(target.parent.iterdir()) == []


def test_connections_are_reused(bench, server, target):
    downloader = bench.make()
    for _ in range(5):
        downloader.fetch(server.url("clip.mp4"), target)
    assert (len(server.requests), server.connections) == (5, 1)


def test_requests_say_who_asks_and_carry_nothing_foreign(bench, server, target):
    downloader = bench.make()
    for _ in range(2):  # the first answer sets a cookie
        downloader.fetch(server.url("clip.mp4"), target)
    sent = server.headers[-1]
    assert sent["user-agent"].startswith("capcut-drafts/")
    assert sent["accept-encoding"] == "identity"
    assert not sent.keys() & {"referer", "cookie", "authorization"}


def test_a_name_and_password_in_the_url_are_used(bench, server, target):
    bench.make().fetch(server.url("clip.mp4").replace("http://", "http://me:pw@"), target)
    assert server.headers[0]["authorization"].startswith("Basic ")


def test_a_proxy_from_the_environment_is_not_used(bench, server, target, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    bench.make().fetch(server.url("clip.mp4"), target)
    assert target.read_bytes() == CLIP


@pytest.mark.parametrize("way", ["chunked", "gzip", "slow/10"])
def test_other_ways_to_send_a_file_are_understood(bench, server, target, way):
    bench.make().fetch(server.url(f"{way}/clip.mp4"), target)
    assert target.read_bytes() == CLIP


def test_sixteen_threads_can_share_one(bench, server, served, tmp_path):
    for number in range(48):
        (served / f"{number}.bin").write_bytes(bytes([number]) * (1000 + number))
    downloader = bench.make(pool_size=16)
    together = threading.Barrier(16)

    def fetch(number: int) -> bytes:
        if number < 16:
            together.wait()
        target = tmp_path / f"{number}.out"
        downloader.fetch(server.url(f"{number}.bin"), target)
        return target.read_bytes()

    with ThreadPoolExecutor(16) as pool:
        fetched = list(pool.map(fetch, range(48)))
    assert fetched == [bytes([number]) * (1000 + number) for number in range(48)]
    assert server.connections <= 16


def test_a_server_error_that_passes_is_tried_again(bench, server, target):
    bench.make().fetch(server.url("flaky/2/clip.mp4"), target)
    assert target.read_bytes() == CLIP
    assert len(server.requests) == 3


def test_pauses_grow_and_differ(bench, server, target):
    assert reason(bench.make(retries=3), server.url("status/503/x"), target) == (
        "HTTP 503 Service Unavailable (tried 4 times)"
    )
    first, second, third = bench.pauses
    assert 0.25 <= first <= 0.5 <= second <= 1 <= third <= 2


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_these_statuses_may_pass(bench, server, target, status):
    reason(bench.make(retries=1), server.url(f"status/{status}/x"), target)
    assert len(server.requests) == 2


@pytest.mark.parametrize("status", [202, 204, 304, 400, 401, 403, 404, 410, 416, 501])
def test_other_statuses_are_final(bench, server, target, status):
    assert reason(bench.make(), server.url(f"status/{status}/x"), target).startswith(f"HTTP {status} ")
    assert len(server.requests) == 1


def test_a_missing_file_is_named_as_the_server_names_it(bench, server, target):
    assert reason(bench.make(), server.url("nothing.mp4"), target) == "HTTP 404 Not Found"


def test_a_small_retry_after_is_honoured(bench, server, target):
    bench.make().fetch(server.url("later/429/7/clip.mp4"), target)
    assert bench.pauses == [7]


def test_a_large_retry_after_is_reported_at_once(bench, server, target):
    assert reason(bench.make(), server.url("later/503/3600/clip.mp4"), target) == (
        "HTTP 503 Service Unavailable; the server asks to wait 3,600 s"
    )
    assert bench.pauses == []


def test_a_body_that_was_cut_is_fetched_again(bench, server, target):
    bench.make().fetch(server.url("cutonce/clip.mp4"), target)
    assert target.read_bytes() == CLIP
    assert len(server.requests) == 2


def test_a_body_that_is_always_cut_is_reported(bench, server, target):
    assert reason(bench.make(), server.url("cut/clip.mp4"), target) == (
        "the server closed the connection after 5,120 of 10,240 bytes (tried 3 times)"
    )


def test_a_cut_body_goes_on_where_it_broke_off_if_the_server_can(bench, server, target):
    sizes: list[int] = []
    bench.make().fetch(server.url("resumable/clip.mp4"), target, sizes.append)
    assert target.read_bytes() == CLIP
    assert (server.headers[1]["range"], server.headers[1]["if-range"]) == (f"bytes={HALF}-", '"10240"')
    assert sizes == sorted(sizes)


def test_a_part_is_named_by_its_date_where_there_is_no_etag(bench, server, served, target):
    os.utime(served / "clip.mp4", (1_000_000_000, 1_000_000_000))
    bench.make().fetch(server.url("dateresumable/clip.mp4"), target)
    assert target.read_bytes() == CLIP
    assert (server.headers[1]["range"], server.headers[1]["if-range"]) == (
        f"bytes={HALF}-",
        "Sun, 09 Sep 2001 01:46:40 GMT",
    )


def test_a_date_of_this_very_minute_names_no_part(bench, server, target):
    bench.make().fetch(server.url("dateresumable/clip.mp4"), target)
    assert target.read_bytes() == CLIP and "range" not in server.headers[1]


@pytest.mark.parametrize(
    "headers",
    [
        {"ETag": 'W/"weak"', "Last-Modified": "Sun, 09 Sep 2001 01:46:40 GMT", "Date": "Sun, 09 Sep 2012 01:46:40 GMT"},
        {"Last-Modified": "Sun, 09 Sep 2001 01:46:40 GMT"},
        {"Last-Modified": "yesterday", "Date": "Sun, 09 Sep 2012 01:46:40 GMT"},
        {"Last-Modified": "Sun, 09 Sep 2012 01:46:40 GMT", "Date": "Sun, 09 Sep 2012 01:46:40 -0000"},
    ],
)
def test_marks_that_are_not_exact_name_no_part(headers):
    assert room._exact_mark(headers) == ""


def test_a_version_that_is_known_is_not_fetched_again(bench, server, target):
    downloader = bench.make()
    version = downloader.fetch(server.url("tagged/clip.mp4"), target).version
    again = downloader.fetch(server.url("tagged/clip.mp4"), target.with_name("other"), known=version)
    assert again.is_unchanged and list(target.parent.iterdir()) == [target]


def test_a_disk_that_is_nearly_full_is_not_filled(bench, server, target, monkeypatch):
    monkeypatch.setattr(room.shutil, "disk_usage", lambda folder: Usage(15_000))
    assert reason(bench.make(min_free_bytes=5_000), server.url("stall/clip.mp4"), target) == (
        "not enough space on the disk of the service: 15,000 bytes are free"
    )
    bench.make(min_free_bytes=4_760).fetch(server.url("clip.mp4"), target)


def test_a_disk_that_fills_while_a_file_comes_is_noticed(bench, server, served, target, monkeypatch):
    (served / "long.mp4").write_bytes(bytes(100_000))
    monkeypatch.setattr(room, "_CHECK_DISK_BYTES", 30_000)
    free = iter([100_000, 50_000, 900])
    monkeypatch.setattr(room.shutil, "disk_usage", lambda folder: Usage(next(free)))
    assert reason(bench.make(min_free_bytes=1_000), server.url("chunked/long.mp4"), target) == (
        "not enough space on the disk of the service: 900 bytes are free"
    )


class Usage:
    def __init__(self, free: int) -> None:
        self.free = free


def dead_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        return int(unused.getsockname()[1])


def test_a_dead_host_fails_fast_after_three_fetches_and_others_do_not(bench, server, target):
    downloader, dead = bench.make(retries=1), f"http://127.0.0.1:{dead_port()}/clip.mp4"
    for _ in range(3):
        assert "(tried 2 times)" in reason(downloader, dead, target)
    waited = len(bench.pauses)
    assert re.fullmatch(
        r"127\.0\.0\.1 did not answer the last fetches; it is asked again in \d+ s", reason(downloader, dead, target)
    )
    assert len(bench.pauses) == waited
    downloader.fetch(server.url("clip.mp4"), target)


@pytest.mark.parametrize("way", ["status/503/x", "nothing.mp4", "html/clip.mp4"])
def test_a_host_that_answers_badly_is_not_dead(bench, server, target, way):
    downloader = bench.make(retries=0)
    for _ in range(5):
        reason(downloader, server.url(way), target)
    downloader.fetch(server.url("clip.mp4"), target)


def test_so_many_fetches_from_one_host_at_once_and_no_more(bench, server, tmp_path):
    downloader = bench.make(pool_size=16, each_host=3)
    with ThreadPoolExecutor(12) as pool:
        list(pool.map(lambda n: downloader.fetch(server.url("slow/30/clip.mp4"), tmp_path / f"{n}.out"), range(12)))
    assert server.most_at_once == 3


@pytest.mark.parametrize("way", ["otherpart", "lesspart", "otheretag"])
def test_a_server_that_continues_with_another_part_is_asked_for_the_whole(bench, server, target, way):
    bench.make().fetch(server.url(f"{way}/clip.mp4"), target)
    assert target.read_bytes() == CLIP
    assert ["range" in headers for headers in server.headers] == [False, True, False]


def test_a_file_that_shrank_between_two_tries_has_nothing_of_the_first(bench, server, served, target):
    network = Network(sleep=lambda _: (served / "clip.mp4").write_bytes(b"shorter"))
    bench.make(network).fetch(server.url("cutonce/clip.mp4"), target)
    assert target.read_bytes() == b"shorter"


def test_a_server_that_hangs_up_is_tried_again(bench, server, target):
    assert reason(bench.make(), server.url("hangup/clip.mp4"), target) == (
        "the server closed the connection without an answer (tried 3 times)"
    )


def test_a_server_that_is_not_there_is_tried_again(bench, target):
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    failure = reason(bench.make(), f"http://127.0.0.1:{port}/clip.mp4", target)
    assert failure.startswith("could not connect to 127.0.0.1: ")
    assert failure.endswith("(tried 3 times)")


@pytest.mark.parametrize(("code", "tries"), [(socket.EAI_NONAME, 1), (socket.EAI_AGAIN, 3)])
def test_a_host_name_that_is_not_found_is_tried_again_only_if_that_may_pass(bench, target, code, tries):
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        raise socket.gaierror(code, "not found")

    failure = reason(bench.guarded(resolve=resolve), "http://nowhere.test/clip.mp4", target)
    assert failure.startswith("host name not found: nowhere.test")
    assert len(asked) == tries


def test_a_server_that_announces_more_than_it_sends_is_reported(bench, server, target):
    assert reason(bench.make(retries=0), server.url("short/clip.mp4"), target) == (
        "the server closed the connection after 10,240 of 20,480 bytes"
    )


def test_bytes_beyond_the_announced_length_are_not_taken_and_do_not_spoil_the_next_fetch(bench, server, served, target):
    (served / "long.mp4").write_bytes(CLIP * 100)
    downloader = bench.make(max_bytes=2_000_000)
    downloader.fetch(server.url("long/long.mp4"), target)
    assert target.read_bytes() == CLIP * 50
    downloader.fetch(server.url("clip.mp4"), target)
    assert target.read_bytes() == CLIP


def test_a_server_that_falls_silent_is_reported_with_how_far_it_got(bench, server, target):
    assert reason(bench.make(retries=0, timeout=0.1), server.url("stall/clip.mp4"), target) == (
        "the server stopped answering for 0.1 s, after 5,120 of 10,240 bytes"
    )


def test_a_server_that_never_answers_is_reported(bench, server, target):
    assert reason(bench.make(retries=0, timeout=0.1), server.url("mute/clip.mp4"), target) == (
        "the server did not answer within 0.1 s"
    )


def test_a_server_that_drips_cannot_hold_a_worker(bench, server, target):
    failure = reason(bench.make(retries=0, timeout=0.1), server.url("drip/clip.mp4"), target)
    assert failure.startswith("the server sends less than 1,000 bytes a second, ")


@pytest.mark.parametrize("way", ["headdrip", "sizedrip", "gzipdrip", "trailers"])
def test_a_server_that_sends_without_end_and_nothing_comes_of_it_cannot_hold_a_worker(bench, server, target, way):
    failure = reason(bench.make(retries=0, timeout=0.2), server.url(f"{way}/clip.mp4"), target)
    assert failure == "for 0.4 s nothing came of what the server sent"


def test_a_message_is_not_held_up_by_an_answer_without_end(bench, monkeypatch):
    def drip():
        connection, _ = listening.accept()
        with connection, suppress(OSError):
            while True:
                connection.sendall(b"x")
                time.sleep(0.02)

    monkeypatch.setattr(room, "_POST_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        serving = threading.Thread(target=drip)
        serving.start()
        with pytest.raises(MediaError):
            bench.make().post(f"http://127.0.0.1:{listening.getsockname()[1]}/hook", b"{}", {})
        serving.join()


def test_an_empty_file_is_refused(bench, server, target):
    assert reason(bench.make(), server.url("empty/clip.mp4"), target) == "the file is empty"


def test_a_web_page_in_place_of_a_medium_is_refused(bench, server, target):
    assert reason(bench.make(), server.url("html/clip.mp4"), target).startswith("a web page, not a media file")


def test_a_file_announced_as_too_large_is_not_read(bench, server, target):
    assert reason(bench.make(max_bytes=8_000), server.url("stall/clip.mp4"), target) == (
        "larger than the limit of 8,000 bytes"
    )


@pytest.mark.parametrize("way", ["chunked", "gzip"])
def test_a_file_that_grows_too_large_is_broken_off(bench, server, target, way):
    assert reason(bench.make(max_bytes=5_000), server.url(f"{way}/clip.mp4"), target) == (
        "larger than the limit of 5,000 bytes"
    )


def test_a_file_of_exactly_the_limit_is_brought(bench, server, target):
    bench.make(max_bytes=len(CLIP)).fetch(server.url("clip.mp4"), target)
    assert target.read_bytes() == CLIP


def test_a_target_that_cannot_be_written_is_reported(bench, server, tmp_path):
    (tmp_path / "taken").write_bytes(b"a file, not a folder")
    with pytest.raises(MediaError, match="could not be stored"):
        bench.make().fetch(server.url("clip.mp4"), tmp_path / "taken" / "video.mp4")


def test_ten_redirects_are_followed(bench, server, target):
    bench.make().fetch(server.url("redirect/10/clip.mp4"), target)
    assert target.read_bytes() == CLIP


def test_eleven_redirects_are_too_many(bench, server, target):
    assert reason(bench.make(), server.url("redirect/11/clip.mp4"), target) == "more than 10 redirects"


def test_a_redirect_in_plain_utf_8_is_understood(bench, server, served, target):
    (served / "клип.mp4").write_bytes(CLIP)
    bench.make().fetch(server.url(f"to/{quote('/клип.mp4', safe='')}"), target)
    assert target.read_bytes() == CLIP


def test_the_body_of_a_redirect_is_not_read(bench, server, target):
    bench.make().fetch(server.url("trap/clip.mp4"), target)
    assert target.read_bytes() == CLIP


def test_a_password_does_not_travel_with_a_redirect_to_another_host(bench, server, target):
    elsewhere = quote(server.url("clip.mp4", host="localhost"), safe="")
    bench.make().fetch(server.url(f"to/{elsewhere}").replace("http://", "http://me:pw@"), target)
    assert ["authorization" in headers for headers in server.headers] == [True, False]


@pytest.mark.parametrize("goal", ["file:///etc/hosts", "ftp://127.0.0.1/x", "gopher://127.0.0.1/x", "data:,x"])
def test_a_redirect_to_another_kind_of_address_is_not_followed(bench, server, target, goal):
    failure = reason(bench.make(media_roots=(Path("/"),)), server.url(f"to/{quote(goal, safe='')}"), target)
    assert failure.startswith("redirected to ")


@pytest.mark.parametrize("goal", ["http://[::1/x", "http://127.0.0.1:99999/x", "https://.test/x"])
def test_a_redirect_to_nonsense_is_reported(bench, server, target, goal):
    reason(bench.make(retries=0), server.url(f"to/{quote(goal, safe='')}"), target)
    assert len(server.requests) == 1


@pytest.mark.parametrize("host", ["127.0.0.2", "localhost", "169.254.169.254", "[::1]", "10.0.0.1"])
def test_a_redirect_to_a_refused_address_is_not_followed(bench, server, target, host):
    resolve = {"localhost": ["127.0.0.2"]}
    downloader = bench.guarded(
        "127.0.0.1", resolve=lambda name, port: resolve.get(name) or room.system_resolver(name, port)
    )
    goal = quote(server.url("clip.mp4", host=host), safe="")
    failure = reason(downloader, server.url(f"to/{goal}"), target)
    assert failure.startswith(f"after a redirect to {host.strip('[]')}: address not allowed: ")
    assert server.requests == [f"/to/{goal}"]


SPELLINGS = [
    "127.0.0.1",
    "localhost",
    "2130706433",
    "0x7f.1",
    "0177.0.0.1",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "0.0.0.0",
    "169.254.169.254",
    "100.64.0.1",
    "10.0.0.1",
    "[64:ff9b::7f00:1]",
    "[fd00::1]",
]


@pytest.mark.parametrize("host", SPELLINGS)
def test_no_spelling_of_an_inner_address_is_reached(bench, server, target, host):
    failure = reason(bench.guarded(), server.url("clip.mp4", host=host), target)
    assert failure.startswith("address not allowed: ")
    assert (server.connections, bench.pauses) == (0, [])


def test_a_refused_address_is_named_with_the_setting_that_permits_it(bench, server, target):
    assert reason(bench.guarded(), server.url("clip.mp4"), target) == (
        "address not allowed: 127.0.0.1 is a private or loopback address "
        "(the settings media_networks and allow_private_addresses permit it)"
    )


def test_what_no_setting_permits_is_refused_without_advice(bench, target):
    failure = reason(bench.guarded(), "http://169.254.169.254/latest/meta-data/", target)
    assert failure == "address not allowed: 169.254.169.254 is a private or loopback address"


def test_a_network_that_is_named_is_open_and_no_other(bench, server, target):
    downloader = bench.make(allow_private_addresses=False, networks=(ipaddress.ip_network("127.0.0.0/31"),))
    downloader.fetch(server.url("clip.mp4"), target)
    assert target.read_bytes() == CLIP
    target.unlink()
    is_allowed = network.beside_public((ipaddress.ip_network("10.0.0.0/24"), ipaddress.ip_network("169.254.0.0/16")))
    inner = ("10.0.0.7", "::ffff:10.0.0.7", "10.0.1.7", "169.254.169.254", "93.184.216.34")
    assert [is_allowed(ipaddress.ip_address(one)) for one in inner] == [True, True, False, False, True]
    for other in ("127.0.0.2", "[::1]"):
        assert "address not allowed" in reason(downloader, server.url("clip.mp4", host=other), target)


def test_a_refused_host_name_does_not_give_its_address_away(bench, target):
    downloader = bench.guarded(resolve=lambda host, port: ["10.1.2.3"])
    failure = reason(downloader, "http://database.internal/x", target)
    assert failure.startswith("address not allowed: database.internal leads to a private or loopback address")
    assert "10.1.2.3" not in failure


def test_permission_for_private_addresses_opens_them(bench, server, target):
    bench.make(allow_private_addresses=True).fetch(server.url("clip.mp4", host="localhost"), target)
    assert target.read_bytes() == CLIP


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("::ffff:93.184.216.34", True),
        ("64:ff9b::93.184.216.34", True),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b:1::1", False),  # NAT64 of one's own network
        ("::127.0.0.1", False),  # IPv4-compatible
        ("2002:7f00:1::", False),  # 6to4
        ("2001:0:7f00:1::", False),  # Teredo
        ("192.0.0.9", False),
        ("168.63.129.16", False),  # Azure's own services
        ("198.18.0.1", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("fe80::1%1", False),
        ("ff02::1", False),
        ("::", False),
    ],
)
def test_what_counts_as_public(text, expected):
    assert is_public(room.ipaddress.ip_address(text)) is expected


def test_the_address_that_was_checked_is_the_one_connected_to(bench, server, target):
    answers = iter([["127.0.0.1"], ["127.0.0.2"]])
    downloader = bench.guarded("127.0.0.1", resolve=lambda host, port: next(answers))
    downloader.fetch(server.url("clip.mp4", host="rebinding.test"), target)
    assert target.read_bytes() == CLIP
    assert list(answers) == [["127.0.0.2"]]


def test_a_name_that_changes_to_an_inner_address_is_refused_on_the_next_connection(bench, server, target):
    answers = iter([["127.0.0.1"], ["127.0.0.2"]])
    downloader = bench.guarded("127.0.0.1", resolve=lambda host, port: next(answers))
    failure = reason(downloader, server.url("flaky/1/clip.mp4", host="rebinding.test"), target)
    assert failure.startswith("address not allowed: rebinding.test leads to a private or loopback address")


def test_the_systems_order_is_kept_and_families_take_turns():
    found = [ipaddress.ip_address(text) for text in ("2001:db9::1", "2001:db9::2", "2001:db9::3", "93.184.216.34")]
    assert [str(address) for address in network.alternating(found)][:2] == ["2001:db9::1", "93.184.216.34"]


def test_a_host_of_many_dead_ipv6_addresses_is_reached_by_ipv4(bench, server, target):
    downloader = bench.make(Network(lambda host, port: [*["::1"] * 8, "127.0.0.1"]), retries=0, timeout=5)
    downloader.fetch(server.url("clip.mp4", host="both.test"), target)
    assert target.exists()


@pytest.mark.parametrize(
    "address",
    [
        *("169.254.169.254", "fe80::1", "224.0.0.1", "0.0.0.0", "240.0.0.1", "::ffff:169.254.1.1"),
        *("100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254", "fd20:ce::254"),  # of clouds
        *("2002:a9fe:a9fe::1", "2001:0:a9fe:a9fe::1", "64:ff9b:1::a9fe:a9fe", "::a9fe:a9fe", "64:ff9b::a9fe:a9fe"),
    ],
)
def test_link_local_addresses_stay_refused_when_private_ones_are_allowed(address):
    assert not network.is_unicast(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "10.0.0.1", "192.168.1.1", "fd00::1", "93.184.216.34"])
def test_addresses_of_hosts_are_allowed_when_private_ones_are(address):
    assert network.is_unicast(ipaddress.ip_address(address))


def test_the_next_address_is_tried_when_one_does_not_answer(bench, server, target):
    # IPv6 goes first, and nobody listens there.
    downloader = bench.guarded("127.0.0.1", "::1", resolve=lambda host, port: ["127.0.0.1", "::1"])
    downloader.fetch(server.url("clip.mp4", host="both.test"), target)
    assert target.read_bytes() == CLIP


def test_refused_addresses_of_a_host_are_passed_over(bench, server, target):
    downloader = bench.guarded("127.0.0.1", resolve=lambda host, port: ["10.0.0.1", "127.0.0.1"])
    downloader.fetch(server.url("clip.mp4", host="mixed.test"), target)
    assert target.read_bytes() == CLIP


@pytest.fixture
def tls_pem(tmp_path: Path) -> Path:
    path = tmp_path / "media.test.pem"
    path.write_text(TLS_PEM)
    return path


def test_tls_is_verified_for_the_host_name_not_the_address(bench, served, tls_pem, target):
    network = Network(resolve=lambda host, port: ["127.0.0.1"], ca_file=tls_pem)
    with MediaServer(served, tls_pem) as server:
        bench.make(network).fetch(server.url("clip.mp4", host="media.test"), target)
    assert target.read_bytes() == CLIP


@pytest.mark.parametrize(
    ("host", "trusted", "why"),
    [("other.test", True, "Hostname mismatch"), ("media.test", False, "self-signed certificate")],
)
def test_a_certificate_that_does_not_fit_is_refused(bench, served, tls_pem, target, host, trusted, why):
    network = Network(resolve=lambda host, port: ["127.0.0.1"], ca_file=tls_pem if trusted else None)
    with MediaServer(served, tls_pem) as server:
        failure = reason(bench.make(network), server.url("clip.mp4", host=host), target)
        assert server.requests == []
    assert failure.startswith("the server's certificate is not accepted: ")
    assert why.replace("-", " ") in failure.replace("-", " ")  # OpenSSL 1 writes "self signed"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "my media"
    folder.mkdir()
    (folder / "clip.mp4").write_bytes(CLIP)
    (tmp_path / "secret.txt").write_bytes(b"secret")
    return folder


def test_a_file_under_a_media_root_is_copied(bench, root, target):
    sizes: list[int] = []
    bench.make(media_roots=(root,)).fetch(str(root / "clip.mp4"), target, sizes.append)
    assert target.read_bytes() == CLIP
    assert not target.samefile(root / "clip.mp4")
    assert sizes == [len(CLIP)]


@pytest.mark.parametrize("prefix", ["file://", "FILE://localhost", "file:"])
def test_a_file_url_names_the_same_file(bench, root, target, prefix):
    bench.make(media_roots=(root,)).fetch(prefix + quote(str(root / "clip.mp4")), target)
    assert target.read_bytes() == CLIP


def test_a_root_may_be_a_link(bench, root, target, tmp_path):
    (tmp_path / "link").symlink_to(root)
    bench.make(media_roots=(tmp_path / "link",)).fetch(str(root / "clip.mp4"), target)
    assert target.read_bytes() == CLIP


def test_without_roots_local_files_are_refused_with_what_to_do(bench, root, target):
    assert reason(bench.make(), str(root / "clip.mp4"), target) == (
        "local files are not allowed; configure media_roots, upload the file or give a URL"
    )


@pytest.mark.parametrize("path", ["secret.txt", "my media/../secret.txt", "missing.txt", "my media2/x"])
def test_outside_the_roots_nothing_is_read_or_revealed(bench, root, target, path):
    assert reason(bench.make(media_roots=(root,)), f"{root.parent}/{path}", target) == (
        "not inside one of the configured media_roots"
    )


def test_dots_hidden_by_quoting_do_not_lead_out(bench, root, target):
    url = f"file://{quote(str(root))}/%2e%2e/secret.txt"
    assert reason(bench.make(media_roots=(root,)), url, target) == "not inside one of the configured media_roots"


def test_a_link_does_not_lead_out(bench, root, target):
    (root / "link.mp4").symlink_to(root.parent / "secret.txt")
    assert reason(bench.make(media_roots=(root,)), str(root / "link.mp4"), target) == (
        "not inside one of the configured media_roots"
    )


@pytest.mark.parametrize("name", ["missing.mp4", ".", "loop.mp4", "pipe.mp4"])
def test_what_is_not_a_file_is_reported(bench, root, target, name):
    (root / "loop.mp4").symlink_to(root / "loop.mp4")
    os.mkfifo(root / "pipe.mp4")
    assert reason(bench.make(media_roots=(root,)), f"{root}/{name}", target) == "no such file"


def test_local_files_have_the_same_limits(bench, root, target):
    (root / "empty.mp4").write_bytes(b"")
    downloader = bench.make(media_roots=(root,), max_bytes=5_000)
    assert reason(downloader, str(root / "clip.mp4"), target) == "larger than the limit of 5,000 bytes"
    assert reason(downloader, str(root / "empty.mp4"), target) == "the file is empty"


def test_a_built_in_sample_is_copied(bench, target):
    bench.make().fetch("asset://samples/photo.png", target)
    assert target.read_bytes().startswith(b"\x89PNG")


def test_an_unknown_sample_is_reported(bench, target):
    assert reason(bench.make(), "asset://samples/nothing.png", target)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/clip.mp4",
        "HTTPS://example.com:8443/a%20b.mp4?sig=1#t=3",
        "http://[2606:2800:220:1::1]/x",
        "http://例え.jp/クリップ.mp4",
        "http://example.com/my clip.mp4",
        "/srv/media/clip.mp4",
        "file:///srv/media/clip.mp4",
        "asset://samples/photo.png",
    ],
)
def test_a_url_that_may_be_fetched_passes(url):
    check_url(url)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "is empty"),
        (" ", "is empty"),
        (" http://example.com/x", "has spaces around it"),
        ("http://example.com/\r\nHost: x", "contains a control character"),
        ("http://example.com/\x00", "contains a control character"),
        ("{{video_url}}", "contains a placeholder"),
        ("http://example.com/{{ id }}.mp4", "contains a placeholder"),
        ("http:///clip.mp4", "names no host"),
        ("https://", "names no host"),
        ("http://example.com:99999/x", "is not a valid URL"),
        ("http://[::1/x", "is not a valid URL"),
        ("ftp://example.com/x", "not an http(s) URL"),
        ("data:video/mp4,AAAA", "not in base64"),
        ("clip.mp4", "not an http(s) URL"),
        ("../clip.mp4", "not an http(s) URL"),
        ("//example.com/clip.mp4", "not an http(s) URL"),
        ("example.com/clip.mp4", "not an http(s) URL"),
        ("file://server/share/clip.mp4", "names a host"),
        ("file:clip.mp4", "not an http(s) URL"),
        ("file:///clip%00.mp4", "contains a control character"),
    ],
)
def test_a_url_that_cannot_be_fetched_is_refused_without_trying(url, why):
    with pytest.raises(ValueError) as caught:
        check_url(url)
    assert why in str(caught.value)


@pytest.mark.parametrize("url", [r"C:\media\clip.mp4", "C:/media/clip.mp4", "file:///C:/media/clip.mp4", r"\\nas\x"])
def test_a_windows_path_is_refused_clearly_elsewhere(url):
    with pytest.raises(ValueError, match="is a Windows path, but this server does not run on Windows"):
        local_path(url, on_windows=False)


@pytest.mark.parametrize("url", [r"C:\media\clip.mp4", "C:/media/clip.mp4", "file:///C:/media/clip%201.mp4"])
def test_a_windows_path_is_taken_on_windows(url):
    assert local_path(url, on_windows=True).startswith("C:")


@pytest.mark.parametrize("url", [r"\\nas\share\clip.mp4", "//nas/share/clip.mp4", "/media/clip.mp4", r"\\?\C:\x"])
def test_a_path_without_a_drive_is_refused_on_windows(url):
    with pytest.raises(ValueError, match="not an http"):
        local_path(url, on_windows=True)


def test_fetching_refuses_what_the_check_refuses(bench, target):
    assert reason(bench.make(), "http://example.com/{{id}}", target).startswith("contains a placeholder")


def test_nothing_secret_of_a_url_is_logged(bench, server, target, caplog):
    caplog.set_level(logging.DEBUG)
    url = server.url("flaky/1/clip.mp4?signature=hush").replace("http://", "http://me:hush@")
    bench.make().fetch(url, target)
    reason(bench.make(retries=0), server.url("hangup/x?signature=hush"), target.with_name("sub") / "x")
    assert "clip.mp4 failed: HTTP 500" in caplog.text
    assert "hush" not in caplog.text


def test_fetches_end_when_the_downloader_is_closed(bench, server, target):
    downloader = bench.make(timeout=30)
    seen = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        under_way = pool.submit(downloader.fetch, server.url("slow/20/clip.mp4"), target, lambda size: seen.set())
        downloader.close()
        with pytest.raises(MediaError, match="stopping"):
            under_way.result(30)
            downloader.fetch(server.url("clip.mp4"), target)
    with pytest.raises(MediaError, match="stopping"):
        downloader.fetch(server.url("clip.mp4"), target)


@pytest.mark.parametrize("fault", ["mute", "stall", "gate", "later/503/20"])
def test_closing_ends_what_waits_for_a_silent_server(server, target, fault):
    limits = Limits(retries=3, timeout=3_000, max_bytes=1_000_000, pool_size=4, allow_private_addresses=True)
    downloader = Downloader(limits)
    with ThreadPoolExecutor(1) as pool:
        under_way = pool.submit(downloader.fetch, server.url(f"{fault}/clip.mp4"), target)
        while not server.requests:
            time.sleep(0.01)
        downloader.close()
        with pytest.raises(MediaError, match="the service is stopping"):
            under_way.result(30)
    server.open_gate()


def test_a_connection_that_is_opened_after_the_end_is_cut_as_well(server, target):
    downloader = Downloader(Limits(0, 3_000, 1_000_000, 4, allow_private_addresses=True))
    downloader._opened.cut()
    with pytest.raises(MediaError, match="closed the connection"):
        downloader.fetch(server.url("mute/clip.mp4"), target)


def test_closing_ends_what_waits_for_a_silent_server_over_tls(tmp_path, target):
    pem = tmp_path / "tls.pem"
    pem.write_text(TLS_PEM)
    with MediaServer(tmp_path, pem) as server:
        network = Network(resolve=lambda host, port: ["127.0.0.1"], ca_file=pem)
        downloader = Downloader(Limits(0, 3_000, 1_000_000, 4, allow_private_addresses=True), network)
        url = server.url("mute/clip.mp4").replace("127.0.0.1", "media.test")
        with ThreadPoolExecutor(1) as pool:
            under_way = pool.submit(downloader.fetch, url, target)
            while not server.requests:
                time.sleep(0.01)
            downloader.close()
            with pytest.raises(MediaError, match="the service is stopping"):
                under_way.result(30)
