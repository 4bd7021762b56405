URL = "https://example.com/a.mp4"


def names(written):
    return [track["name"] for track in written()["tracks"]]


def test_a_track_goes_before_or_behind_its_like(call, draft, written):
    for name in ("a", "b", "c"):
        call("add_text", draft_id=draft, text="a", track_name=name)
    assert names(written) == ["video_main", "a", "b", "c"]
    answer = call("move_track", draft_id=draft, track_name="a", relative_index=1)
    assert (answer["relative_index"], answer["warnings"]) == (1, [])
    assert names(written) == ["video_main", "b", "c", "a"]
    call("move_track", draft_id=draft, track_name="c", relative_index=-1)
    assert names(written) == ["video_main", "c", "b", "a"]


def test_layers_of_the_segments_follow(call, draft, written):
    for name in ("a", "b"):
        call("add_text", draft_id=draft, text=name, track_name=name)
    call("move_track", draft_id=draft, track_name="a", relative_index=1)
    layers = [(track["name"], one["track_render_index"]) for track in written()["tracks"] for one in track["segments"]]
    assert layers == [("b", 1), ("a", 2)]


def test_the_main_track_stays_behind_all_others_and_that_is_said(call, draft, written):
    call("add_video", draft_id=draft, video_url=URL, end=1)
    call("add_video", draft_id=draft, video_url=URL, end=1, track_name="pip")
    answer = call("move_track", draft_id=draft, track_name="video_main", relative_index=5)
    assert "main video track" in answer["warnings"][0] and names(written) == ["video_main", "pip"]
