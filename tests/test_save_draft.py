import threading
import zipfile
from pathlib import Path

import orjson
import pytest

from errors import DraftNotFoundError, SaveFailedError, TaskNotFoundError

V, P, A = "https://example.com/a.mp4", "https://example.com/p.jpg", "https://example.com/m.wav"


@pytest.fixture
def save(call):
    return lambda draft_id="d1", **fields: call("save_draft", draft_id=draft_id, wait=30, **fields)


@pytest.fixture
def failed(save):
    """The state of a save that fails."""

    def state(**fields):
        with pytest.raises(SaveFailedError) as failure:
            save(**fields)
        return failure.value.details

    return state


@pytest.fixture
def folder(services):
    """The latest saved folder."""

    def latest(draft_id="d1"):
        archive = services.saved.archive(draft_id)
        return archive.with_suffix("")

    return latest


def timeline(folder):
    return orjson.loads((folder / "draft_content.json").read_bytes())


def meta(folder):
    return orjson.loads((folder / "draft_meta_info.json").read_bytes())


@pytest.fixture
def full(call, draft, media):
    """A draft with a video, a picture, sound and a text."""
    call("add_video", draft_id=draft, video_url=media.video(V), end=3)
    call("add_image", draft_id=draft, image_url=media.photo(P))
    call("add_audio", draft_id=draft, audio_url=media.audio(A))
    call("add_text", draft_id=draft, text="Hi")
    return draft


def test_a_save_ends_completed_with_everything_in_its_folder(full, save, folder):
    state = save()
    assert (state["success"], state["status"], state["progress"]) == (True, "completed", 100)
    assert (state["completed_files"], state["total_files"]) == (3, 3)
    assert state["downloaded_bytes"] == state["total_bytes"] > 0
    names = sorted(path.relative_to(folder()).parts[0] for path in folder().iterdir())
    assert names == [
        "assets",
        "draft_content.json",
        "draft_cover.jpg",
        "draft_info.json",
        "draft_meta_info.json",
        "template-2.tmp",
    ]


def test_two_saves_of_a_version_differ_in_ids_and_times_only(full, save, folder):
    """Apps take two drafts with the same ids for one, so each save has its own; the rest is the same, byte for byte."""

    def entries():
        with zipfile.ZipFile(folder().with_suffix(".zip")) as archive:
            return {one.filename: (one.date_time, one.compress_type, one.CRC) for one in archive.infolist()}

    save()
    first = entries()
    save()
    second = entries()
    assert list(first) == list(second)
    differing = {Path(name).name for name in first if first[name] != second[name]}
    timelines = {"draft_content.json", "draft_info.json", "template-2.tmp"}
    assert differing == timelines | {"draft_meta_info.json", "install.json"}


def test_every_name_of_the_timeline_has_the_same_bytes(full, save, folder):
    save()
    names = ("draft_content.json", "draft_info.json", "template-2.tmp")
    assert len({(folder() / name).read_bytes() for name in names}) == 1


def test_files_end_as_their_content_says(full, save, folder):
    """CapCutAPI calls every picture .png and every sound .mp3; here it is what the file is."""
    save()
    names = {path.parent.name: path.name for path in folder().rglob("assets/*/*")}
    assert names["video"].startswith("video_") and names["video"].endswith(".mp4")
    assert names["image"].endswith(".png") and names["audio"].endswith(".mp3")


def test_paths_are_portable_and_registered(full, save, folder):
    save()
    entries = meta(folder())["draft_materials"][0]["value"]
    for material in timeline(folder())["materials"]["videos"]:
        inside = material["path"].removeprefix("##_draftpath_placeholder_0E685133-18CE-45ED-8CB8-2904A212EC80_##/")
        assert (folder() / inside).is_file()
        assert f"./{inside}" in {entry["file_Path"] for entry in entries}
    assert {entry["metetype"] for entry in entries} == {"video", "photo", "music"}


def test_a_url_used_twice_is_fetched_once_and_registered_once(call, draft, media, save, folder):
    media.video(V)
    for start in range(3):
        call("add_video", draft_id=draft, video_url=V, end=1, target_start=start)
    save()
    assert media.fetched == [V]
    assert len(meta(folder())["draft_materials"][0]["value"]) == 1
    assert len(timeline(folder())["materials"]["videos"]) == 3


def test_the_folder_has_the_drafts_name_made_fit(call, save, folder):
    call("create_draft", draft_id="d1", name='My "draft": 你好 / v2')
    save()
    assert folder().name == meta(folder())["draft_name"] == "My _draft_ 你好 _ v2"


def test_two_saves_share_no_ids_and_both_stay(full, save, folder, services):
    first_state = save()
    first = folder()
    second_state = save()
    assert first_state["task_id"] != second_state["task_id"]
    assert first.exists() and folder() != first
    assert meta(first)["draft_id"] != meta(folder())["draft_id"]
    assert timeline(first)["id"] != timeline(folder())["id"]
    assert meta(first)["draft_id"] != timeline(first)["id"]


