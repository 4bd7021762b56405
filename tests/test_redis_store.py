"""What only a store behind a network can go wrong with."""

import signal
import socket
import threading
from contextlib import suppress

import pytest

from capcut_server import create_app
from draft_cache import DraftCache
from errors import StoreError
from opening import check_places
from operations import OPERATIONS, replay
from settings import Settings
from store.drafts import Row
from store.redis_store import RedisStore

from .fakes import make_services
from .redis_server import RedisServer, programs
from .test_doors import assert_failure
from .test_readme import free_port

KEY = "k" * 64
FIRST = Row(1, "create_draft", b'{"target": "capcut"}')


@pytest.fixture(params=programs())
def server(request, tmp_path):
    started = RedisServer(programs()[request.param], tmp_path)
    yield started
    if started.process.poll() is None:
        started.stop()


def test_a_server_that_goes_is_an_error_and_one_that_comes_back_is_used(server):
    store = RedisStore(server.url, timeout=1)
    store.create("d1", "d1", [FIRST], 1)
    entry = store.entry("d1")
    server.stop(signal.SIGKILL)
    for call in (
        lambda: store.entry("d1"),
        lambda: store.append(entry, Row(2, "a", b"")),
        lambda: store.put("task", "t", b"", 60),
        lambda: store.keys("task"),
    ):
        with pytest.raises(StoreError, match="the store "):
            call()
    server.start()
    assert store.entry("d1") == entry and store.read("d1")[1] == [FIRST]
    store.append(entry, Row(2, "a", b""))
    assert len(store.read("d1")[1]) == 2
    store.close()


def test_a_service_without_its_server_says_so_and_goes_on_when_it_is_back(server, tmp_path, media):
    store = RedisStore(server.url, timeout=1)
    services = make_services(tmp_path, media, store=store)
    client = create_app(services=services).test_client()
    body = {"draft_id": "d1", "text": "a"}
    client.post("/create_draft", json={"draft_id": "d1"})
    server.stop()
    assert_failure(client.post("/v1/add_text", json=body), 503, "store_unavailable")
    assert_failure(client.post("/add_text", json=body), 200, "store_unavailable")
    assert_failure(client.post("/v1/query_script", json={"draft_id": "d1"}), 503, "store_unavailable")
    server.start()
    assert client.post("/v1/add_text", json=body).status_code == 200
    assert services.drafts.snapshot("d1").version == 2
    services.close()
    store.close()


def test_a_server_that_cannot_be_reached_stops_the_start(tmp_path):
    url = f"redis://:secret@127.0.0.1:{free_port()}/0"
    with pytest.raises(StoreError, match="cannot be used") as refused:
        check_places(Settings(data_dir=tmp_path, redis_url=url))
    assert "secret" not in str(refused.value)


class Cutter:
    """Stands between the store and its server; cuts the line on the next answer when told to."""

    def __init__(self, port):
        self._port, self.cuts = port, 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"redis://127.0.0.1:{self._listener.getsockname()[1]}/0"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self._port))
            threading.Thread(target=self._carry, args=(client, server, False), daemon=True).start()
            threading.Thread(target=self._carry, args=(server, client, True), daemon=True).start()

    def _carry(self, source, target, is_answer):
        with suppress(OSError):
            while data := source.recv(65_536):
                if is_answer and self.cuts:
                    self.cuts -= 1
                    break
                target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@pytest.fixture
def cutter(server):
    made = Cutter(server.port)
    yield made
    made.close()


def test_a_row_whose_acknowledgement_was_lost_is_there_once(cutter):
    store = RedisStore(cutter.url, timeout=2)
    cutter.cuts = 1
    store.create("d1", "d1", [FIRST], 1)
    for number in range(2, 6):
        cutter.cuts = 1
        store.append(store.entry("d1"), Row(number, f"{number}", b"", token=f"{number}"))
    assert [row.number for row in store.read("d1")[1]] == [1, 2, 3, 4, 5]
    cutter.cuts = 1
    assert store.swap("running", "t", None, b"mine", 60)
    store.close()


def test_an_edit_whose_outcome_is_unknown_says_so_and_is_seen_afterwards(cutter):
    """Every answer is cut, so that trying again does not help; the script was run all the same."""
    store = RedisStore(cutter.url, timeout=2)
    cache, op = DraftCache(store, replay), OPERATIONS["add_text"]
    cache.create("d1", "d1", [FIRST])

    def add(start, cuts, key):
        def run(script):
            answer = op.run(op.request(text="a", start=start, end=start + 1), script)
            cutter.cuts = cuts
            return answer

        return cache.edit("d1", "add_text", b'{"text": "a", "start": %d, "end": %d}' % (start, start + 1), run, key=key)

    add(start=0, cuts=0, key="")  # by now the server knows the script
    with pytest.raises(StoreError, match=r"did not answer.*Idempotency-Key"):
        add(start=9, cuts=100, key=KEY)
    cutter.cuts = 0
    assert cache.snapshot("d1").version == 3 == len(store.read("d1")[1])
    assert add(start=9, cuts=0, key=KEY).version == 3 == cache.version("d1")
    store.close()


def test_a_server_that_is_out_of_memory_writes_nothing(server):
    store = RedisStore(server.url)
    store.create("d1", "d1", [FIRST], 1)
    entry = store.entry("d1")
    server.client.config_set("maxmemory", 1)
    with pytest.raises(StoreError, match="nothing was done"):
        store.append(entry, Row(2, "a", b""))
    server.client.config_set("maxmemory", 0)
    assert store.read("d1")[1] == [FIRST] and store.entry("d1") == entry
    store.close()
