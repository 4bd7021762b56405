import pytest
from PIL import Image

from media.cover import draw_cover
from media.first_bytes import UnreadableMediaError
from media.probe import Probe

from .media_files import make_audio, make_photo, make_video


def middle(path):
    with Image.open(path) as cover:
        return cover.getpixel((cover.width // 2, cover.height // 2))


@pytest.mark.parametrize(
    "width, height, size", [(1080, 1920, (270, 480)), (1920, 1080, (480, 270)), (16, 8192, (1, 480))]
)
def test_a_cover_has_the_proportions_of_the_canvas(tmp_path, width, height, size):
    draw_cover(tmp_path / "cover.jpg", width, height)
    with Image.open(tmp_path / "cover.jpg") as cover:
        assert (cover.format, cover.size) == ("JPEG", size)


def test_a_picture_is_in_the_middle_of_a_plain_ground(tmp_path):
    Image.new("RGB", (400, 200), (250, 0, 0)).save(tmp_path / "red.png")
    draw_cover(tmp_path / "cover.jpg", 1080, 1920, tmp_path / "red.png")
    assert middle(tmp_path / "cover.jpg")[0] > 240
    with Image.open(tmp_path / "cover.jpg") as cover:
        assert max(cover.getpixel((5, 5))) < 60


def test_a_video_is_shown_where_its_clip_begins(tmp_path):
    """The red of the test video grows by five a frame."""
    clip = make_video(tmp_path / "clip.mp4", seconds=1, fps=25)
    for at, red in ((0, 0), (800_000, 100)):
        draw_cover(tmp_path / "cover.jpg", 320, 240, clip, at)
        assert abs(middle(tmp_path / "cover.jpg")[0] - red) < 25


def test_turned_media_are_shown_upright(tmp_path):
    for source in (
        make_video(tmp_path / "phone.mp4", size=(320, 160), rotation=90),
        make_photo(tmp_path / "phone.jpg", size=(320, 160), exif_orientation=6),
    ):
        draw_cover(tmp_path / "cover.jpg", 100, 200, source)
        with Image.open(tmp_path / "cover.jpg") as cover:
            assert max(cover.getpixel((cover.width // 2, 10))) > 60  # an upright picture fills the cover


def test_sound_shows_nothing(tmp_path):
    with pytest.raises(UnreadableMediaError):
        draw_cover(tmp_path / "cover.jpg", 100, 200, make_audio(tmp_path / "a.mp3"))


def test_a_source_that_shows_nothing_gives_a_plain_cover(tmp_path):
    probe = Probe(30)
    (tmp_path / "notes.txt").write_text("only notes")
    probe.cover(tmp_path / "cover.jpg", 100, 200, tmp_path / "notes.txt")
    probe.close()
    assert max(middle(tmp_path / "cover.jpg")) < 60
