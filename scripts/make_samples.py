"""Makes the built-in media in `media/samples/`: a video, a picture, a song and captions, all drawn and played here.

    python scripts/make_samples.py [folder]

Needs the encoders in PyAV's wheel (x264, AAC, LAME) and NumPy, which comes with imageio.
"""

import argparse
import math
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Sound = NDArray[np.float64]
Colour = tuple[int, int, int]

FOLDER = Path(__file__).resolve().parent.parent / "media" / "samples"

SOUND_RATE = 44100
CLIP_SIZE, CLIP_RATE, CLIP_SECONDS = (640, 360), 30, 5
MUSIC_SECONDS = 8
PHOTO_SIZE = (1080, 1350)

# Notes as semitones from A4 (440 Hz): Cmaj7, Am7, Fmaj7, G6; the first of each is the bass.
CHORDS = ((-21, -9, -5, -2, 2), (-24, -12, -9, -5, -2), (-28, -16, -12, -9, -5), (-26, -14, -10, -7, -5))

CAPTIONS = """1
00:00:00,200 --> 00:00:01,300
A clip of five seconds.

2
00:00:01,400 --> 00:00:02,500
Each line comes and goes.

3
00:00:02,600 --> 00:00:03,700
字幕也可以是中文。

4
00:00:03,800 --> 00:00:04,900
And that is all! 🎬
"""


def main() -> None:
    """Write all four into the folder that the command line names."""
    parser = argparse.ArgumentParser(description="Make the built-in sample media.")
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    make_clip(folder / "clip.mp4")
    make_photo(folder / "photo.png")
    make_music(folder / "music.mp3")
    (folder / "captions.srt").write_text(CAPTIONS, encoding="utf-8", newline="\n")
    for path in sorted(folder.iterdir()):
        print(f"{path.stat().st_size:>8,} bytes  {path.name}")


# The video


def make_clip(path: Path) -> None:
    """Write a video of drifting colours and a turning ring that counts its frames, with a soft chord."""
    with av.open(str(path), "w", options={"movflags": "faststart"}) as container:
        pictures = container.add_stream("libx264", rate=CLIP_RATE)
        pictures.width, pictures.height, pictures.pix_fmt = *CLIP_SIZE, "yuv420p"
        pictures.options = {"crf": "26", "preset": "veryslow", "profile": "high"}
        sound = container.add_stream("aac", rate=SOUND_RATE)
        sound.bit_rate = 64_000
        _write(container, pictures, _clip_frames())
        _write(container, sound, _sound_frames(_chord(CHORDS[0], CLIP_SECONDS)))


def _clip_frames() -> Iterator[Any]:
    for index in range(CLIP_RATE * CLIP_SECONDS):
        frame = av.VideoFrame.from_image(_clip_picture(index))
        frame.pts, frame.time_base = index, Fraction(1, CLIP_RATE)
        yield frame


