import pytest

from .fakes import forget

URL = "https://example.com/a.mp4"


@pytest.mark.parametrize("target", ["capcut", "capcut_legacy", "jianying_5_9", "jianying_10"])
def test_a_hidden_track_says_so_and_its_segments_too(call, written, target):
    call("create_draft", draft_id="d1", target=target)
    call("add_text", draft_id="d1", text="a")
    call("add_text", draft_id="d1", text="a", track_name="b")
    assert call("hide_track", draft_id="d1", track_name="b")["hidden"] is True
    found = {
        track["name"]: (track["attribute"], [one["track_attribute"] for one in track["segments"]])
        for track in written()["tracks"]
    }
    assert found == {"video_main": (0, []), "text_main": (0, [0]), "b": (2, [2])}
    call("hide_track", draft_id="d1", track_name="b", hidden=False)
    assert {track["attribute"] for track in written()["tracks"]} == {0}


def test_muted_and_hidden_are_kept_apart(call, draft, written, services):
    call("add_video", draft_id=draft, video_url=URL, end=1)
    call("hide_track", draft_id=draft, track_name="video_main")
    call("mute_track", draft_id=draft, track_name="video_main")
    forget(services, draft)
    assert [track["attribute"] for track in written()["tracks"]] == [3]


def test_what_is_not_seen_anyway_is_mentioned(call, draft):
    call("add_audio", draft_id=draft, audio_url=URL, end=1)
    assert "nothing of it is seen" in call("hide_track", draft_id=draft, track_name="audio_main")["warnings"][0]


def test_the_cover_does_not_show_what_is_hidden(call, draft, services, media):
    call("add_video", draft_id=draft, video_url=media.video(URL), end=1)
    saved = call("save_draft", draft_id=draft, wait=30)
    folder = services.saved.archive(draft, saved["task_id"]).parent / draft
    assert (folder / "draft_cover.jpg").read_bytes() != b"cover of nothing"
    call("hide_track", draft_id=draft, track_name="video_main")
    saved = call("save_draft", draft_id=draft, wait=30)
    folder = services.saved.archive(draft, saved["task_id"]).parent / draft
    assert (folder / "draft_cover.jpg").read_bytes() == b"cover of nothing"
