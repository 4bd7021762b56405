import json
import shutil
import struct
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.facts import MediaFacts
from media.ffprobe import read_with_ffprobe
from media.first_bytes import UnreadableMediaError
from media.mediainfo import read_with_mediainfo
from media.pictures import read_picture
from media.pyav import read_with_pyav
from media.read import READERS, Reader, read_facts
from tests.media_files import make_audio, make_gif, make_photo, make_video

Made = Callable[..., Path]

# What `ffprobe -of json -show_format -show_streams` wrote of a phone's video and of an MKV.
PHONE_REPORT = {
    "streams": [
        {
            "codec_type": "video",
            "codec_name": "h264",
            "width": 320,
            "height": 240,
            "duration": "2.000000",
            "disposition": {"default": 1, "attached_pic": 0},
            "side_data_list": [{"side_data_type": "Display Matrix", "rotation": -90}],
        },
        {"codec_type": "audio", "codec_name": "aac", "sample_rate": "44100", "duration": "2.000000"},
    ],
    "format": {"format_name": "mov,mp4,m4a,3gp,3g2,mj2", "duration": "2.023000"},
}
MKV_REPORT = {
    "streams": [
        {
            "codec_type": "video",
            "codec_name": "h264",
            "width": 320,
            "height": 240,
            "tags": {"DURATION": "00:00:02.000000000"},
        }
    ],
    "format": {"format_name": "matroska,webm", "duration": "2.035000"},
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Make each file once for all tests that ask for it with the same words."""
    folder = tmp_path_factory.mktemp("media")
    files: dict[str, Path] = {}

    def make(maker: Callable[..., Path], name: str, **how: object) -> Path:
        key = f"{name} {how}"
        if key not in files:
            inside = folder / str(len(files))
            inside.mkdir()
            files[key] = maker(inside / name, **how)
        return files[key]

    return make


@pytest.fixture(params=[read_with_pyav, read_with_ffprobe, read_with_mediainfo], ids=lambda reader: reader.__name__)
def reader(request: pytest.FixtureRequest) -> Reader:
    """Each reader of videos and sounds: they keep one contract."""
    if request.param is read_with_ffprobe and not shutil.which("ffprobe"):
        pytest.skip("no ffprobe on PATH")
    return request.param


def near(seconds: float) -> object:
    return pytest.approx(seconds * 1_000_000, abs=60_000)


def a_file(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def reason(path: Path) -> str:
    with pytest.raises(UnreadableMediaError) as caught:
        read_facts(path)
    return str(caught.value)


# What every reader of videos and sounds promises


def test_a_video_has_its_size_length_and_sound(reader: Reader, made: Made) -> None:
    assert reader(made(make_video, "clip.mp4"), "") == MediaFacts("video", ".mp4", 2_000_000, 320, 240, has_audio=True)


def test_a_video_without_sound_has_none(reader: Reader, made: Made) -> None:
    facts = reader(made(make_video, "clip.mp4", audio=False), "")
    assert facts and not facts.has_audio


@pytest.mark.parametrize(("rotation", "shown"), [(90, (240, 320)), (180, (320, 240)), (270, (240, 320))])
def test_a_rotated_phone_video_has_its_shown_size(
    reader: Reader, made: Made, rotation: int, shown: tuple[int, int]
) -> None:
    facts = reader(made(make_video, "clip.mp4", rotation=rotation), "")
    assert facts and (facts.width, facts.height) == shown


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mov", "clip.mkv"])
def test_a_video_whose_frame_rate_varies_has_the_length_it_plays(reader: Reader, made: Made, name: str) -> None:
    made_so = made(make_video, name, seconds=3.0, fps=30, audio=False, left_out=lambda frame: 10 < frame < 70)
    facts = reader(made_so, "")
    assert facts and abs(facts.duration - 3_000_000) <= 40_000  # 31 frames of 90


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".webm", ".mkv", ".avi", ".flv"])
def test_a_videos_ending_is_known_by_content(reader: Reader, made: Made, suffix: str, tmp_path: Path) -> None:
    facts = reader(a_file(tmp_path, "clip.bin", made(make_video, f"clip{suffix}").read_bytes()), "")
    assert facts and (facts.kind, facts.extension, facts.duration) == ("video", suffix, near(2))


@pytest.mark.parametrize("suffix", [".mp3", ".wav", ".m4a", ".flac", ".opus"])
def test_a_sounds_ending_is_known_by_content(reader: Reader, made: Made, suffix: str, tmp_path: Path) -> None:
    facts = reader(a_file(tmp_path, "sound.bin", made(make_audio, f"sound{suffix}").read_bytes()), "")
    assert facts == MediaFacts("audio", suffix, near(2), has_audio=True)


def test_the_cover_of_a_song_is_no_video(reader: Reader, made: Made) -> None:
    facts = reader(made(make_audio, "song.mp3", cover=True), "")
    assert facts and (facts.kind, facts.width, facts.height) == ("audio", 0, 0)


def test_one_still_frame_in_an_mp4_is_a_video(reader: Reader, made: Made) -> None:
    facts = reader(made(make_video, "still.mp4", seconds=0.04, audio=False), "")
    assert facts and (facts.kind, facts.duration) == ("video", 40_000)


@pytest.mark.parametrize("content", [b"1\n00:00:01,000 --> 00:00:02,000\nHello\n", b"A" * 5000, b"", bytes(5000)])
def test_what_is_no_medium_is_not_understood(reader: Reader, tmp_path: Path, content: bytes) -> None:
    assert reader(a_file(tmp_path, "clip.mp4", content), "") is None


# Videos and sounds that need more care


def test_the_length_of_a_video_is_that_of_its_pictures(made: Made) -> None:
    sound_is_longer = read_facts(made(make_video, "clip.mkv"))
    assert sound_is_longer.duration == 2_000_000


def test_a_recorded_webm_without_length_is_counted(made: Made) -> None:
    assert read_facts(made(make_video, "live.webm", live="1")).duration == near(2)


def test_a_fragmented_mp4_is_counted_to_its_end(made: Made) -> None:
    path = made(make_video, "live.mp4", seconds=3, fps=5, movflags="frag_every_frame+empty_moov")
    assert read_facts(path).duration == pytest.approx(3_000_000, abs=200_000)


def test_an_mp3_of_changing_bit_rate_without_index_has_its_exact_length(made: Made, tmp_path: Path) -> None:
    slow, fast = (made(make_audio, "part.mp3", write_xing="0", bit_rate=rate) for rate in (32_000, 320_000))
    path = a_file(tmp_path, "whole.mp3", slow.read_bytes() + fast.read_bytes())
    parts = read_facts(slow).duration + read_facts(fast).duration
    assert read_facts(path).duration == pytest.approx(parts, abs=30_000)


def test_a_title_that_is_not_utf8_is_no_obstacle(made: Made, tmp_path: Path) -> None:
    title = "歌曲".encode("gbk")
    block = b"INFOINAM" + struct.pack("<I", len(title)) + title
    sound = made(make_audio, "sound.wav").read_bytes()
    path = a_file(tmp_path, "song.wav", sound[:12] + b"LIST" + struct.pack("<I", len(block)) + block + sound[12:])
    assert read_with_pyav(path) == MediaFacts("audio", ".wav", 2_000_000, has_audio=True)


def test_an_mp4_that_lost_its_end_has_the_length_that_is_left(made: Made, tmp_path: Path) -> None:
    whole = made(make_video, "clip.mp4", movflags="faststart").read_bytes()
    path = a_file(tmp_path, "clip.mp4", whole[: len(whole) * 3 // 4])
    assert 500_000 < read_facts(path).duration < 1_900_000


def test_an_mp4_that_lost_its_index_is_said_to_be_cut_short(made: Made, tmp_path: Path) -> None:
    whole = made(make_video, "clip.mp4").read_bytes()
    assert "cut short" in reason(a_file(tmp_path, "clip.mp4", whole[: len(whole) // 2]))


# ffprobe, and libraries that are missing


@pytest.mark.skipif(sys.platform == "win32", reason="a script is no program there")
@pytest.mark.parametrize(
    ("name", "report", "expected"),
    [
        ("clip.mp4", PHONE_REPORT, MediaFacts("video", ".mp4", 2_000_000, 240, 320, has_audio=True)),
        ("clip.mkv", MKV_REPORT, MediaFacts("video", ".mkv", 2_000_000, 320, 240)),
    ],
)
def test_the_report_of_ffprobe_is_understood(
    made: Made, tmp_path: Path, name: str, report: object, expected: MediaFacts
) -> None:
    program = a_file(tmp_path, "ffprobe", f"#!{sys.executable}\nprint('''{json.dumps(report)}''')\n".encode())
    program.chmod(0o755)
    assert read_with_ffprobe(made(make_video, name), str(program)) == expected


@pytest.mark.parametrize("program", ["/no/such/ffprobe", sys.executable])
def test_an_ffprobe_that_does_not_work_is_passed_over(made: Made, program: str) -> None:
    assert read_with_ffprobe(made(make_video, "clip.mp4"), program) is None


def test_a_reader_whose_library_is_missing_is_passed_over(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    path = made(make_video, "clip.mp4")
    monkeypatch.setitem(sys.modules, "av", None)
    assert read_facts(path).duration == 2_000_000


def test_without_any_library_the_reason_is_still_a_sentence(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    path = made(make_video, "clip.mp4")
    for name in ("av", "PIL", "pymediainfo"):
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setenv("PATH", "")
    assert "begins as an MP4" in reason(path)


# Pictures


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".bmp", ".tiff", ".gif"])
def test_a_pictures_ending_is_known_by_content(made: Made, tmp_path: Path, suffix: str) -> None:
    path = a_file(tmp_path, "photo.bin", made(make_photo, f"photo{suffix}").read_bytes())
    assert read_facts(path) == MediaFacts("photo", suffix, 0, 640, 480)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tiff"])
@pytest.mark.parametrize(("orientation", "shown"), [(1, (640, 480)), (3, (640, 480)), (6, (480, 640)), (8, (480, 640))])
def test_a_photo_held_upright_has_its_shown_size(
    made: Made, suffix: str, orientation: int, shown: tuple[int, int]
) -> None:
    facts = read_facts(made(make_photo, f"photo{suffix}", exif_orientation=orientation))
    assert (facts.width, facts.height) == shown


def test_broken_exif_does_not_spoil_a_photo(made: Made, tmp_path: Path) -> None:
    photo = made(make_photo, "photo.jpg", exif_orientation=6).read_bytes()
    path = a_file(
        tmp_path, "photo.jpg", photo.replace(b"Exif\0\0MM", b"Exif\0\0??").replace(b"Exif\0\0II", b"Exif\0\0??")
    )
    assert read_facts(path) == MediaFacts("photo", ".jpg", 0, 640, 480)


@pytest.mark.parametrize("suffix", [".gif", ".webp"])
def test_an_animation_plays_as_long_as_its_frames(made: Made, suffix: str) -> None:
    facts = read_facts(made(make_gif, f"moving{suffix}", frames=4, frame_ms=130))
    assert facts == MediaFacts("gif", suffix, 520_000, 64, 48)


def test_frames_without_a_time_are_shown_for_a_tenth_of_a_second(made: Made) -> None:
    assert read_facts(made(make_gif, "moving.gif", frames=5, frame_ms=0)).duration == 500_000


def test_an_animation_of_one_frame_is_a_photo(made: Made) -> None:
    assert read_facts(made(make_gif, "moving.gif", frames=1)).kind == "photo"


def test_a_damaged_animation_plays_as_far_as_it_can_be_read(made: Made, tmp_path: Path) -> None:
    whole = made(make_gif, "moving.gif", frames=8).read_bytes()
    facts = read_facts(a_file(tmp_path, "moving.gif", whole[: len(whole) * 2 // 3]))
    assert facts.kind == "gif" and 0 < facts.duration <= 800_000


def test_an_animation_without_a_frame_that_can_be_read_is_damaged(made: Made, tmp_path: Path) -> None:
    whole = made(make_gif, "moving.webp").read_bytes()
    frames = whole.replace(b"VP8 ", b"XXXX").replace(b"VP8L", b"XXXX")
    assert "begins as a WebP picture" in reason(a_file(tmp_path, "moving.webp", frames))


def test_a_picture_of_too_many_pixels_is_refused(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    from PIL import Image

    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 1000)
    assert "too many pixels" in reason(made(make_photo, "photo.png"))


def box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content) + 8) + name + content


def heic(*properties: bytes) -> bytes:
    """The skeleton of a HEIC photo: enough to know its size."""
    meta = box(b"meta", bytes(4) + box(b"hdlr", bytes(24)) + box(b"iprp", box(b"ipco", b"".join(properties))))
    return box(b"ftyp", b"heic" + bytes(4) + b"mif1heic") + meta + box(b"mdat", bytes(100))


def extent(width: int, height: int) -> bytes:
    return box(b"ispe", struct.pack(">4xII", width, height))


@pytest.mark.parametrize(
    ("turn", "shown"), [(0, (4032, 3024)), (1, (3024, 4032)), (2, (4032, 3024)), (3, (3024, 4032))]
)
def test_a_heic_photo_has_the_size_of_the_whole_and_not_of_a_tile(
    tmp_path: Path, turn: int, shown: tuple[int, int]
) -> None:
    content = heic(extent(512, 512), extent(4032, 3024), extent(320, 240), box(b"irot", bytes([turn])))
    assert read_facts(a_file(tmp_path, "photo.heic", content)) == MediaFacts("photo", ".heic", 0, *shown)


def test_a_heic_photo_without_a_size_is_damaged(tmp_path: Path) -> None:
    assert "HEIC photo" in reason(a_file(tmp_path, "photo.heic", heic()))


def test_an_avif_that_pillow_does_not_know_is_still_a_photo(
    made: Made, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from PIL import Image, features

    if not features.check("avif"):
        pytest.skip("this Pillow writes no AVIF")
    path = made(make_photo, "photo.avif")
    Image.init()
    monkeypatch.delitem(Image.OPEN, "AVIF")
    assert read_picture(path) is None
    assert read_facts(path) == MediaFacts("photo", ".avif", 0, 640, 480)


# What is no medium


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty"),
        (b"\n<!DOCTYPE html><html>", "begins with '<!DOCTYPE html><html>' (a web page)"),
        (b'{"error": "expired"}', """begins with '{"error": "expired"}' (JSON)"""),
        ("\ufeff1\n你好".encode(), "begins with '1 你好'"),
        ("\ufeff1\n你好".encode("utf-16-le"), "begins with '1 你好'"),
        ("👩‍👩‍👧 family".encode(), "family"),
        (b"#EXTM3U\n#EXTINF:2,\nhttp://10.0.0.1/a.ts\n", "(a playlist; give the address of the media itself)"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "(an SVG drawing; make a PNG of it)"),
        (b"PK\x03\x04" + bytes(range(256)), "50 4b 03 04 00 01 02 03 (a ZIP archive)"),
        ("你好世界".encode("gbk") * 9, "the bytes c4 e3 ba c3"),
        (b"\x89PNG\r\n\x1a\n\0\0", "begins as a PNG picture but cannot be read"),
    ],
)
def test_what_is_no_medium_is_named_by_its_beginning(tmp_path: Path, content: bytes, said: str) -> None:
    assert said in reason(a_file(tmp_path, "clip.mp4", content))


def test_a_playlist_in_disguise_is_not_followed(made: Made, tmp_path: Path) -> None:
    target = made(make_video, "part.ts")
    content = f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{target}\n#EXT-X-ENDLIST\n".encode() + b"\0\xff"
    assert "not a picture, video or sound" in reason(a_file(tmp_path, "list.mp4", content))


def test_a_missing_file_and_a_folder_cannot_be_opened(tmp_path: Path) -> None:
    assert "cannot be opened" in reason(tmp_path / "missing.mp4")
    assert "cannot be opened" in reason(tmp_path)


def test_every_reader_understands_no_text(tmp_path: Path) -> None:
    path = a_file(tmp_path, "notes.txt", b"Nothing to see here.\n" * 100)
    assert [each(path, "") for each in READERS if each is not read_with_ffprobe] == [None] * (len(READERS) - 1)
