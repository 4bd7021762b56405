"""Drafts that are put where the app on this machine looks for them."""

import json
import shutil
import subprocess
import sys
import threading

import pytest

import deploying
from engine.meta import merged_index
from errors import ConflictError, InvalidRequestError, SaveFailedError
from operations import OPERATIONS

from .conftest import checked
from .fakes import make_services

V = "https://example.com/a.mp4"
INDEX = {
    "all_draft_store": [{"draft_fold_path": "/Users/me/old", "draft_id": "A", "unknown": [1]}],
    "draft_ids": 7,
    "root_path": "/Users/me",
    "unknown": {"a": 1},
}


@pytest.fixture
def root(tmp_path):
    """The app's folder of drafts."""
    place = tmp_path / "app 草稿" / "drafts"
    place.mkdir(parents=True)
    return place


@pytest.fixture
def services(tmp_path, media, root):
    made = make_services(tmp_path / "data", media, deploy_roots=(root,))
    yield made
    made.close()


@pytest.fixture
def full(call, draft, media):
    call("add_video", draft_id=draft, video_url=media.video(V), end=3)
    call("rename_draft", draft_id=draft, name="我的 draft")
    return draft


@pytest.fixture
def deploy(call, full):
    return lambda **fields: call("save_draft", draft_id=full, wait=60, deploy=True, **fields)


def read(path):
    return json.loads(path.read_bytes())


@pytest.fixture
def listed(root):
    (root / deploying.INDEX).write_text(json.dumps(INDEX), encoding="utf-8")
    return root / deploying.INDEX


def test_the_draft_stands_in_the_apps_folder_and_in_its_list(deploy, root, listed):
    state = deploy(draft_folder=str(root))
    folder = root / "我的 draft"
    assert (state["status"], state["deployed_to"], state["warnings"]) == ("completed", folder.as_posix(), [])
    assert checked(folder) == []
    meta, now = read(folder / "draft_meta_info.json"), read(listed)
    assert (meta["draft_fold_path"], meta["draft_root_path"]) == (folder.as_posix(), root.as_posix())
    entry, *others = now["all_draft_store"]
    assert entry["draft_id"] == meta["draft_id"] and entry["draft_fold_path"] == folder.as_posix()
    assert entry["draft_json_file"] == f"{folder.as_posix()}/draft_info.json"
    assert (others, now["draft_ids"], now["unknown"]) == (INDEX["all_draft_store"], 8, {"a": 1})
    assert read(root / "root_meta_info.json.bak") == INDEX
    assert sorted(one.name for one in root.iterdir()) == [deploying.INDEX, f"{deploying.INDEX}.bak", "我的 draft"]


def test_it_may_be_called_as_upstream_does_and_the_only_folder_need_not_be_named(call, full, root):
    state = call("save_draft", draft_id=full, wait=60, auto_deploy=True)
    assert state["deployed_to"] == (root / "我的 draft").as_posix()
    assert "no root_meta_info.json" in state["warnings"][0] and not (root / deploying.INDEX).exists()


def test_what_was_there_is_kept(deploy, root, listed, services):
    deploy()
    (root / "我的 draft" / "mine.txt").write_text("edited")
    deploy()
    (kept,) = (root / deploying.BACKUPS / "我的 draft").iterdir()
    assert (kept / "mine.txt").read_text() == "edited" and not (root / "我的 draft" / "mine.txt").exists()
    now = read(listed)
    assert len(now["all_draft_store"]) == 2 and now["draft_ids"] == 8
    assert now["all_draft_store"][0]["draft_id"] == read(root / "我的 draft" / "draft_meta_info.json")["draft_id"]
    for _ in range(services.settings.keep_saves + 1):
        deploy()
    assert len(list(kept.parent.iterdir())) == services.settings.keep_saves


def test_full_paths_lead_to_the_files(deploy, root):
    deploy(path_style="absolute")
    (material,) = read(root / "我的 draft" / "draft_content.json")["materials"]["videos"]
    assert material["path"].startswith((root / "我的 draft" / "assets").as_posix())


def test_a_list_that_cannot_be_read_is_left_as_it_is(deploy, root, listed):
    for content in (b"\x00encrypted", b"", b"[" * 100_000, b'{"all_draft_store": {}}'):
        listed.write_bytes(content)
        assert "cannot be read and is left" in deploy()["warnings"][0]
        assert listed.read_bytes() == content


