import os
import subprocess
import sys
from pathlib import Path

import pytest

from settings import Settings, SettingsError, load

ROOT = Path(__file__).parent.parent


@pytest.fixture
def config(tmp_path):
    def write(text):
        path = tmp_path / "config.json"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_without_a_file_everything_has_its_default(tmp_path):
    assert load(tmp_path / "none.json", {}).port == 9000


def test_comments_and_trailing_commas_are_allowed(config):
    assert load(config('// port\n{"port": 9001, /* here */ }'), {}).port == 9001


def test_the_environment_wins(config):
    assert load(config('{"port": 9001}'), {"CAPCUT_PORT": "9002"}).port == 9002


def test_environment_values_are_text_made_into_their_type(tmp_path):
    found = {"CAPCUT_ALLOW_PRIVATE_ADDRESSES": "true", "CAPCUT_MEDIA_ROOTS": os.pathsep.join(["/a", "/b"])}
    settings = load(tmp_path / "none.json", found)
    assert settings.allow_private_addresses is True and settings.media_roots == (Path("/a"), Path("/b"))


def test_the_place_of_the_file_may_be_given(config):
    assert load(environment={"CAPCUT_CONFIG": str(config('{"port": 9003}'))}).port == 9003


@pytest.mark.parametrize(
    "text, environment, named",
    [
        ('{"prot": 9001}', {}, "prot: unknown setting"),
        ('{"port": "many"}', {}, "port: "),
        ('{"port": 0}', {}, "port: "),
        ("{}", {"CAPCUT_PROT": "1"}, "CAPCUT_PROT: unknown setting"),
        ("{}", {"CAPCUT_PORT": "many"}, "CAPCUT_PORT: "),
        ('{"is_upload_draft": true}', {}, "is_upload_draft: "),
        ('{"port": ', {}, "not JSON"),
        ("[]", {}, "one JSON object"),
    ],
)
def test_what_cannot_be_used_stops_the_start_by_name(config, text, environment, named):
    with pytest.raises(SettingsError) as refusal:
        load(config(text), environment)
    assert named in str(refusal.value)


def test_all_problems_are_told_at_once(config):
    with pytest.raises(SettingsError) as refusal:
        load(config('{"prot": 1, "port": 0}'), {})
    assert len(str(refusal.value).splitlines()) == 2


@pytest.mark.parametrize(
    "values, target",
    [
        ({}, "capcut"),
        ({"is_capcut_env": False}, "jianying_10"),
        ({"draft_profile": "jianying_5_9"}, "jianying_5_9"),
        ({"draft_profile": "jianying_legacy"}, "jianying_5_9"),
        ({"draft_profile": "jianying_pro_10", "is_capcut_env": True}, "jianying_10"),
    ],
)
def test_the_default_target_follows_the_contracts_keys(values, target):
    assert Settings(**values).default_target == target


def test_the_config_of_the_repository_is_the_defaults():
    assert load(ROOT / "config.json", {}) == load(ROOT / "none.json", {})


def test_a_bad_setting_stops_the_server_with_one_clear_message():
    environment = {**os.environ, "CAPCUT_PORT": "many"}
    for command in ([sys.executable, "capcut_server.py"], [sys.executable, "-m", "gunicorn"]):
        ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
        assert ended.returncode != 0
        assert "CAPCUT_PORT" in ended.stderr and "Traceback" not in ended.stderr