def test_the_zip_holds_the_folder_and_media_as_they_are(full, save, services, folder):
    save()
    with zipfile.ZipFile(services.saved.archive("d1")) as archive:
        assert archive.testzip() is None
        entries = {entry.filename: entry for entry in archive.infolist()}
    files = {path.relative_to(folder().parent).as_posix() for path in folder().rglob("*") if path.is_file()}
    assert set(entries) == files | {"install.md", "install.sh", "install.bat", "install.json"}
    media_entries = [entry for name, entry in entries.items() if "/assets/" in name]
    assert {entry.compress_type for entry in media_entries} == {zipfile.ZIP_STORED}


def test_an_open_clip_that_reaches_into_the_next_is_trimmed_and_reported(call, draft, media, save):
    media.video(V, seconds=5)
    first = call("add_video", draft_id=draft, video_url=V)
    call("add_video", draft_id=draft, video_url=V, target_start=2)
    (trimmed,) = save()["trimmed_segments"]
    assert (trimmed["segment_id"], trimmed["end"]) == (first["segment_id"], 2.0)


def test_on_conflict_may_drop_or_fail(call, draft, media, save, failed):
    media.video(V, seconds=5)
    call("add_video", draft_id=draft, video_url=V)
    later = call("add_video", draft_id=draft, video_url=V, target_start=2)
    state = save(on_conflict="drop")
    assert state["status"] == "completed"
    assert [one["segment_id"] for one in state["removed_segments"]] == [later["segment_id"]]
    assert "runs to 5 s" in failed(on_conflict="error")["message"]


def test_a_missing_medium_is_named_and_the_rest_is_saved(full, call, media, failed, folder):
    lost = call("add_video", draft_id=full, video_url=media.missing("https://example.com/x.mp4"), target_start=5)
    state = failed()
    assert (state["status"], state["success"], state["partial"]) == ("failed", False, True)
    assert state["failed_files"] == [
        {"url": "https://example.com/x.mp4", "reason": "HTTP 404 Not Found", "segments": [lost["segment_id"]]}
    ]
    assert [one["segment_id"] for one in state["removed_segments"]] == [lost["segment_id"]]
    assert len(timeline(folder())["tracks"][0]["segments"]) == 1
    assert state["draft_url"]


def test_a_file_that_is_no_medium_is_named(call, draft, failed):
    call("add_video", draft_id=draft, video_url="https://example.com/page.mp4")
    assert failed()["failed_files"][0]["reason"] == "not a picture, video or sound"


def test_a_failed_write_leaves_nothing_behind(full, failed, services, monkeypatch):
    def no_space(*_, **__):
        raise OSError(28, "No space left on device", "/secret/place")

    monkeypatch.setattr("saving.documents.write_meta", no_space)
    state = failed()
    assert "No space left on device" in state["message"] and "/secret" not in state["message"]
    assert (state["partial"], state["draft_url"]) == (False, "")
    assert not [path for path in services.settings.data_dir.rglob("*") if path.is_file()]


def test_a_fault_of_ours_ends_the_task_too(full, failed, monkeypatch):
    def fault(*_, **__):
        raise ZeroDivisionError

    monkeypatch.setattr("saving.documents.write_timeline", fault)
    assert "internal error" in failed()["message"]


def test_a_draft_that_would_not_open_right_is_not_handed_out(full, failed, services, monkeypatch):
    from engine.lint import Finding

    monkeypatch.setattr("saving.documents.lint", lambda *_, **__: [Finding("a-rule", "error", "x", "is broken")])
    state = failed()
    assert "a-rule" in state["message"] and state["findings"][0]["rule"] == "a-rule"
    assert services.saved.archive("d1") is None


def test_an_empty_draft_is_saved_with_a_warning(draft, save):
    assert "nothing on its timeline" in save()["warnings"][0]


def test_the_status_is_found_by_task_and_by_draft(full, save, call):
    task = save()["task_id"]
    assert call("query_draft_status", task_id=task) == call("query_draft_status", task_id="d1")


def test_status_of_nothing_is_not_found(call, draft):
    with pytest.raises(TaskNotFoundError):
        call("query_draft_status", task_id=draft)


def test_an_unknown_draft_cannot_be_saved(save):
    with pytest.raises(DraftNotFoundError):
        save("nobody")


def test_a_save_that_is_not_waited_for_goes_on(call, draft, media, services, monkeypatch):
    go_on = threading.Event()
    fetch = media.fetch
    monkeypatch.setattr(services.media, "_fetch", lambda *asked: (go_on.wait(30), fetch(*asked))[1])
    call("add_video", draft_id=draft, video_url=media.video(V))
    state = call("save_draft", draft_id=draft)
    assert state["status"] in ("initialized", "processing") and state["draft_url"] == ""
    call("add_text", draft_id=draft, text="later")
    go_on.set()
    services.tasks.wait(state["task_id"], 30)
    done = call("query_draft_status", task_id=state["task_id"])
    assert (done["status"], done["draft_version"]) == ("completed", 2)


def test_a_save_is_of_the_draft_as_it_was(full, save, call, folder):
    save()
    before = timeline(folder())
    call("add_text", draft_id=full, text="later", start=10, end=11)
    assert timeline(folder()) == before


