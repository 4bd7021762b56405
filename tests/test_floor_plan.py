"""No room imports from its own floor or above; a room without a floor fails until it is given one."""

import ast
import sys
from pathlib import Path
from typing import get_args

import pytest

from engine.profiles import PROFILES
from settings import TargetName

ROOT = Path(__file__).parent.parent
WORK = {"create_draft", "add_video_track", "add_audio_track"} | {
    path.stem for path in ROOT.glob("*_impl.py") if path.stem != "batch_impl"
}
FLOORS = [
    {"errors", "util", "logs"},
    {"engine"},
    {"settings", "media", "store", "jobs", "problems"},
    {"downloader", "draft_cache", "storage"},
    {"fields"},
    {"webhooks"},
    {"services", "asked"},
    {"chores"},
    {"opening"},
    {"installers"},
    {"deploying", "templates", "skeletons", "targets", "incoming", "data_urls"},
    {"saving"},
    WORK,
    {"operation"},
    {"batch_impl"},
    {"operations"},
    {"other_names"},
    {"openapi"},
    {"live", "save_worker"},
    {"capcut_server"},
    {"gunicorn.conf"},
]
FLOOR = {room: level for level, rooms in enumerate(FLOORS) for room in rooms}
OUTSIDE = {"tests", "scripts", "benchmarks", ".venv", "build", "data"}
SOURCES = [path for path in ROOT.rglob("*.py") if path.relative_to(ROOT).parts[0] not in OUTSIDE]

ONLY_IN = {
    "flask": {"capcut_server"},
    "socketio": {"live"},
    "celery": {"jobs", "save_worker"},
    "kombu": {"jobs"},
    "requests": {"downloader"},
    "redis": {"store"},
    "filelock": {"media", "deploying"},
    "oss2": {"storage"},
    "boto3": {"storage"},
    "botocore": {"storage"},
    "sqlite3": {"store"},
    "av": {"media"},
    "PIL": {"media"},
    "pysubs2": {"media"},
    "subprocess": {"media"},
    "pyJianYingDraft": {"engine"},
    "opentimelineio": {"engine"},
    "psutil": {"deploying"},
    "pydantic": {
        "fields",
        "settings",
        "operation",
        "batch_impl",
        "operations",
        "openapi",
        "asked",
        "templates",
        "tasks",
        "skeletons",
        "data_urls",
    }
    | WORK,
    "pycapcut": set(),
}
"""Which room may import which foreign library."""


def room_of(path):
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imported(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_only_go_down(path):
    room = room_of(path)
    assert room in FLOOR, f"give {room} a floor"
    for other in set(imported(path)) & FLOOR.keys() - {room}:
        assert FLOOR[other] < FLOOR[room], f"{room} must not import {other}"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_foreign_libraries_stay_in_their_rooms(path):
    for library in set(imported(path)) & ONLY_IN.keys():
        assert room_of(path) in ONLY_IN[library], f"{library} is not for {room_of(path)}"


def test_the_engine_does_no_input_or_output():
    pure = {"os", "socket", "subprocess", "urllib", "http", "tempfile", "shutil", "threading"}
    for path in (ROOT / "engine").glob("*.py"):
        assert not set(imported(path)) & pure, path


def test_nothing_that_was_stored_is_ever_executed():
    executed = {"pickle", "marshal", "shelve", "dill", "cloudpickle"}
    assert not {name for path in SOURCES for name in imported(path)} & executed


def test_every_target_can_be_asked_for():
    assert get_args(TargetName) == tuple(PROFILES)


def test_every_import_is_declared_or_standard():
    declared = {"flask", "flask_swagger_ui", "werkzeug", "waitress", "json5", "orjson", "pydantic", "pydantic_core"}
    declared |= {"pyJianYingDraft", "requests", "urllib3", "av", "PIL", "pymediainfo", "pysubs2", "redis"}
    declared |= {"opentimelineio", "filelock", "oss2", "boto3", "botocore", "psutil", "socketio", "celery", "kombu"}
    found = {name for path in SOURCES for name in imported(path)}
    assert found - declared - FLOOR.keys() - set(sys.stdlib_module_names) == set()