def _clip_picture(index: int) -> Image.Image:
    turn = index / (CLIP_RATE * CLIP_SECONDS)
    # Drawn at twice the size, for smooth edges.
    picture = _drifting_colours(turn).resize((CLIP_SIZE[0] * 2, CLIP_SIZE[1] * 2), Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(picture, "RGBA")
    _draw_bubbles(draw, turn)
    _draw_ring(draw, index, turn)
    return picture.resize(CLIP_SIZE, Image.Resampling.LANCZOS)


def _drifting_colours(turn: float) -> Image.Image:
    """A few points of colour, to be blown up into a soft gradient; the last looks like the first."""
    mesh = Image.new("RGB", (6, 4))
    for x in range(6):
        for y in range(4):
            cool = 0.5 + 0.5 * math.sin(2 * math.pi * turn + x * 0.8 + y * 0.5)
            warm = 0.5 + 0.5 * math.sin(2 * math.pi * turn - x * 0.9 + y * 1.1 + 2)
            mesh.putpixel((x, y), _mixed(_mixed((46, 49, 146), (0, 160, 176), cool), (240, 98, 126), 0.9 * warm**2))
    return mesh


def _draw_bubbles(draw: ImageDraw.ImageDraw, turn: float) -> None:
    for number in range(7):
        height = (turn * (1 + number % 2) + number / 7) % 1
        x = 110 + number * 177 + 30 * math.sin(2 * math.pi * (turn + number / 5))
        y = 720 * (1.15 - 1.3 * height)
        radius = 26 + 13 * (number % 3)
        draw.ellipse(_around(x, y, radius), fill=(255, 255, 255, 38), outline=(255, 255, 255, 90), width=2)


def _draw_ring(draw: ImageDraw.ImageDraw, index: int, turn: float) -> None:
    centre = (640, 360)
    draw.ellipse(_around(*centre, 190), fill=(16, 18, 48, 110))
    draw.arc(_around(*centre, 190), 0, 360, fill=(255, 255, 255, 60), width=14)
    draw.arc(_around(*centre, 190), -90, -90 + 360 * (turn + 1 / 150), fill=(255, 214, 102), width=14)
    draw.text((640, 340), f"{index / CLIP_RATE:.1f} s", font=_font(96), fill=(255, 255, 255), anchor="mm")
    draw.text((640, 430), f"frame {index:03}", font=_font(40), fill=(255, 255, 255, 190), anchor="mm")


# The picture


def make_photo(path: Path) -> None:
    """Write an evening in the mountains."""
    width, height = PHOTO_SIZE
    picture = _sky(width * 2, height * 2)
    draw = ImageDraw.Draw(picture, "RGBA")
    sun = (width * 1.24, height * 0.86)
    for radius, alpha in ((560, 16), (430, 22), (320, 30)):
        draw.ellipse(_around(*sun, radius), fill=(255, 226, 170, alpha))
    draw.ellipse(_around(*sun, 230), fill=(255, 236, 196))
    for number in range(6):
        _draw_range(draw, number, width * 2, height * 2)
    _draw_birds(draw)
    picture.resize(PHOTO_SIZE, Image.Resampling.LANCZOS).save(path, optimize=True)


def _sky(width: int, height: int) -> Image.Image:
    column = Image.new("RGB", (1, 5))
    for y, colour in enumerate(((43, 45, 96), (122, 72, 132), (222, 108, 120), (250, 170, 118), (255, 214, 150))):
        column.putpixel((0, y), colour)
    return column.resize((width, height), Image.Resampling.BICUBIC)


def _draw_range(draw: ImageDraw.ImageDraw, number: int, width: int, height: int) -> None:
    """One line of mountains: the farther, the higher up and the more like the sky."""
    nearness = number / 5
    foot = height * (0.56 + 0.4 * nearness**1.25)
    ridge = [(x, foot - _ridge(x / width, number) * height * 0.1) for x in range(0, width + 8, 8)]
    colour = _mixed((196, 110, 134), (22, 24, 54), nearness**0.8)
    draw.polygon([(0, height), *ridge, (width, height)], fill=colour)


def _ridge(x: float, number: int) -> float:
    waves = ((1.3, 0.9), (2.9, 0.45), (6.7, 0.2), (17.0, 0.07), (41.0, 0.03))
    return sum(size * math.sin(2 * math.pi * pace * x + number * 2.1 * pace + number) for pace, size in waves)


def _draw_birds(draw: ImageDraw.ImageDraw) -> None:
    for x, y, wing in ((620, 620, 46), (740, 560, 36), (830, 640, 30), (700, 720, 26), (910, 580, 22)):
        draw.arc((x - wing * 2, y - wing, x, y + wing), 200, 330, fill=(40, 34, 74), width=6)
        draw.arc((x, y - wing, x + wing * 2, y + wing), 210, 340, fill=(40, 34, 74), width=6)


# The sounds


def make_music(path: Path) -> None:
    """Write four chords, each with its notes picked one after another."""
    each = MUSIC_SECONDS / len(CHORDS)
    song = np.zeros(MUSIC_SECONDS * SOUND_RATE)
    for number, chord in enumerate(CHORDS):
        _add(song, _chord(chord, each + 0.6), number * each)
        for step, note in enumerate((*chord[1:], chord[3], chord[2], chord[3], chord[1])):
            _add(song, _pluck(note + 12, 1.4), number * each + step * each / 8)
    with av.open(str(path), "w") as container:
        sound = container.add_stream("libmp3lame", rate=SOUND_RATE)
        sound.bit_rate = 96_000
        _write(container, sound, _sound_frames(_faded(song)))


def _chord(notes: Iterable[int], seconds: float) -> Sound:
    time = np.arange(round(seconds * SOUND_RATE)) / SOUND_RATE
    voices = [_soft(note, time) * (0.8 if place else 1.0) for place, note in enumerate(notes)]
    swell = np.minimum(time / 0.35, 1) * np.minimum((seconds - time) / 0.6, 1)
    quiet: Sound = np.sum(voices, axis=0) * swell * 0.05
    return quiet


def _soft(note: int, time: Sound) -> Sound:
    """A tone with a few weak overtones, as two strings that are not quite in tune."""
    tone = np.zeros_like(time)
    for detune in (-0.03, 0.03):
        turn = 2 * np.pi * _hertz(note + detune) * time
        tone += np.sin(turn) + 0.35 * np.sin(2 * turn) + 0.12 * np.sin(3 * turn)
    return tone


def _pluck(note: int, seconds: float) -> Sound:
    time = np.arange(round(seconds * SOUND_RATE)) / SOUND_RATE
    turn = 2 * np.pi * _hertz(note) * time
    tone: Sound = np.sin(turn) * np.exp(-3.2 * time) + 0.3 * np.sin(2 * turn) * np.exp(-6 * time)
    return tone * np.minimum(time / 0.006, 1) * np.minimum((seconds - time) / 0.05, 1) * 0.16


def _add(song: Sound, part: Sound, at: float) -> None:
    start = round(at * SOUND_RATE)
    count = min(len(part), len(song) - start)
    song[start : start + count] += part[:count]


def _faded(song: Sound) -> Sound:
    time = np.arange(len(song)) / SOUND_RATE
    return song * np.minimum((len(song) / SOUND_RATE - time) / 1.2, 1)


def _hertz(note: float) -> float:
    return float(440 * 2 ** (note / 12))


def _sound_frames(sound: Sound) -> Iterator[Any]:
    """The sound on both sides, in frames as the encoders take them."""
    both = np.stack([sound, sound]).clip(-1, 1).astype(np.float32)
    for start in range(0, both.shape[1], 1152):
        part = np.ascontiguousarray(both[:, start : start + 1152])
        frame = av.AudioFrame.from_ndarray(part, format="fltp", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = SOUND_RATE, start, Fraction(1, SOUND_RATE)
        yield frame


# For all


def _write(container: Any, stream: Any, frames: Iterator[Any]) -> None:
    for frame in frames:
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def _mixed(first: Colour, second: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def _around(x: float, y: float, radius: float) -> tuple[float, float, float, float]:
    return x - radius, y - radius, x + radius, y + radius


def _font(size: int) -> Any:
    return ImageFont.load_default(size)


if __name__ == "__main__":
    main()
