from errors import ConflictError, InvalidRequestError


def test_a_track_is_made_with_nothing_on_it(call, draft, script):
    made = call("add_track", draft_id=draft, track_name="a", type="text", relative_index=3)
    assert (made["track_name"], made["type"], made["relative_index"], made["segments"]) == ("a", "text", 3, 0)
    assert not script().tracks["a"].segments
    call("undo", draft_id=draft)
    assert not script().tracks


def test_it_takes_what_it_was_made_for(call, draft, refused, shown):
    call("add_track", draft_id=draft, track_name="a", type="text")
    refused(ConflictError, "add_video", video_url="https://a.b/c.mp4", track_name="a")
    call("add_text", draft_id=draft, text="x", track_name="a", end=1)
    assert shown() == [("a", 0, 1)]


def test_an_empty_main_track_keeps_others_in_front_of_it(call, draft, written):
    call("add_track", draft_id=draft, track_name="video_main", type="video")
    call("add_image", draft_id=draft, image_url="https://a.b/c.png")
    assert [(one["name"], one["flag"]) for one in written()["tracks"]] == [("video_main", 0), ("image_main", 2)]


def test_a_name_is_given_once_and_a_kind_is_known(call, draft, refused):
    call("add_track", draft_id=draft, track_name="a", type="text")
    refused(ConflictError, "add_track", track_name="a", type="text")
    refused(InvalidRequestError, "add_track", track_name="b", type="adjustment")
    refused(InvalidRequestError, "add_track", track_name="b")
