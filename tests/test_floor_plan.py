"""No room imports from its own floor or above; a room without a floor fails until it is given one."""

import ast
import sys
from pathlib import Path
from typing import get_args

import pytest

from engine.profiles import PROFILES
from settings import TargetName

ROOT = Path(__file__).parent.parent
FLOORS = [
    {"errors", "util", "logs"},
    {"engine"},
    {"settings", "media", "store", "jobs", "problems"},
    {"downloader", "draft_cache", "storage"},
    {"fields"},
    {"webhooks"},
    {"services", "asked"},
    {"installers"},
    {"deploying", "templates", "skeletons", "targets", "incoming"},
    {"create_draft", "add_video_track", "add_audio_track", "add_image_impl", "add_text_impl", "add_effect_impl"}
    | {"add_subtitle_impl", "rename_draft_impl", "set_cover_impl"}
    | {"query_script_impl", "save_draft_impl", "undo_impl", "redo_impl", "restore_version_impl", "get_history_impl"}
    | {"create_timeline_impl", "get_timeline_impl", "add_track_impl"}
    | {"create_asset_impl", "list_assets_impl", "delete_asset_impl"}
    | {"save_template_impl", "get_template_impl", "list_templates_impl", "delete_template_impl"}
    | {"create_from_template_impl"}
    | {"lint_draft_impl", "relink_impl"}
    | {"save_skeleton_impl", "get_skeleton_impl", "list_skeletons_impl", "delete_skeleton_impl"}
    | {"list_drafts_impl", "delete_draft_impl", "recover_draft_impl", "duplicate_draft_impl"}
    | {
        "export_log_impl",
        "import_log_impl",
        "import_draft_impl",
        "get_draft_impl",
        "set_canvas_impl",
        "update_segment_impl",
    }
    | {"export_subtitles_impl", "export_otio_impl", "replace_by_name_impl"}
    | {"move_segment_impl", "trim_segment_impl", "split_segment_impl", "remove_segment_impl", "replace_media_impl"}
    | {"add_filter_impl", "add_adjust_impl", "add_transition_impl", "add_mask_impl"}
    | {"add_sticker_impl", "add_video_keyframe_impl", "remove_keyframes_impl", "generate_draft_url_impl"}
    | {"list_tasks_impl", "cancel_task_impl", "watch_task_impl", "list_deliveries_impl", "test_webhook_impl"}
    | {"get_duration_impl", "list_types_impl", "search_catalog_impl", "mirror_to_oss_impl", "upload_to_oss_impl"}
    | {"remove_track_impl", "move_track_impl", "mute_track_impl", "hide_track_impl"},
    {"operation"},
    {"batch_impl"},
    {"operations"},
    {"other_names"},
    {"openapi"},
    {"live", "save_worker"},
    {"capcut_server"},
    {"gunicorn.conf"},
]
WORK = next(rooms for rooms in FLOORS if "create_draft" in rooms)
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
