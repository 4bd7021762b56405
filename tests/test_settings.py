import json
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
    assert load(environment={"CAPCUT_DATA_DIR": str(tmp_path)}).port == 9000


def test_comments_and_trailing_commas_are_allowed(config):
    assert load(config('// port\n{"port": 9001, /* here */ }'), {}).port == 9001


def test_the_environment_wins(config):
    assert load(config('{"port": 9001}'), {"CAPCUT_PORT": "9002"}).port == 9002


def test_environment_values_are_text_made_into_their_type(tmp_path):
    roots = (tmp_path / "a", tmp_path / "b")
    for root in roots:
        root.mkdir()
    found = {"CAPCUT_ALLOW_PRIVATE_ADDRESSES": "true", "CAPCUT_MEDIA_ROOTS": os.pathsep.join(map(str, roots))}
    found["CAPCUT_MEDIA_NETWORKS"] = "10.1.0.0/16, fd00::5"
    settings = load(environment=found)
    assert settings.allow_private_addresses is True and settings.media_roots == roots
    assert list(map(str, settings.media_networks)) == ["10.1.0.0/16", "fd00::5/128"]


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
        ('{"media_roots": ["/no/such/folder"]}', {}, "media_roots: "),
        ('{"media_networks": ["10.1.0.5/16"]}', {}, "media_networks.0: "),
        ("{}", {"CAPCUT_DATA_DIR": " "}, "CAPCUT_DATA_DIR: "),
        ("{}", {"CAPCUT_IS_UPLOAD_DRAFT": "true"}, "CAPCUT_IS_UPLOAD_DRAFT: "),
        ('{"port": ', {}, "not readable as JSON"),
        ("[]", {}, "one JSON object"),
    ],
)
def test_what_cannot_be_used_stops_the_start_by_name(config, text, environment, named):
    with pytest.raises(SettingsError) as refusal:
        load(config(text), environment)
    assert named in str(refusal.value)


def test_a_config_file_that_is_named_must_be_there(tmp_path):
    with pytest.raises(SettingsError, match="no such configuration file"):
        load(environment={"CAPCUT_CONFIG": str(tmp_path / "typo.json")})


def test_the_only_allowed_value_may_be_given():
    assert load(environment={"CAPCUT_IS_UPLOAD_DRAFT": "false"}).is_upload_draft is False


OSS = {"bucket_name": "drafts", "access_key_id": "k", "access_key_secret": "hush", "endpoint": "oss.example.com"}


def test_a_storage_is_an_object_also_in_the_environment(config):
    for settings in (
        load(config(json.dumps({"oss_config": OSS})), {}),
        load(None, {"CAPCUT_OSS_CONFIG": json.dumps(OSS)}),
    ):
        assert settings.oss_config.endpoint == "https://oss.example.com"
        assert settings.oss_config.access_key_secret.get_secret_value() == "hush"
        assert "hush" not in repr(settings) + settings.model_dump_json()


@pytest.mark.parametrize("unused", [{}, {**OSS, "bucket_name": "your bucket name", "endpoint": "your endpoint"}])
def test_sample_values_of_a_storage_are_none(config, unused):
    assert load(config(json.dumps({"oss_config": unused, "mp4_oss_config": OSS})), {}).oss_config is None


@pytest.mark.parametrize(
    "given, named",
    [
        ({"oss_config": {**OSS, "endpoint": "nowhere at all"}}, "oss_config.endpoint: "),
        ({"oss_config": {**OSS, "secret": "hush"}}, "oss_config.secret: unknown setting"),
        ({"oss_config": {**OSS, "access_key_secret": ["hush"]}}, "oss_config.access_key_secret: "),
        ({"oss_config": "hush"}, "oss_config: "),
        ({"oss_config": OSS, "s3_config": {"bucket_name": "drafts"}}, "s3_config: Value error, there is one storage"),
        ({"is_upload_draft": True, "oss_config": {}}, "set one of oss_config, s3_config, folder_config"),
    ],
)
def test_a_storage_that_cannot_be_used_is_named_without_its_secrets(config, given, named):
    for path, environment in (
        (config(json.dumps(given)), {}),
        (None, {f"CAPCUT_{key.upper()}": json.dumps(value) for key, value in given.items()}),
    ):
        with pytest.raises(SettingsError) as refusal:
            load(path, environment)
        assert named.partition(": ")[2] in str(refusal.value) and "hush" not in str(refusal.value)
        assert named.partition(": ")[0].partition(".")[2] in str(refusal.value)


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
    assert load(ROOT / "config.json", {}) == Settings(data_dir=Path("data").resolve())


@pytest.mark.parametrize("name, value", [("CAPCUT_PORT", "many"), ("CAPCUT_DATA_DIR", "/dev/null/data")])
def test_a_bad_setting_stops_the_server_with_one_clear_message(name, value):
    environment = {**os.environ, name: value}
    for said in starts_that_fail(environment):
        assert (name in said or "data_dir" in said) and "Traceback" not in said


def test_drafts_that_cannot_be_used_stop_the_server_with_one_clear_message(tmp_path):
    (tmp_path / "drafts.db").write_bytes(b"no database, though long enough to look like one. " * 50)
    environment = {**os.environ, "CAPCUT_DATA_DIR": str(tmp_path), "CAPCUT_DURABILITY": "normal"}
    for said in starts_that_fail(environment):
        assert "drafts.db" in said and "Traceback" not in said


def starts_that_fail(environment):
    """What both ways to start the service say, at the same time, before they end with an error."""
    commands = [sys.executable, "capcut_server.py"], [sys.executable, "-m", "gunicorn"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    started = [subprocess.Popen(command, cwd=ROOT, env=environment, **pipes) for command in commands]
    for process in started:
        _, said = process.communicate(timeout=60)
        assert process.returncode != 0
        yield said
