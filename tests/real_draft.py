"""One draft with a little of everything, made over HTTP from real media on a real local server."""

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from .http_server import MediaServer
from .media_files import make_audio, make_photo, make_video

CHECKER = Path(__file__).with_name("check_draft.py")
TARGETS = ("capcut", "capcut_legacy", "jianying_5_9", "jianying_10")
NAMES = {
    "capcut": {
        "transition": "Cutout_Flip",
        "mask": "Circle",
        "intro": "Fade_In",
        "text_intro": "Throw_Out",
        "text_loop": "Swing",
        "effect": "Blur",
        "outro": "Fade_Out",
        "filter": "BW_2",
    },
    "jianying": {
        "transition": "叠化",
        "mask": "圆形",
        "intro": "动感放大",
        "text_intro": "冲屏位移",
        "text_loop": "上弧",
        "effect": "模糊",
        "outro": "渐隐",
        "filter": "_1980",
    },
}


@pytest.fixture(scope="session")
def media_server(tmp_path_factory):
    """Real media by name, served over HTTP."""
    folder = tmp_path_factory.mktemp("media")
    make_video(folder / "clip.mp4", seconds=3)
    make_video(folder / "phone.mp4", seconds=2, rotation=90)
    make_photo(folder / "photo.jpg")
    make_audio(folder / "music.mp3", seconds=4)
    make_audio(folder / "song.mp3", seconds=3, cover=True)
    (folder / "notes.mp4").write_text("these are only my notes")
    with MediaServer(folder) as server:
        yield server


def ask(client, path, **fields):
    """The output of a call that succeeds."""
    answer = client.post(path, json=fields).get_json()
    assert answer["success"], answer
    return answer["output"]


def build(client, server, target):
    """Make the draft "real-<target>" and save it; answers the state of its save."""
    names = NAMES["capcut" if target.startswith("capcut") else "jianying"]
    draft = ask(client, "/create_draft", draft_id=f"real-{target}", name=f"真 draft {target}", target=target)[
        "draft_id"
    ]
    clip, phone = server.url("clip.mp4"), server.url("phone.mp4")
    ask(
        client,
        "/add_video",
        draft_id=draft,
        video_url=clip,
        start=0.5,
        end=2.5,
        transition=names["transition"],
        background_color="#112233",
    )
    ask(
        client,
        "/add_video",
        draft_id=draft,
        video_url=phone,
        target_start=2,
        mask_type=names["mask"],
        background_blur=2,
    )
    ask(client, "/add_video", draft_id=draft, video_url=clip, track_name="fast", speed=1.5)
    ask(
        client,
        "/add_image",
        draft_id=draft,
        image_url=server.url("photo.jpg"),
        start=1,
        end=3.5,
        intro_animation=names["intro"],
        scale_x=0.5,
        scale_y=0.5,
    )
    finish = {
        **{"alpha": 0.8, "rotation": 15, "flip_horizontal": True, "crop": {"left": 0.1, "top": 0.2}, "fit": "cover"},
        **{"filter": names["filter"], "filter_intensity": 60, "effects": [{"name": names["effect"]}]},
        **{"mix_mode": "screen", "chroma_key": "#00FF00"},
        **{"intro_animation": names["intro"], "outro_animation": names["outro"]},
    }
    sound = {"fade_in": 0.3, "fade_out": 0.9, "change_pitch": True}
    whole = {"video_url": clip, "track_name": "finish", **finish, **sound}
    first = ask(client, "/add_video", draft_id=draft, end=2, **whole)["segment_id"]
    ask(
        client,
        "/add_image",
        draft_id=draft,
        image_url=server.url("photo.jpg"),
        start=2,
        end=4,
        track_name="finish",
        **finish,
    )
    ask(client, "/add_transition", draft_id=draft, segment_id=first, transition=names["transition"])
    ask(client, "/add_mask", draft_id=draft, segment_id=first, mask_type=names["mask"])
    ask(client, "/add_video", draft_id=draft, video_url=clip, track_name="bent", speed_curve="montage")
    ask(client, "/add_filter", draft_id=draft, filter=names["filter"], filter_intensity=40)
    ask(client, "/add_audio", draft_id=draft, audio_url=server.url("music.mp3"), volume=0.4, **sound)
    ask(client, "/add_audio", draft_id=draft, audio_url=server.url("song.mp3"), target_start=5, end=2)
    ask(
        client,
        "/add_text",
        draft_id=draft,
        text="你好 😀 world",
        end=3,
        intro_animation=names["text_intro"],
        text_styles=[{"start": 3, "end": 4, "style": {"size": 14, "color": "#00FF00"}}],
    )
    srt = "1\n00:00:00,500 --> 00:00:01,500\n第一 😀\n\n2\n00:00:01,400 --> 00:00:02,500\nsecond\n"
    ask(client, "/add_subtitle", draft_id=draft, srt=srt, keywords=["😀"], intro_animation=names["text_intro"])
    words = [{"text": "one", "start": 3, "end": 3.4}, {"text": "two", "start": 3.5, "end": 4}]
    ask(
        client,
        "/add_text",
        draft_id=draft,
        text="one two",
        start=3,
        end=5,
        words=words,
        loop_animation=names["text_loop"],
    )
    ask(client, "/add_effect", draft_id=draft, effect_type=names["effect"], start=1, end=2)
    ask(
        client,
        "/add_sticker",
        draft_id=draft,
        sticker_id="7245680678875008261",
        start=1,
        end=2,
        scale_x=0.4,
        scale_y=0.4,
    )
    moves = {"property_types": ["alpha", "alpha", "rotation"], "times": [0, 0.5, 0.2], "values": ["0%", 1, "20deg"]}
    ask(client, "/add_video_keyframe", draft_id=draft, track_name="text_main", easing="ease_in_out", **moves)
    return ask(client, "/save_draft", draft_id=draft, wait=60)


def unpacked(client, state, place):
    """Download the zip of a save and unpack it in `place`; answers the draft folder."""
    response = client.get(state["draft_url"])
    assert response.status_code == 200, response.data
    with zipfile.ZipFile(io.BytesIO(response.data)) as archive:
        archive.extractall(place)
    (folder,) = (path for path in place.iterdir() if path.is_dir())
    return folder


def check(folder):
    """Run the independent checker; answers its exit code and what it said."""
    ran = subprocess.run([sys.executable, CHECKER, folder], capture_output=True, text=True, check=False)
    return ran.returncode, ran.stdout + ran.stderr