def test_the_progress_never_goes_back(full, services, call, monkeypatch):
    seen = []
    update = services.tasks.update

    def noted(task_id, change=None, **changes):
        task = update(task_id, change, **changes)
        seen.append(task.progress)
        return task

    monkeypatch.setattr(services.tasks, "update", noted)
    call("save_draft", draft_id=full, wait=30)
    assert seen == sorted(seen) and seen[-1] == 100 and len(set(seen)) > 5


def test_four_saves_of_one_draft_at_once_all_complete(full, services, call):
    tasks = [call("save_draft", draft_id=full)["task_id"] for _ in range(4)]
    assert [services.tasks.wait(task, 60).status for task in tasks] == ["completed"] * 4


def test_the_cover_shows_what_the_draft_shows_first(call, draft, media, save, folder):
    call("add_image", draft_id=draft, image_url=media.photo(P), start=1, end=2)
    save()
    assert b"image_" in (folder() / "draft_cover.jpg").read_bytes()
    call("add_video", draft_id=draft, video_url=media.video(V), end=1)
    save()
    assert b"video_" in (folder() / "draft_cover.jpg").read_bytes()


@pytest.mark.parametrize(
    "name", ["incoming", "Incoming", ".incoming", "movie.zip", "con", "a" * 200, "\u202e\u202egpj"]
)
def test_any_name_can_be_saved(call, media, save, folder, services, name):
    call("create_draft", draft_id="d1", name=name)
    call("add_video", draft_id="d1", video_url=media.video(V), end=1)
    assert save()["status"] == "completed"
    assert services.saved.archive("d1").is_file() and meta(folder())["draft_name"] == folder().name


@pytest.mark.parametrize("one, other", [("Abc", "abc"), ("con", "con2"), ("x" * 100, "x" * 101), ("a.", "a")])
def test_drafts_whose_ids_are_alike_keep_their_saves_apart(call, save, services, one, other):
    for draft_id in (one, other):
        call("create_draft", draft_id=draft_id, name="same")
        save(draft_id)
    folders = {str(services.saved.archive(draft_id).parent.parent).lower() for draft_id in (one, other)}
    assert len(folders) == 2 and not any(folder.endswith((".", "/con")) for folder in folders)


def test_old_saves_make_room(tmp_path, media):
    from operations import OPERATIONS

    from .fakes import make_services

    services = make_services(tmp_path, media, keep_saves=2)
    OPERATIONS["create_draft"]({"draft_id": "d1"}, services)
    tasks = [OPERATIONS["save_draft"]({"draft_id": "d1", "wait": 30}, services).task_id for _ in range(4)]
    assert [bool(services.saved.archive("d1", task)) for task in tasks] == [False, False, True, True]
    services.close()


def test_media_are_registered_in_the_drafts_order(call, draft, media, save, folder):
    for number in range(8):
        call("add_video", draft_id=draft, video_url=media.video(f"{V}?{number}"), end=1, target_start=number)
    save()
    entries = meta(folder())["draft_materials"][0]["value"]
    shown = [entry["material_name"] for entry in timeline(folder())["materials"]["videos"]]
    assert [entry["extra_info"] for entry in entries] == shown


def test_a_cover_that_cannot_be_drawn_is_a_warning(full, save, services, monkeypatch):
    from media.read import UnreadableMediaError

    def fails(*_):
        raise UnreadableMediaError("the service is stopping")

    monkeypatch.setattr("tests.fakes.FakeMedia.cover", fails)
    object.__setattr__(services, "cover", fails)
    state = save()
    assert state["status"] == "completed" and "cover" in state["warnings"][0]


def test_a_conflict_at_the_save_has_its_own_status(call, draft, media, save):
    media.video(V, seconds=5)
    call("add_video", draft_id=draft, video_url=V)
    call("add_video", draft_id=draft, video_url=V, target_start=2)
    with pytest.raises(SaveFailedError) as failure:
        save(on_conflict="error")
    assert (failure.value.status, failure.value.code) == (409, "conflict")


def test_what_a_cut_off_save_left_is_swept_unless_it_still_runs(tmp_path):
    from store.saved import SavedDrafts

    works = [SavedDrafts(tmp_path).begin("d1", task) for task in ("1_a", "1_b")]
    for work in works:
        (work / "half.mp4").write_bytes(b"half")
    SavedDrafts(tmp_path).sweep(lambda task: task == "1_b")
    assert [work.exists() for work in works] == [False, True]


def test_saves_that_prune_at_once_do_not_fail_each_other(tmp_path, media):
    from operations import OPERATIONS

    from .fakes import make_services

    services = make_services(tmp_path, media, keep_saves=1, save_workers=8)
    OPERATIONS["create_draft"]({"draft_id": "d1"}, services)
    tasks = [OPERATIONS["save_draft"]({"draft_id": "d1"}, services).task_id for _ in range(40)]
    assert {services.tasks.wait(task, 60).status for task in tasks} == {"completed"}
    services.close()
