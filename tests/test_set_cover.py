import pytest

from errors import InvalidRequestError

from .fakes import ended, forget

V, P, A = "https://example.com/a.mp4", "https://example.com/p.jpg", "https://example.com/m.wav"


@pytest.fixture
def drawn(call, draft, services, monkeypatch):
    """Save; answers what was asked to be drawn as (name of the file, microseconds in it), and the state."""

    def saved():
        asked = []

        def cover(target, width, height, source=None, at=0):
            asked.append((source and source.name.split("_")[0], at))
            target.write_bytes(b"jpeg")

        monkeypatch.setitem(services.__dict__, "cover", cover)
        state = ended(call, draft_id=draft)
        return asked[0], state

    return saved


@pytest.fixture
def film(call, draft, media):
    """A video of five seconds from its second on, then a picture, with another over both."""
    call("add_video", draft_id=draft, video_url=media.video(V, 9), start=1, end=6, speed=2)
    call("add_image", draft_id=draft, image_url=media.photo(P), start=3, end=5, track_name="video_main")
    call("add_image", draft_id=draft, image_url=P, start=0, end=5, track_name="over")
    return draft


def test_a_cover_shows_a_picture_that_is_not_in_the_draft(call, film, media, drawn, services):
    answer = call("set_cover", draft_id=film, image_url=media.photo("https://example.com/cover.png"))
    assert (answer["image_url"], answer["time"], answer["version"]) == ("https://example.com/cover.png", None, 5)
    asked, state = drawn()
    assert asked == ("image", 0) and state["warnings"] == [] and state["total_files"] == 2
    folder = services.saved.archive(film).with_suffix("")
    assert not list(folder.parent.glob(".*")) and len(list(folder.rglob("image_*"))) == 1


def test_a_cover_shows_a_picture_of_the_draft_without_fetching_it_again(call, film, media, drawn):
    call("set_cover", draft_id=film, image_url=P)
    assert drawn()[0] == ("image", 0) and media.fetched.count(P) == 1


@pytest.mark.parametrize("time, shown", [(0, ("video", 1_000_000)), (1.5, ("video", 4_000_000)), (4, ("image", 0))])
def test_a_cover_shows_what_is_at_the_back_at_a_time(call, film, drawn, time, shown):
    call("set_cover", draft_id=film, time=time)
    asked, state = drawn()
    assert (asked[0], asked[1] if asked[0] == "video" else 0) == shown and state["warnings"] == []


def test_where_nothing_is_shown_the_cover_is_plain_with_a_warning(call, film, drawn):
    call("set_cover", draft_id=film, time=60)
    asked, state = drawn()
    assert asked == (None, 0) and "60 s" in state["warnings"][0] and state["status"] == "completed"


@pytest.mark.parametrize("make", ["missing", "audio"])
def test_a_picture_that_cannot_be_shown_is_named_and_the_draft_has_another_cover(call, film, media, drawn, make):
    call("set_cover", draft_id=film, image_url=getattr(media, make)(A))
    asked, state = drawn()
    assert asked == ("video", 1_000_000) and (state["status"], state["partial"]) == ("failed", True)
    assert A in state["message"] and A in state["warnings"][0]
    assert [(one["url"], one["segments"]) for one in state["failed_files"]] == [(A, [])]


def test_with_neither_and_after_undo_it_shows_what_is_first(call, film, drawn):
    call("set_cover", draft_id=film, time=4)
    call("set_cover", draft_id=film)
    assert drawn()[0] == ("video", 1_000_000)
    call("undo", draft_id=film)
    assert drawn()[0][0] == "image"


def test_a_draft_that_is_rebuilt_keeps_its_cover(call, film, services, script):
    call("set_cover", draft_id=film, time=4)
    forget(services, film)
    assert script().cover.time == 4_000_000
    read = call("get_draft", draft_id=film)
    assert (read["cover_url"], read["cover_time"]) == (None, 4)


@pytest.mark.parametrize(
    "fields, field",
    [
        ({"image_url": P, "time": 1}, "time"),
        ({"time": -1}, "time"),
        ({"image_url": "p.jpg"}, "image_url"),
    ],
)
def test_a_bad_field_is_named(refused, film, fields, field):
    assert refused(InvalidRequestError, "set_cover", **fields).fields[0]["field"] == field
