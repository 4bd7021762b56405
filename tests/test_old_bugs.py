"""What CapCutAPI does wrong and this service must not: every fault that its contract lists, as clients would meet it.

Two lists. "bug n" are the faults found by reading it, of which those are here that are not kept for the sake of its
clients; "seen n" are what it did when it was run. Each row names the tests that fail where the fault is back: most are
in this file and go over HTTP, the others belong with what they test.
"""

import ast
import io
import json
import zipfile
from functools import cache
from pathlib import Path

import pytest

from opening import open_services
from operations import OPERATIONS, replay
from saving.job import resume
from settings import Settings

from .real_draft import ask

ROWS = {
    "bug 1": ["test_an_effect_needs_no_params"],
    "bug 3": ["test_a_clip_without_an_end_uses_its_duration_or_its_medium"],
    "bug 4": ["test_a_medium_that_cannot_be_read_fails_the_save_by_name"],
    "bug 5": ["test_a_clip_that_begins_past_its_medium_is_reported"],
    "bug 6": ["test_open_clips_never_vanish"],
    "bug 7": ["test_a_medium_that_cannot_be_fetched_fails_the_save_by_name"],
    "bug 8": [
        "test_files_of_the_server_are_not_read",
        "test_end_to_end.py::test_private_addresses_are_refused_unless_allowed",
        "test_downloader.py::test_no_spelling_of_an_inner_address_is_reached",
        "test_downloader.py::test_a_redirect_to_a_refused_address_is_not_followed",
        "test_downloader.py::test_the_address_that_was_checked_is_the_one_connected_to",
        "test_downloader.py::test_a_file_that_grows_too_large_is_broken_off",
        "test_downloader.py::test_a_web_page_in_place_of_a_medium_is_refused",
        "test_downloader.py::test_requests_say_who_asks_and_carry_nothing_foreign",
    ],
    "bug 9": [
        "test_each_save_is_a_task_of_its_own_and_a_folder_of_its_own",
        "test_save_draft.py::test_a_save_that_is_not_waited_for_goes_on",
    ],
    "bug 10": ["test_each_save_is_a_task_of_its_own_and_a_folder_of_its_own"],
    "bug 11": ["test_a_save_that_fails_says_so"],
    "bug 12": ["test_the_zip_is_whole_wherever_the_draft_is_to_lie"],
    "bug 13": ["test_folders_of_windows_are_understood_on_any_system"],
    "bug 14": ["test_video_and_sound_take_as_long_at_their_speed"],
    "bug 15": ["test_an_unknown_name_is_refused_in_the_same_way_everywhere"],
    "bug 16": ["test_an_unknown_name_is_refused_in_the_same_way_everywhere"],
    "bug 17": ["test_a_track_name_of_null_is_the_usual_track"],
    "bug 18": ["test_the_older_length_of_an_animation_counts"],
    "bug 19": ["test_what_is_wrong_with_a_mask_is_said"],
    "bug 20": ["test_a_track_called_video_is_like_any_other"],
    "bug 21": [
        "test_numbers_are_values_of_keyframes",
        "test_a_keyframe_that_is_nowhere_is_refused",
        "test_sound_has_keyframes_and_other_tracks_say_what_they_have",
    ],
    "bug 24": ["test_the_link_to_a_draft_leads_to_it"],
    "bug 26": [
        "test_drafts_outlast_the_service_and_are_shared_between_processes",
        "test_crash.py::test_a_killed_service_loses_no_acknowledged_edit_and_does_none_twice",
        "test_crash.py::test_four_processes_of_eight_threads_add_to_one_draft_and_lose_nothing",
    ],
    "bug 27": ["test_what_cannot_be_is_refused_by_field_and_changes_nothing"],
    "bug 28": ["test_what_was_listed_without_a_parameter_has_one"],
    "bug 29": ["test_a_song_with_a_cover_plays_and_files_keep_their_kind"],
    "bug 30": ["test_a_song_with_a_cover_plays_and_files_keep_their_kind"],
    "bug 31": ["test_a_track_is_of_one_type_and_stays_where_it_is"],
    "seen 1": ["test_a_save_that_fails_says_so", "test_a_medium_that_cannot_be_fetched_fails_the_save_by_name"],
    "seen 2": [
        "test_an_unknown_draft_is_started_under_its_own_id",
        "test_crash.py::test_four_processes_of_eight_threads_add_to_one_draft_and_lose_nothing",
    ],
    "seen 3": [
        "test_open_clips_never_vanish",
        "test_query_script.py::test_a_clip_past_the_end_of_its_media_stays",
        "test_query_script.py::test_a_medium_that_cannot_be_had_is_shown_for_a_second_and_named",
    ],
    "seen 4": [
        "test_save_draft.py::test_four_saves_of_one_draft_at_once_all_complete",
        "test_under_load.py::test_saves_of_many_drafts_at_once_all_complete",
        "test_doors.py::test_waiting_for_saves_leaves_threads_for_others",
    ],
    "seen 5": ["test_an_effect_needs_no_params", "test_decorative_text_and_a_font_of_null_work"],
    "seen 6": ["test_odd_subtitles_are_read_and_bad_ones_leave_nothing"],
    "seen 7": [
        "test_a_clip_without_an_end_uses_its_duration_or_its_medium",
        "test_a_track_called_video_is_like_any_other",
    ],
    "seen 8": [
        "test_what_cannot_be_is_refused_by_field_and_changes_nothing",
        "test_a_body_of_ten_megabytes_is_refused",
    ],
    "seen 9": ["test_numbers_are_values_of_keyframes", "test_a_keyframe_that_is_nowhere_is_refused"],
    "seen 10": ["test_no_body_crashes_the_service", "test_malformed_styles_are_refused_by_place"],
    "seen 11": ["test_files_of_the_server_are_not_read"],
    "seen 12": ["test_media_have_paths_that_hold_and_nothing_of_the_author_is_left"],
    "seen 13": ["test_under_load.py::test_thirty_two_clients_lose_no_edit_and_tear_no_read"],
}
KEPT = {2, 22, 23, 25}
"""Faults of the first list that are the contract by now; `test_contract.py` has them."""