def test_a_failed_exchange_leaves_what_was_there(deploy, root, monkeypatch):
    deploy()
    (root / "我的 draft" / "mine.txt").write_text("edited")
    rename = type(root).rename

    def failing(self, target):
        if self.suffix == ".part" and self.parent.name == deploying.BACKUPS:
            raise OSError(28, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(type(root), "rename", failing)
    with pytest.raises(SaveFailedError, match="not put into its folder.*No space left") as failure:
        deploy()
    state = failure.value.details
    assert (failure.value.code, failure.value.status, state["partial"]) == ("not_deployed", 409, True)
    assert state["draft_url"] and state["deployed_to"] == ""
    assert (root / "我的 draft" / "mine.txt").read_text() == "edited"
    assert not list(root.rglob("*.part"))


def test_a_file_that_cannot_be_copied_ends_it(deploy, root, monkeypatch):
    def full(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copy2", full)
    with pytest.raises(SaveFailedError, match="No space left on device"):
        deploy()
    assert list(root.iterdir()) == []


def test_a_list_that_cannot_be_changed_is_a_warning_for_the_draft_stands_there(deploy, root, listed, monkeypatch):
    copy = shutil.copy2

    def failing(source, target):
        if str(target).endswith(".bak"):
            raise OSError(28, "No space left on device")
        return copy(source, target)

    monkeypatch.setattr(shutil, "copy2", failing)
    state = deploy()
    assert (state["status"], state["deployed_to"]) == ("completed", (root / "我的 draft").as_posix())
    assert "could not be changed (No space left on device)" in state["warnings"][0]
    assert read(listed) == INDEX and sorted(one.name for one in root.iterdir()) == [deploying.INDEX, "我的 draft"]


def test_what_an_ended_process_left_behind_is_removed_by_the_next(deploy, root):
    left = root / deploying.BACKUPS / ".17.part"
    left.mkdir(parents=True)
    (left / "draft_content.json").write_text("{}")
    deploy()
    assert [one.name for one in root.iterdir()] == ["我的 draft"]


def test_what_is_kept_of_a_draft_that_is_called_like_that_stays(call, deploy, root):
    call("rename_draft", draft_id="d1", name="mine.part")
    deploy()
    (root / "mine.part" / "mine.txt").write_text("edited")
    deploy()
    call("rename_draft", draft_id="d1", name="other")
    deploy()
    assert len(list((root / deploying.BACKUPS / "mine.part").glob("*/mine.txt"))) == 1


def test_the_longest_name_of_four_bytes_a_character_has_backups_too(call, deploy, root):
    call("rename_draft", draft_id="d1", name="😀" * 60)
    for _ in range(2):
        assert deploy()["status"] == "completed"
    assert len(list((root / deploying.BACKUPS / ("😀" * 60)).iterdir())) == 1


@pytest.mark.parametrize("name", ["root_meta_info.json", "Root_Meta_Info.json.bak", ".capcut-drafts-backup"])
def test_a_draft_cannot_take_the_place_of_the_apps_list(call, deploy, root, listed, name):
    call("rename_draft", draft_id="d1", name=name)
    assert deploy()["status"] == "completed"
    assert len(read(listed)["all_draft_store"]) == 2 and not (root / name).is_dir()


def test_a_folder_of_windows_is_the_same_in_any_case():
    index = {"all_draft_store": [{"draft_fold_path": "c:\\drafts\\A"}, {"draft_fold_path": "/a"}], "draft_ids": 2}
    merged = merged_index(index, {"draft_fold_path": "C:/Drafts/a"})
    assert [one["draft_fold_path"] for one in merged["all_draft_store"]] == ["C:/Drafts/a", "/a"]
    assert len(merged_index(index, {"draft_fold_path": "/A"})["all_draft_store"]) == 3


def test_a_draft_that_lacks_media_does_not_take_the_place_of_a_whole_one(deploy, call, media, root):
    call("add_video", draft_id="d1", video_url=media.missing("https://example.com/x.mp4"), target_start=5)
    with pytest.raises(SaveFailedError) as failure:
        deploy()
    assert failure.value.details["deployed_to"] == "" and list(root.iterdir()) == []


def test_a_dry_run_puts_nothing_there(deploy, root):
    assert deploy(dry_run=True)["deployed_to"] == "" and list(root.iterdir()) == []


def test_drafts_that_are_put_there_at_once_are_all_in_the_list(call, services, root, listed):
    for number in range(8):
        call("create_draft", draft_id=f"n{number}")
    saves = [
        threading.Thread(target=lambda one=f"n{number}": call("save_draft", draft_id=one, wait=60, deploy=True))
        for number in range(8)
    ]
    for save in saves:
        save.start()
    for save in saves:
        save.join()
    for number in range(8):
        services.tasks.wait(f"n{number}", 60)
    assert len(read(listed)["all_draft_store"]) == 9 and read(listed)["draft_ids"] == 15


# ---- what is refused


@pytest.mark.parametrize("elsewhere", ["/", "C:\\drafts", "../drafts", "~", "beside"])
def test_other_folders_are_refused(deploy, root, elsewhere):
    place = str(root.parent / "beside") if elsewhere == "beside" else elsewhere
    with pytest.raises(InvalidRequestError, match="deploy_roots"):
        deploy(draft_folder=place)


def test_a_link_out_of_the_folder_is_refused(deploy, root, tmp_path):
    (root / "link").symlink_to(tmp_path)
    with pytest.raises(InvalidRequestError, match="deploy_roots"):
        deploy(draft_folder=str(root / "link"))


def test_a_folder_that_is_not_there_is_refused(deploy, root):
    with pytest.raises(InvalidRequestError, match="no folder on the machine"):
        deploy(draft_folder=str(root / "nowhere"))


def test_a_draft_for_such_a_folder_is_put_there_unasked(call, full, root, listed, tmp_path):
    state = call("save_draft", draft_id=full, wait=60, draft_folder=str(root))
    assert state["deployed_to"] == str(root / "我的 draft") and len(read(listed)["all_draft_store"]) == 2
    shutil.rmtree(root / "我的 draft")
    for said in ({"deploy": False, "draft_folder": str(root)}, {"draft_folder": str(tmp_path)}, {}):
        assert call("save_draft", draft_id=full, wait=60, **said)["deployed_to"] == ""
    assert not (root / "我的 draft").exists()


def test_the_folders_of_the_apps_are_known(tmp_path, media, monkeypatch):
    for name in ("HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path))
    below = tmp_path if sys.platform == "win32" else tmp_path / "Movies"
    place = below / "JianyingPro" / "User Data" / "Projects" / "com.lveditor.draft"
    place.mkdir(parents=True)
    services = make_services(tmp_path / "other", media)
    OPERATIONS["create_draft"]({"draft_id": "d1", "target": "jianying_5_9"}, services)
    state = OPERATIONS["save_draft"]({"draft_id": "d1", "draft_folder": str(place), "wait": 60}, services)
    assert state.deployed_to == str(place / "d1") and (place / "d1" / "draft_content.json").exists()
    services.close()


def test_nothing_is_put_anywhere_unless_it_is_configured(tmp_path, media, root):
    services = make_services(tmp_path / "other", media)
    OPERATIONS["create_draft"]({"draft_id": "d1"}, services)
    with pytest.raises(InvalidRequestError, match="deploy_roots"):
        OPERATIONS["save_draft"]({"draft_id": "d1", "deploy": True, "draft_folder": str(root)}, services)
    services.close()


# ---- the app


@pytest.fixture
def running(tmp_path):
    """Run a program of that name."""
    programs = []

    def run(name):
        program = tmp_path / name
        shutil.copy(shutil.which("sleep"), program)
        programs.append(subprocess.Popen([program, "60"]))

    yield run
    for program in programs:
        program.kill()
        program.wait()


@pytest.mark.skipif(sys.platform == "win32", reason="needs the program sleep")
def test_while_the_app_is_running_nothing_is_touched(deploy, root, running, call):
    running("CapCut")
    with pytest.raises(ConflictError, match="CapCut is running; quit it"):
        deploy()
    assert list(root.iterdir()) == []
    assert call("save_draft", draft_id="d1", wait=60)["status"] == "completed"


@pytest.mark.skipif(sys.platform == "win32", reason="needs the program sleep")
def test_who_has_not_asked_for_it_has_the_draft_all_the_same(full, root, running, call):
    running("CapCut")
    state = call("save_draft", draft_id=full, wait=60, draft_folder=str(root))
    assert (state["status"], state["deployed_to"]) == ("completed", "") and list(root.iterdir()) == []
    assert any("CapCut is running" in warning for warning in state["warnings"])


@pytest.mark.skipif(sys.platform == "win32", reason="needs the program sleep")
def test_the_other_app_may_run(deploy, running):
    running("JianyingPro")
    assert deploy()["status"] == "completed"


def test_an_app_that_starts_during_the_save_is_respected(deploy, root, monkeypatch):
    seen = iter([False, True])
    monkeypatch.setattr(deploying, "is_running", lambda app: next(seen))
    with pytest.raises(SaveFailedError, match="CapCut is running"):
        deploy()
    assert list(root.iterdir()) == []


def test_not_knowing_is_a_warning(deploy, monkeypatch, listed):
    monkeypatch.setitem(sys.modules, "psutil", None)
    assert any("cannot be seen" in one for one in deploy()["warnings"])
