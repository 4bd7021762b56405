"""The installer of a zip, run by bash with a home of its own, where no app is."""

import base64
import json
import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from engine.lint import PLACEHOLDER

from .conftest import checked

pytestmark = pytest.mark.skipif(not shutil.which("bash"), reason="bash is not here")
V = "https://example.com/a.mp4"
PROJECTS = "User Data/Projects/com.lveditor.draft"
NAME = "我的 draft & co (1) {x}"
TIMELINES = ("draft_content.json", "draft_info.json", "template-2.tmp")
INDEX = {
    "all_draft_store": [
        {"draft_fold_path": "/Users/me/old", "draft_id": "A", "draft_name": "old"},
        {"draft_fold_path": "/Users/me/other", "draft_id": "B", "draft_name": "other {1}"},
    ],
    "draft_ids": 7,
    "root_path": "/Users/me",
}


@pytest.fixture
def zipped(call, media, services, tmp_path):
    """Save a draft and unpack its zip; answers the folder that the zip was unpacked in."""

    def make(target="capcut", **fields):
        call("create_draft", draft_id="d1", name=NAME, target=target)
        call("add_video", draft_id="d1", video_url=media.video(V), end=3)
        call("add_text", draft_id="d1", text="Hi")
        call("save_draft", draft_id="d1", wait=30, **fields)
        place = tmp_path / "unpacked here"
        with zipfile.ZipFile(services.saved.archive("d1")) as archive:
            archive.extractall(place)
        return place

    return make


@pytest.fixture
def home(tmp_path):
    return tmp_path / "home of 我"


def drafts(home, app="CapCut", below="Movies"):
    """The app's own folder of drafts."""
    place = home / below / app / PROJECTS
    place.mkdir(parents=True)
    return place