V, W = "https://example.com/v.mp4", "https://example.com/w.mp4"
P, A = "https://example.com/p.png", "https://example.com/a.mp3"


def test_every_fault_has_tests_and_they_are_there():
    assert set(ROWS) == {f"bug {n}" for n in range(1, 32) if n not in KEPT} | {f"seen {n}" for n in range(1, 14)}
    for row, tests in ROWS.items():
        for test in tests:
            file, _, name = test.rpartition("::")
            assert name in _functions(file or Path(__file__).name), (row, test)


@cache
def _functions(file):
    tree = ast.parse((Path(__file__).parent / file).read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.fixture
def refuse(client):
    """Make a call that must fail, as the compatible face says it; answers the body."""

    def call(path, **fields):
        response = client.post(path, json=fields)
        body = response.get_json()
        assert (response.status_code, body["success"], body["output"]) == (200, False, ""), body
        assert body["error"]
        return body

    return call


@pytest.fixture
def read(client):
    """The draft's JSON."""
    return lambda draft_id="d1": json.loads(ask(client, "/query_script", draft_id=draft_id))


@pytest.fixture
def times(read):
    """(name of the track, start, end) of every segment, in seconds."""

    def seconds(segment):
        target = segment["target_timerange"]
        return target["start"] / 1e6, (target["start"] + target["duration"]) / 1e6

    return lambda: [(track["name"], *seconds(one)) for track in read()["tracks"] for one in track["segments"]]


@pytest.fixture
def saved(client):
    """The files in the zip of a save."""

    def unpack(state):
        with zipfile.ZipFile(io.BytesIO(client.get(state["draft_url"]).data)) as archive:
            return {name.split("/", 1)[1]: archive.read(name) for name in archive.namelist() if "/" in name}

    return unpack


# ---- clips and their media


def test_a_clip_without_an_end_uses_its_duration_or_its_medium(client, media, times):
    ask(client, "/add_video", draft_id="d1", video_url=media.video(V, 5), duration=4)
    assert ask(client, "/add_video", draft_id="d1", video_url=V, start=1, end=0, target_start=4)["end"] is None
    assert times() == [("video_main", 0, 4), ("video_main", 4, 8)]
    state = ask(client, "/save_draft", draft_id="d1")
    assert (state["status"], state["removed_segments"], state["trimmed_segments"]) == ("completed", [], [])


def test_a_clip_that_begins_past_its_medium_is_reported(client, media, refuse, saved):
    ask(client, "/add_video", draft_id="d1", video_url=media.video(V, 5))
    lost = ask(client, "/add_video", draft_id="d1", video_url=V, start=7, end=9, target_start=6)
    state = refuse("/save_draft", draft_id="d1")["details"]
    (removed,) = state["removed_segments"]
    assert removed["segment_id"] == lost["segment_id"] and "its media is 5 s long" in removed["reason"]
    (track,) = json.loads(saved(state)["draft_info.json"])["tracks"]
    assert [one["target_timerange"]["duration"] for one in track["segments"]] == [5_000_000]


def test_open_clips_never_vanish(client, media, refuse, times):
    media.video(V, 5)
    media.video(W, 5)
    ask(client, "/add_video", draft_id="d1", video_url=V)
    assert refuse("/add_video", draft_id="d1", video_url=W)["code"] == "conflict"
    second = ask(client, "/add_video", draft_id="d1", video_url=W, target_start=3)
    for _ in range(2):
        assert times() == [("video_main", 0, 3), ("video_main", 3, 8)]
    state = ask(client, "/save_draft", draft_id="d1")
    (trimmed,) = state["trimmed_segments"]
    assert (trimmed["end"], state["removed_segments"]) == (3, [])
    assert times()[1] == ("video_main", 3, 8) and second["start"] == 3


def _fails_by_name(client, refuse, url, reason):
    ask(client, "/add_text", draft_id="d1", text="stays")
    lost = ask(client, "/add_video", draft_id="d1", video_url=url)
    answer = refuse("/save_draft", draft_id="d1")
    (failed,) = answer["details"]["failed_files"]
    assert (failed["url"], failed["segments"]) == (url, [lost["segment_id"]]) and reason in failed["reason"]
    assert [one["segment_id"] for one in answer["details"]["removed_segments"]] == [lost["segment_id"]]
    state = ask(client, "/query_draft_status", task_id="d1")
    assert (state["status"], state["success"], state["partial"]) == ("failed", False, True)


def test_a_medium_that_cannot_be_fetched_fails_the_save_by_name(client, media, refuse):
    _fails_by_name(client, refuse, media.missing("https://example.com/gone.mp4"), "HTTP 404")


def test_a_medium_that_cannot_be_read_fails_the_save_by_name(client, refuse):
    _fails_by_name(client, refuse, "https://example.com/page.mp4", "not a picture, video or sound")


def test_video_and_sound_take_as_long_at_their_speed(client, media, times):
    ask(client, "/add_video", draft_id="d1", video_url=media.video(V, 8), start=1, end=7, speed=2)
    ask(client, "/add_audio", draft_id="d1", audio_url=media.audio(A, 8), start=1, end=7, speed=2)
    assert times() == [("video_main", 0, 3), ("audio_main", 0, 3)]


def test_a_song_with_a_cover_plays_and_files_keep_their_kind(real_client, media_server):
    ask(real_client, "/add_audio", draft_id="d1", audio_url=media_server.url("song.mp3"))
    ask(real_client, "/add_image", draft_id="d1", image_url=media_server.url("photo.jpg"))
    state = ask(real_client, "/save_draft", draft_id="d1", wait=60)
    with zipfile.ZipFile(io.BytesIO(real_client.get(state["draft_url"]).data)) as archive:
        names = [Path(name) for name in archive.namelist()]
        document = json.loads(archive.read("d1/draft_info.json"))
    assert sorted(name.suffix for name in names if "assets" in name.parts) == [".jpg", ".mp3"]
    (song,) = next(track for track in document["tracks"] if track["type"] == "audio")["segments"]
    assert song["target_timerange"]["duration"] == pytest.approx(3_000_000, abs=100_000)


def test_files_of_the_server_are_not_read(real_client, tmp_path):
    secret = tmp_path / "secret.srt"
    secret.write_text("1\n00:00:00,000 --> 00:00:01,000\nthe password\n")
    for draft_id, url in (("d1", str(secret)), ("d2", secret.as_uri())):
        ask(real_client, "/add_image", draft_id=draft_id, image_url=url)
        saved = real_client.post("/save_draft", json={"draft_id": draft_id, "wait": 60}).get_json()
        (failed,) = saved["details"]["failed_files"]
        subtitled = real_client.post("/add_subtitle", json={"draft_id": draft_id, "srt": url}).get_json()
        assert "media_roots" in failed["reason"] and "media_roots" in subtitled["error"]
        assert not saved["success"] and not subtitled["success"] and "password" not in json.dumps([saved, subtitled])


# ---- saves


def test_each_save_is_a_task_of_its_own_and_a_folder_of_its_own(client, saved):
    ask(client, "/add_text", draft_id="d1", text="first")
    first = ask(client, "/save_draft", draft_id="d1")
    ask(client, "/add_text", draft_id="d1", text="second", start=5, end=6)
    second = ask(client, "/save_draft", draft_id="d1")
    assert len({first["task_id"], second["task_id"], "d1"}) == 3
    assert ask(client, "/query_draft_status", task_id="d1")["task_id"] == second["task_id"]
    assert ask(client, "/query_draft_status", task_id=first["task_id"])["draft_version"] == 2
    texts = [len(json.loads(saved(state)["draft_info.json"])["materials"]["texts"]) for state in (first, second)]
    assert texts == [1, 2]


def test_a_save_that_fails_says_so(client, services, refuse):
    assert refuse("/save_draft", draft_id="nobody")["code"] == "draft_not_found"
    ask(client, "/add_text", draft_id="d1", text="a")
    assert "draft_folder" in refuse("/save_draft", draft_id="d1", draft_folder=7)["error"]
    drafts = services.settings.data_dir / "drafts"
    drafts.parent.mkdir(parents=True, exist_ok=True)
    drafts.write_text("a file where the folder of the drafts should be")
    answer = refuse("/save_draft", draft_id="d1")
    assert (answer["details"]["status"], answer["details"]["draft_url"]) == ("failed", "")
    assert ask(client, "/query_draft_status", task_id="d1")["success"] is False


@pytest.mark.parametrize("folder", [None, "/home/me/drafts", r"C:\Users\me\drafts"])
def test_the_zip_is_whole_wherever_the_draft_is_to_lie(client, media, saved, folder):
    ask(client, "/add_video", draft_id="d1", video_url=media.video(V, 5))
    files = saved(ask(client, "/save_draft", draft_id="d1", draft_folder=folder))
    assert {"draft_info.json", "draft_content.json", "draft_meta_info.json", "draft_cover.jpg"} <= files.keys()
    assert [name for name in files if name.startswith("assets/")]


@pytest.mark.parametrize(
    "given, root", [(r"\\nas\drafts", "//nas/drafts"), ("C:/drafts", "C:/drafts"), (r"C:\drafts", "C:/drafts")]
)
def test_folders_of_windows_are_understood_on_any_system(client, saved, given, root):
    ask(client, "/add_text", draft_id="d1", text="a", draft_folder=None)
    meta = json.loads(saved(ask(client, "/save_draft", draft_id="d1", draft_folder=given))["draft_meta_info.json"])
    assert (meta["draft_root_path"], meta["draft_fold_path"]) == (root, f"{root}/d1")


def test_media_have_paths_that_hold_and_nothing_of_the_author_is_left(client, media, saved):
    ask(client, "/add_video", draft_id="d1", video_url=media.video(V, 5))
    ask(client, "/add_text", draft_id="d2", text="a")
    before = set(Path().iterdir())
    first, second = (saved(ask(client, "/save_draft", draft_id=one)) for one in ("d1", "d2"))
    assert set(Path().iterdir()) == before
    (video,) = json.loads(first["draft_info.json"])["materials"]["videos"]
    placeholder, _, place = video["path"].partition("/")
    assert placeholder.startswith("##_draftpath_placeholder_") and place in first
    metas = [json.loads(files["draft_meta_info.json"]) for files in (first, second)]
    assert metas[0]["draft_id"] != metas[1]["draft_id"]
    assert {(meta["draft_fold_path"], meta["draft_root_path"]) for meta in metas} == {("", "")}
    assert not any(word in json.dumps(meta) for meta in metas for word in ("Users", "home/", "sungu"))


def test_the_link_to_a_draft_leads_to_it(client, refuse):
    ask(client, "/add_text", draft_id="d1", text="a")
    url = ask(client, "/generate_draft_url", draft_id="d1")["draft_url"]
    assert "?draft_id=d1&" in url and client.get(url).status_code == 200
    assert refuse("/generate_draft_url", draft_id="nobody")["code"] == "draft_not_found"


def test_drafts_outlast_the_service_and_are_shared_between_processes(shared_app, tmp_path):
    settings = Settings(data_dir=tmp_path)
    first, second = (open_services(settings, replay, resume, OPERATIONS) for _ in range(2))
    client = shared_app.test_client()

    def add(services, start):
        shared_app.extensions["services"] = services
        return ask(client, "/add_text", draft_id="d1", text="a", start=start, end=start + 1)["version"]

    assert [add(one, start) for start, one in enumerate((first, second, first))] == [2, 3, 4]
    first.close()
    second.close()
    third = open_services(settings, replay, resume, OPERATIONS)
    assert add(third, 3) == 5
    assert len(json.loads(ask(client, "/query_script", draft_id="d1"))["materials"]["texts"]) == 4
    third.close()


def test_an_unknown_draft_is_started_under_its_own_id(client):
    answer = client.post("/add_text", json={"draft_id": "evicted", "text": "a"}).get_json()
    assert answer["output"]["draft_id"] == "evicted" and "no draft 'evicted'" in answer["warnings"][0]
    assert ask(client, "/add_text", draft_id="evicted", text="b", start=5, end=6)["version"] == 3


# ---- effects, animations, masks


def test_an_effect_needs_no_params(client, read):
    ask(client, "/add_effect", draft_id="d1", effect_type="Blur")
    ask(client, "/add_effect", draft_id="d1", effect_type="Beat_Shots", start=3, end=4, params=[10, 20, 30, 40])
    plain, beat = read()["materials"]["video_effects"]
    assert [one["value"] for one in plain["adjust_params"]] == [plain["adjust_params"][0]["default_value"]]
    assert [round(one["value"], 6) for one in beat["adjust_params"]] == [0.1, 0.2, 0.3, 0.4]  # not in reverse


def test_decorative_text_and_a_font_of_null_work(client, read):
    ask(client, "/add_text", draft_id="d1", text="a", effect_effect_id="7296357486490144036")
    ask(client, "/add_subtitle", draft_id="d1", srt="1\n00:00:00,000 --> 00:00:01,000\nb\n", font=None)
    document = read()
    assert [one["effect_id"] for one in document["materials"]["effects"]] == ["7296357486490144036"]
    assert len(document["materials"]["texts"]) == 2


@pytest.mark.parametrize(
    "path, fields, field",
    [
        ("/add_audio", {"audio_url": A, "effect_type": "Big_Hous"}, "effect_type"),
        ("/add_text", {"text": "a", "intro_animation": "Throw_Ou"}, "intro_animation"),
        ("/add_text", {"text": "a", "outro_animation": "Fade_Ou"}, "outro_animation"),
        ("/add_image", {"image_url": P, "intro_animation": "Fade_I"}, "intro_animation"),
        ("/add_image", {"image_url": P, "animation": "Fade_I"}, "animation"),
        ("/add_image", {"image_url": P, "outro_animation": "Fade_Ou"}, "outro_animation"),
        ("/add_image", {"image_url": P, "combo_animation": "Zoom_"}, "combo_animation"),
        ("/add_video", {"video_url": V, "transition": "Dissolv"}, "transition"),
        ("/add_effect", {"effect_type": "Blurr"}, "effect_type"),
    ],
)
def test_an_unknown_name_is_refused_in_the_same_way_everywhere(refuse, client, path, fields, field):
    answer = refuse(path, draft_id="d1", **fields)
    assert answer["error"].startswith(f"{field}: ") and "nearest: " in answer["error"]
    assert not client.post("/query_script", json={"draft_id": "d1"}).get_json()["success"]  # nothing was started


def test_the_older_length_of_an_animation_counts(client, media, read):
    ask(client, "/add_image", draft_id="d1", image_url=media.photo(P), animation="Fade_In", animation_duration=1.2)
    (group,) = read()["materials"]["material_animations"]
    assert [one["duration"] for one in group["animations"]] == [1_200_000]


def test_what_is_wrong_with_a_mask_is_said(refuse):
    wide = refuse("/add_video", draft_id="d1", video_url=V, mask_type="Rectangle", mask_rect_width="wide")
    assert wide["error"] == "mask_rect_width: must be a number"
    round_one = refuse("/add_video", draft_id="d1", video_url=V, mask_type="Circle", mask_rect_width=0.5)
    assert round_one["error"].startswith("mask_rect_width: only a rectangle has it")
    unknown = refuse("/add_video", draft_id="d1", video_url=V, mask_type="Circel")
    assert unknown["error"].startswith("mask_type: ") and "Circle" in unknown["error"]


def test_what_was_listed_without_a_parameter_has_one(client, media, read):
    ask(client, "/add_text", draft_id="d1", text="a", loop_animation="Swing")
    ask(client, "/add_video", draft_id="d1", video_url=media.video(V, 5), filter="BW_2", fade_in=0.5, fade_out=1)
    bubble = {"bubble_effect_id": "7", "bubble_resource_id": "8"}
    ask(client, "/add_subtitle", draft_id="d1", srt="1\n00:00:00,000 --> 00:00:01,000\nb\n", **bubble)
    materials = read()["materials"]
    assert [one["type"] for group in materials["material_animations"] for one in group["animations"]] == ["loop"]
    assert {one["type"] for one in materials["effects"]} == {"filter", "text_shape"}
    (fade,) = materials["audio_fades"]
    assert (fade["fade_in_duration"], fade["fade_out_duration"]) == (500_000, 1_000_000)


# ---- tracks


def test_a_track_name_of_null_is_the_usual_track(client, read):
    for start in (0, 5):
        added = ask(client, "/add_text", draft_id="d1", text="a", start=start, end=start + 5, track_name=None)
        assert added["track_name"] == "text_main"
    assert [(one["type"], len(one["segments"])) for one in read()["tracks"]] == [("video", 0), ("text", 2)]


def test_a_track_called_video_is_like_any_other(client, media, read, times):
    media.video(V, 5)
    for start in (0, 7):
        ask(client, "/add_video", draft_id="d1", video_url=V, end=2, target_start=start, track_name="video")
    assert times() == [("video", 0, 2), ("video", 7, 9)]
    assert read()["config"]["maintrack_adsorb"] is False
    ask(client, "/add_video", draft_id="d2", video_url=V)
    assert [one["name"] for one in read("d2")["tracks"]] == ["video_main"]


def test_a_track_is_of_one_type_and_stays_where_it_is(client, refuse, times):
    ask(client, "/add_text", draft_id="d1", text="a", track_name="mine")
    answer = refuse("/add_sticker", draft_id="d1", sticker_id="77", track_name="mine", start=5, end=6)
    assert answer["code"] == "conflict" and "track_name" in answer["error"] and "text" in answer["error"]
    assert times() == [("mine", 0, 5)]
    late = {"draft_id": "d1", "sticker_id": "77", "relative_index": 3}
    assert client.post("/add_sticker", json=late).get_json()["warnings"] == []
    (warning,) = client.post("/add_sticker", json=late | {"relative_index": 4, "start": 6, "end": 7}).get_json()[
        "warnings"
    ]
    assert warning.startswith("relative_index: track 'sticker_main' exists")


# ---- keyframes


@pytest.mark.parametrize(
    "name, value, number",
    [
        ("alpha", 0.5, 0.5),
        ("alpha", 1, 1),
        ("rotation", 45, 45),
        ("volume", 0.8, 0.8),
        ("saturation", 0.3, 0.3),
        ("contrast", -0.3, -0.3),
        ("brightness", 0.25, 0.25),
        ("position_x", 0.5, 0.5),
        ("scale_x", 1.5, 1.5),
        ("rotation", "45deg", 45),
        ("alpha", "50%", 0.5),
        ("contrast", "+0.5", 0.5),
    ],
)
def test_numbers_are_values_of_keyframes(client, media, read, name, value, number):
    ask(client, "/add_video", draft_id="d1", video_url=media.video(V, 5), end=4)
    ask(client, "/add_video_keyframe", draft_id="d1", property_type=name, time=1, value=value)
    (segment,) = read()["tracks"][0]["segments"]
    (block,) = segment["common_keyframes"]
    assert [(one["time_offset"], one["values"]) for one in block["keyframe_list"]] == [(1_000_000, [number])]


def test_a_keyframe_that_is_nowhere_is_refused(client, media, refuse, read):
    first = ask(client, "/add_video", draft_id="d1", video_url=media.video(V, 5), end=4)
    answer = refuse("/add_video_keyframe", draft_id="d1", time=9, value=1)
    assert answer["error"].startswith("time: ") and first["segment_id"] in answer["error"]
    assert refuse("/add_video_keyframe", draft_id="d1", track_name="nowhere", value=1)["code"] == "track_not_found"
    moves = {"property_types": ["alpha", "alpha"], "times": [1, 9], "values": ["0%", "100%"]}
    assert refuse("/add_video_keyframe", draft_id="d1", **moves)["error"].startswith("time")
    assert read()["tracks"][0]["segments"][0]["common_keyframes"] == []


def test_sound_has_keyframes_and_other_tracks_say_what_they_have(client, media, refuse, read):
    ask(client, "/add_audio", draft_id="d1", audio_url=media.audio(A, 8), end=4)
    ask(client, "/add_effect", draft_id="d1", effect_type="Blur")
    ask(
        client, "/add_video_keyframe", draft_id="d1", track_name="audio_main", property_type="volume", time=1, value=0.5
    )
    sound = next(track for track in read()["tracks"] if track["type"] == "audio")["segments"][0]
    assert [one["property_type"] for one in sound["common_keyframes"]] == ["KFTypeVolume"]
    for track in ("audio_main", "effect_01"):
        answer = refuse("/add_video_keyframe", draft_id="d1", track_name=track, property_type="rotation", value=1)
        assert answer["error"].startswith("property_type: rotation of ")


# ---- what is sent


@pytest.mark.parametrize(
    "path, fields, field",
    [
        ("/create_draft", {"width": "abc"}, "width"),
        ("/create_draft", {"width": -1}, "width"),
        ("/add_video", {"video_url": V, "speed": -1}, "speed"),
        ("/add_video", {"video_url": V, "speed": "fast"}, "speed"),
        ("/add_video", {"video_url": V, "start": -1}, "start"),
        ("/add_video", {"video_url": V, "target_start": -0.5}, "target_start"),
        ("/add_video", {"video_url": V, "start": 5, "end": 2}, "end"),
        ("/add_image", {"image_url": P, "start": 5, "end": 2}, "end"),
        ("/add_audio", {"audio_url": A, "volume": "loud"}, "volume"),
        ("/add_audio", {"audio_url": A, "start": 5, "end": 2}, "end"),
        ("/add_text", {"text": "a", "start": -1}, "start"),
        ("/add_text", {"text": "a", "start": 5, "end": 2}, "end"),
        ("/add_text", {"text": "a" * 10_001}, "text"),
        ("/add_text", {"text": "half a character \ud83d"}, "text"),
        ("/add_text", {"text": "a", "text_styles": [{"start": 0, "end": 9}]}, "text_styles"),
        ("/add_text", {"text": "a", "alpha": 2}, "alpha"),
        ("/add_sticker", {"sticker_id": "7", "end": -1}, "end"),
        ("/add_effect", {"effect_type": "Blur", "end": 0}, "end"),
        ("/add_subtitle", {"srt": "no cues in here"}, "srt"),
    ],
)
def test_what_cannot_be_is_refused_by_field_and_changes_nothing(client, refuse, read, path, fields, field):
    draft = ask(client, "/add_text", draft_id="d1", text="before", start=20, end=21)
    before = read()
    answer = refuse(path, **({} if path == "/create_draft" else {"draft_id": "d1"}), **fields)
    assert answer["fields"][0]["field"] == field and answer["error"].startswith(f"{field}: ")
    assert read() == before
    assert ask(client, "/save_draft", draft_id=draft["draft_id"])["status"] == "completed"


def test_a_body_of_ten_megabytes_is_refused(client):
    response = client.post("/add_text", json={"draft_id": "d1", "text": "a" * 11_000_000})
    assert response.status_code == 413 and not response.get_json()["success"]


@pytest.mark.parametrize(
    "body", ["[]", "null", '"text"', "7", "{", '{"draft_id": "d1", "text": "a", "text_styles": 7}']
)
@pytest.mark.parametrize("path", ["/add_text", "/save_draft", "/query_script"])
def test_no_body_crashes_the_service(client, path, body):
    response = client.post(path, data=body, content_type="application/json")
    answer = response.get_json()
    assert response.status_code in (200, 400) and not answer["success"] and answer["error"]


@pytest.mark.parametrize(
    "styles", [7, "bold", [7], [None], [{}], [{"start": "a", "end": 1}], [{"start": 0, "end": 1, "style": 7}]]
)
def test_malformed_styles_are_refused_by_place(refuse, styles):
    assert refuse("/add_text", draft_id="d1", text="abc", text_styles=styles)["error"].startswith("text_styles")


@pytest.mark.parametrize(
    "srt, said",
    [
        ("\ufeff1\n00:00:00,000 --> 00:00:01,000\nmarked\n", "marked"),
        ("1\n00:00:00.000 --> 00:00:01.000\nwith points\n", "with points"),
        ("1\n00:00:00,000 --> 00:00:01,000\nsee http://site/news\n", "see http://site/news"),
        ("1/n00:00:00,000 --> 00:00:01,000/non one line/n", "on one line"),
    ],
)
def test_odd_subtitles_are_read_and_bad_ones_leave_nothing(client, refuse, read, srt, said):
    ask(client, "/add_subtitle", draft_id="d1", srt=srt)
    before = read()
    (text,) = before["materials"]["texts"]
    assert json.loads(text["content"])["text"] == said
    late = "1\n00:00:02,000 --> 00:00:03,000\ngood\n\n2\n25:00:00,000 --> 25:00:01,000\nafter a day\n"
    refuse("/add_subtitle", draft_id="d1", srt=late)
    assert read() == before
