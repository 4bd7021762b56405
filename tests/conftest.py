import io
import ipaddress
import json
import socket
import sys
from contextlib import redirect_stdout
from unittest.mock import patch

import hypothesis
import orjson
import pytest

from capcut_server import create_app
from engine.export import write_timeline
from engine.settle import settle
from operations import OPERATIONS
from settings import Settings
from store.saved import SavedDrafts

from . import check_draft
from .fakes import FakeMedia, live, logged, make_services
from .real_draft import media_server  # noqa: F401 - a fixture

collect_ignore = ["test_schemathesis.py"] if sys.version_info < (3, 11) else []  # schemathesis needs 3.11


hypothesis.settings.register_profile("same", derandomize=True, database=None)
hypothesis.settings.register_profile("explore")
hypothesis.settings.load_profile("same")
"""What is drawn is the same in every run, which so tells of its change; --hypothesis-profile=explore draws others."""


@pytest.fixture(autouse=True)
def no_network_but_loopback(monkeypatch):
    """Refuse any connection that leaves this machine."""
    connect = socket.socket.connect

    def guarded(self, address):
        if self.family != socket.AF_UNIX and not ipaddress.ip_address(address[0]).is_loopback:
            raise AssertionError(f"a test wanted to reach {address}")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(autouse=True)
def every_saved_draft_is_right(monkeypatch):
    """Whatever a test saves passes the independent checker."""
    saved, finish = [], SavedDrafts.finish

    def noted(self, work):
        saved.append(finish(self, work))
        return saved[-1]

    monkeypatch.setattr(SavedDrafts, "finish", noted)
    yield
    for folder in [folder for place in saved for folder in place.glob("*") if folder.is_dir()]:
        assert (folder.name, checked(folder)) == (folder.name, [])


def checked(folder):
    """What the independent checker says of a draft folder, but for mere remarks."""
    spoken = io.StringIO()
    with patch("sys.argv", ["check_draft", str(folder), "--json"]), redirect_stdout(spoken):
        check_draft.main()
    return [one for one in json.loads(spoken.getvalue())["issues"] if one["severity"] != "info"]


@pytest.fixture
def media():
    return FakeMedia()


@pytest.fixture
def services(tmp_path, media):
    made = make_services(tmp_path, media)
    yield made
    made.close()


@pytest.fixture(scope="session")
def shared_app(tmp_path_factory):
    """One app for all tests: making its routes takes longer than most tests do."""
    made = make_services(tmp_path_factory.mktemp("app"), FakeMedia())
    yield create_app(services=made)
    made.close()


@pytest.fixture
def client(shared_app, services):
    shared_app.extensions["services"] = services
    return shared_app.test_client()


@pytest.fixture
def call(services):
    """Run an operation as a strict caller does; answers plain data."""
    return lambda op, /, **fields: OPERATIONS[op](fields, services).model_dump(mode="json")


@pytest.fixture
def draft(call):
    """A new draft for CapCut with the id "d1"."""
    call("create_draft", draft_id="d1")
    return "d1"


@pytest.fixture
def script(services):
    """The draft of that id as it is now."""
    return lambda draft_id="d1": services.drafts.snapshot(draft_id)


@pytest.fixture
def segment(script):
    """The only segment of a draft."""

    def only(draft_id="d1"):
        ((_, found),) = script(draft_id).segments()
        return found

    return only


@pytest.fixture
def written(script):
    """The app's JSON of the draft as it is now."""
    return lambda draft_id="d1": write_timeline(settle(script(draft_id), {}).script, {}).document


@pytest.fixture
def shown(written):
    """(name of the track, start, end) of every segment in the app's JSON, back to front; times in seconds."""

    def times(segment):
        found = segment["target_timerange"]
        return found["start"] / 1e6, (found["start"] + found["duration"]) / 1e6

    return lambda: [
        (track["name"], *(round(time, 4) for time in times(segment)))
        for track in written()["tracks"]
        for segment in track["segments"]
    ]


@pytest.fixture
def refused(call, services, written):
    """Run an operation that must be refused and must leave draft, log and memory as they were; answers the error."""

    def run(error, op, /, **fields):
        def state():
            document, held = orjson.dumps(written()), live(services, "d1")
            return document, logged(services, "d1"), held.version, held.weight

        before = state()
        with pytest.raises(error) as refusal:
            call(op, draft_id="d1", **fields)
        assert state() == before
        return refusal.value

    return run


@pytest.fixture
def real_client(tmp_path):
    """The app over its own parts, media from this machine allowed."""
    shown = {"folder": tmp_path / "shown", "url": "https://files.example.com"}
    settings = {"allow_private_addresses": True, "download_retries": 1, "folder_config": shown}
    app = create_app(Settings(data_dir=tmp_path / "data", **settings))
    yield app.test_client()
    app.extensions["services"].close()


@pytest.fixture
def make(tmp_path):
    """Start the app with settings of a test, as it is: no part of it is made up. Answers its client."""
    made = []

    def app(**settings):
        made.append(create_app(Settings(data_dir=tmp_path / "data", **settings)))
        return made[-1].test_client()

    yield app
    for one in made:
        one.extensions["services"].close()