def install(place, home, *arguments, **environment):
    ran = subprocess.run(
        ["bash", place / "install.sh", *arguments],
        env={**{"PATH": os.environ["PATH"], "HOME": str(home)}, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return ran.returncode, ran.stdout + ran.stderr


def read(path):
    return json.loads(path.read_bytes())


def media_paths(folder):
    return [one["path"] for one in read(folder / "draft_content.json")["materials"]["videos"]]


@pytest.mark.parametrize(
    "target, app, below",
    [
        ("capcut", "CapCut", "Movies"),
        ("capcut_legacy", "CapCut", "AppData/Local"),
        ("jianying_5_9", "JianyingPro", "Movies"),
        ("jianying_10", "JianyingPro", "AppData/Local"),
    ],
)
def test_it_finds_the_folder_of_the_app(zipped, home, target, app, below):
    place, root = zipped(target), drafts(home, app, below)
    code, said = install(place, home)
    assert code == 0, said
    folder = root / NAME
    meta = read(folder / "draft_meta_info.json")
    assert (meta["draft_fold_path"], meta["draft_root_path"]) == (str(folder), str(root))
    assert media_paths(folder)[0].startswith(PLACEHOLDER)
    assert checked(folder) == []
    assert sorted(path.name for path in root.iterdir()) == [NAME]  # nothing half done is left


def test_full_paths_lead_to_where_it_goes(zipped, home):
    place, root = zipped(draft_folder="C:\\Users\\Me & You\\Drafts", path_style="absolute"), drafts(home)
    assert "Me & You" in (place / "install.md").read_text(encoding="utf-8")
    code, said = install(place, home)
    assert code == 0, said
    folder = root / NAME
    assert all(path.startswith(f"{folder}/assets/") and Path(path).is_file() for path in media_paths(folder))
    assert len({(folder / name).read_bytes() for name in TIMELINES}) == 1
    assert b"Me & You" not in (folder / "draft_meta_info.json").read_bytes()
    assert checked(folder) == []


@pytest.mark.parametrize("indent", [None, 1])
def test_the_apps_list_is_added_to_and_kept(zipped, home, indent):
    place, root = zipped(), drafts(home)
    index = root / "root_meta_info.json"
    index.write_text(json.dumps(INDEX, indent=indent), encoding="utf-8")
    assert install(place, home)[0] == 0
    now = read(index)
    entry, *others = now["all_draft_store"]
    assert (others, now["draft_ids"], now["root_path"]) == (INDEX["all_draft_store"], 8, "/Users/me")
    folder = root / NAME
    meta = read(folder / "draft_meta_info.json")
    assert entry["draft_id"] == meta["draft_id"] and entry["draft_name"] == NAME
    assert (entry["draft_fold_path"], entry["draft_root_path"]) == (str(folder), str(root))
    assert (entry["draft_json_file"], entry["tm_duration"]) == (f"{folder}/draft_info.json", meta["tm_duration"])
    (backup,) = root.glob("root_meta_info.json.bak-*")
    assert read(backup) == INDEX


def test_an_empty_list_gets_its_first(zipped, home):
    place, root = zipped(), drafts(home)
    (root / "root_meta_info.json").write_text('{"all_draft_store": [], "root_path": ""}', encoding="utf-8")
    assert install(place, home)[0] == 0
    assert len(read(root / "root_meta_info.json")["all_draft_store"]) == 1


def test_a_draft_of_that_name_is_kept(zipped, home):
    place, root = zipped(), drafts(home)
    (root / NAME).mkdir()
    (root / NAME / "mine.txt").write_text("edited in the app")
    code, said = install(place, home)
    assert code == 0 and "is kept" in said
    (kept,) = (root / ".capcut-drafts-backup" / NAME).iterdir()
    assert (kept / "mine.txt").read_text() == "edited in the app" and not (root / NAME / "mine.txt").exists()


def test_installed_twice_it_is_in_the_list_once(call, media, services, home, tmp_path):
    call("create_draft", draft_id="d1", name="plain [name] $1")
    call("add_text", draft_id="d1", text="Hi")
    root = drafts(home)
    (root / "root_meta_info.json").write_text(json.dumps(INDEX), encoding="utf-8")
    for place in (tmp_path / "one", tmp_path / "two"):
        call("save_draft", draft_id="d1", wait=30)
        with zipfile.ZipFile(services.saved.archive("d1")) as archive:
            archive.extractall(place)
        shutil.rmtree(root / ".capcut-drafts-backup", ignore_errors=True)
        assert install(place, home)[0] == 0
    now = read(root / "root_meta_info.json")
    assert [one["draft_name"] for one in now["all_draft_store"]] == ["plain [name] $1", "old", "other {1}"]
    meta = read(root / "plain [name] $1" / "draft_meta_info.json")
    assert (now["all_draft_store"][0]["draft_id"], now["draft_ids"]) == (meta["draft_id"], 8)


def test_installed_again_in_the_same_second_both_that_were_there_are_kept(zipped, home):
    place, root = zipped(), drafts(home)
    (root / "root_meta_info.json").write_text(json.dumps(INDEX, indent=1), encoding="utf-8")
    for number in range(3):
        assert install(place, home)[0] == 0
        (root / NAME / f"mine {number}.txt").touch()
    kept = [sorted(one.glob("mine*.txt")) for one in (root / ".capcut-drafts-backup" / NAME).iterdir()]
    assert sorted(one.name for (one,) in kept) == ["mine 0.txt", "mine 1.txt"]
    assert read(root / "root_meta_info.json")["draft_ids"] == 8


def test_unpacked_among_other_drafts_it_is_the_one_that_is_installed(zipped, home):
    place, root = zipped(), drafts(home)
    for other in ("a", "zzz"):
        (place / other).mkdir()
        (place / other / "draft_meta_info.json").write_text("{}")
    assert install(place, home)[0] == 0
    assert [one.name for one in root.iterdir()] == [NAME]
    (place / NAME).rename(place / "renamed")
    code, said = install(place, home)
    assert code == 1 and "into a folder of its own" in said


def test_a_draft_whose_folder_was_renamed_is_installed_under_that_name(zipped, home):
    place, root = zipped(), drafts(home)
    (place / NAME).rename(place / "mine")
    assert install(place, home)[0] == 0
    assert [one.name for one in root.iterdir()] == ["mine"]


def test_a_list_of_another_form_is_left_as_it_is(zipped, home):
    place, root = zipped(), drafts(home)
    for content in ('{"all_draft_store": null}', "", "[" * 1_000, '{"all_draft_store"'):
        (root / "root_meta_info.json").write_text(content)
        assert install(place, home)[0] == 0
        assert (root / "root_meta_info.json").read_text().strip() == content


def test_a_copy_that_fails_leaves_nothing_in_the_folder(zipped, home, tmp_path):
    place, root = zipped(), drafts(home)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "cp").write_text('#!/bin/sh\nmkdir "$3"\necho "No space left on device" >&2\nexit 1\n')
    (tmp_path / "bin" / "cp").chmod(0o755)
    code, said = install(place, home, PATH=f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    assert code == 1 and "No space left" in said
    assert list(root.iterdir()) == []


@pytest.mark.skipif(not shutil.which("pgrep"), reason="pgrep is not here")
def test_a_program_of_a_long_name_is_seen_too(zipped, home, tmp_path):
    place, root = zipped("jianying_10"), drafts(home, "JianyingPro")
    program = tmp_path / "VideoFusion-macOS"
    shutil.copy(shutil.which("sleep"), program)
    with subprocess.Popen([program, "60"]) as running:
        try:
            code, said = install(place, home)
        finally:
            running.kill()
    assert code == 1 and "JianyingPro is running" in said and list(root.iterdir()) == []


@pytest.mark.parametrize("name", ["install.md", "Install.SH", "install.json"])
def test_a_draft_called_as_what_is_beside_it_can_be_unpacked(call, services, tmp_path, name):
    call("create_draft", draft_id="d1", name=name)
    call("save_draft", draft_id="d1", wait=30)
    with zipfile.ZipFile(services.saved.archive("d1")) as archive:
        archive.extractall(tmp_path / "out")
    assert (tmp_path / "out" / f"_{name}" / "draft_content.json").is_file()


def test_another_folder_can_be_named(zipped, home, tmp_path):
    place, other = zipped(), tmp_path / "D drive"
    other.mkdir()
    assert install(place, home, str(other))[0] == 0
    assert (other / NAME / "draft_content.json").is_file()


def test_without_a_folder_of_the_app_it_says_what_to_do(zipped, home):
    code, said = install(zipped(), home)
    assert code == 1 and "give its drafts folder" in said
    code, said = install(home.parent / "unpacked here", home, "/nowhere/at/all")
    assert code == 1 and "is no folder" in said


@pytest.mark.skipif(not shutil.which("pgrep"), reason="pgrep is not here")
def test_while_the_app_runs_nothing_is_touched(zipped, home, tmp_path):
    place, root = zipped(), drafts(home)
    program = tmp_path / "CapCut"
    shutil.copy(shutil.which("sleep"), program)
    with subprocess.Popen([program, "60"]) as running:
        try:
            code, said = install(place, home)
        finally:
            running.kill()
    assert code == 1 and "CapCut is running" in said
    assert list(root.iterdir()) == []


def test_fonts_get_their_full_path(zipped, home, services, call, media):
    url = media.file("https://example.com/own.ttf", (Path(__file__).parent / "data" / "tiny.ttf").read_bytes())
    call("create_draft", draft_id="d1", name="fonts")
    call("add_text", draft_id="d1", text="Hi", font_url=url)
    call("save_draft", draft_id="d1", wait=30)
    place, root = home.parent / "fonts zip", drafts(home)
    with zipfile.ZipFile(services.saved.archive("d1")) as archive:
        archive.extractall(place)
    assert install(place, home)[0] == 0
    (text,) = read(root / "fonts" / "draft_content.json")["materials"]["texts"]
    path = json.loads(text["content"])["styles"][0]["font"]["path"]
    assert path.startswith(f"{root}/fonts/assets/fonts/") and Path(path).is_file() and text["font_path"] == path


def test_the_zip_of_a_save_can_be_imported_again(zipped, services, call):
    zipped()
    archive = services.saved.archive("d1").read_bytes()
    assert call("import_draft", zip=base64.b64encode(archive).decode())["name"] == NAME


def test_what_is_for_windows_says_that_it_is_not_tested(zipped):
    place = zipped("jianying_10")
    script = (place / "install.bat").read_bytes()
    assert b"NOT TESTED" in script and script.count(b"\r\n") == script.count(b"\n")
    batch, marker, power = script.partition(b"\r\n#BEGIN\r\n")
    assert marker and b"#BEGIN" not in batch + power and batch.isascii() and b"exit /b" in batch.splitlines()[-1]
    assert b"DisableDelayedExpansion" in batch  # else a ! in a path is lost
    assert b"JianyingPro" in script and b"@APP@" not in script and b"@PROCESSES" not in script
    assert "not been tested on Windows" in (place / "install.md").read_text(encoding="utf-8")
