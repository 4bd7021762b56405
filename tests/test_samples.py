import re
from pathlib import Path

import pytest

from engine.facts import MediaFacts
from errors import MediaError
from media.read import read_facts
from media.samples import FOLDER, NAMES, SCHEME, sample_path


def sample(name: str) -> Path:
    path = sample_path(SCHEME + name)
    assert path
    return path


def test_all_samples_are_there_and_all_that_is_there_is_a_sample() -> None:
    assert sorted(path.name for path in FOLDER.iterdir()) == sorted(NAMES)


def test_the_samples_are_small() -> None:
    sizes = {name: sample(name).stat().st_size for name in NAMES}
    assert max(sizes.values()) < 250_000 and sum(sizes.values()) < 500_000


def test_the_clip_is_five_seconds_of_video_with_sound() -> None:
    assert read_facts(sample("clip.mp4")) == MediaFacts("video", ".mp4", 5_000_000, 640, 360, has_audio=True)


def test_the_photo_is_a_picture() -> None:
    assert read_facts(sample("photo.png")) == MediaFacts("photo", ".png", 0, 1080, 1350)


def test_the_music_plays_for_eight_seconds() -> None:
    facts = read_facts(sample("music.mp3"))
    assert (facts.kind, facts.extension) == ("audio", ".mp3")
    assert facts.duration == pytest.approx(8_000_000, abs=60_000)


def test_the_captions_follow_one_another_within_the_clip() -> None:
    times = re.findall(r"00:00:0(\d),(\d{3})", sample("captions.srt").read_text("utf-8"))
    stamps = [int(second) * 1000 + int(milli) for second, milli in times]
    assert len(stamps) == 8
    assert stamps == sorted(stamps) and stamps[-1] <= 5000


@pytest.mark.parametrize("url", ["https://example.com/clip.mp4", "/samples/clip.mp4", "clip.mp4", ""])
def test_an_address_of_another_kind_is_no_sample(url: str) -> None:
    assert sample_path(url) is None


@pytest.mark.parametrize(
    "url",
    [
        "asset://samples/film.mp4",
        "asset://samples/",
        "asset://samples/../samples.py",
        "asset://samples/CLIP.MP4",
        "asset://fonts/clip.mp4",
        "asset:clip.mp4",
        "ASSET://samples/film.mp4",
        "asset://samples/asset://samples/clip.mp4",
    ],
)
def test_an_unknown_sample_is_refused_with_the_names_of_all(url: str) -> None:
    with pytest.raises(MediaError) as caught:
        sample_path(url)
    assert all(SCHEME + name in caught.value.reason for name in NAMES)
    assert caught.value.url == url
