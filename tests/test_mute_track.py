URL = "https://example.com/a.mp4"


def test_a_muted_track_says_so_and_its_segments_too(call, draft, written, script):
    call("add_audio", draft_id=draft, audio_url=URL, end=1, volume=0.7)
    call("add_video", draft_id=draft, video_url=URL, end=1)
    answer = call("mute_track", draft_id=draft, track_name="audio_main")
    assert (answer["muted"], answer["hidden"], answer["warnings"]) == (True, False, [])
    tracks = {track["name"]: track for track in written()["tracks"]}
    assert [tracks[name]["attribute"] for name in ("video_main", "audio_main")] == [0, 1]
    assert [one["track_attribute"] for one in tracks["audio_main"]["segments"]] == [1]
    assert tracks["audio_main"]["segments"][0]["volume"] == 0.7


def test_it_can_be_heard_again(call, draft, written):
    call("add_audio", draft_id=draft, audio_url=URL, end=1)
    call("mute_track", draft_id=draft, track_name="audio_main")
    assert call("mute_track", draft_id=draft, track_name="audio_main", muted=False)["muted"] is False
    assert [track["attribute"] for track in written()["tracks"]] == [0, 0]


def test_what_has_no_sound_is_mentioned(call, draft):
    call("add_text", draft_id=draft, text="a")
    assert "no sound" in call("mute_track", draft_id=draft, track_name="text_main")["warnings"][0]
