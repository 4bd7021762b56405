from itertools import chain

import orjson
import pytest

from engine.catalog import names
from engine.export import PlacedMedia, write_timeline
from engine.ids import derived_id
from engine.keyframes import CURVES, Keyframe
from engine.lint import PLACEHOLDER, lint
from engine.profiles import PROFILES
from engine.segments import (
    AdjustSegment,
    Animation,
    ChromaKey,
    Crop,
    Effect,
    Filter,
    Finish,
    Look,
    Mask,
    TextBackground,
    TextRun,
    TextShadow,
    TextStyle,
    Transition,
)
from engine.settle import settle
from errors import UnknownNameError

from .engine_kit import (
    PHOTO_FACTS,
    PLAIN,
    audio,
    audio_facts,
    new_script,
    photo,
    put,
    sticker,
    text,
    video,
    video_facts,
)

FACTS = {"v": video_facts(5), "p": PHOTO_FACTS, "a": audio_facts(8)}
PLACED = {
    url: PlacedMedia(facts, f"{PLACEHOLDER}/assets/{url}{facts.extension}", f"{url}{facts.extension}", derived_id(url))
    for url, facts in FACTS.items()
}
NAMES = {
    "capcut": {
        "transition": "Cutout_Flip",
        "mask": "Circle",
        "in": "Fade_In",
        "text": "Throw_Out",
        "effect": "Big_House",
        "look": "Blur",
        "filter": "BW_2",
    },
    "jianying": {
        "transition": "叠化",
        "mask": "圆形",
        "in": "动感放大",
        "text": "冲屏位移",
        "effect": "机器人2",
        "look": "模糊",
        "filter": "ABG",
    },
}


def rich_script(target):
    """One of everything."""
    script = new_script(target)
    names = NAMES[script.app]
    mask = Mask(names["mask"], 0.5, 0.5, 0.5, 30, 10, False, None, None)
    video(script, 0, 2, transition=Transition(names["transition"], 500_000), mask=mask, volume=0.5)
    finish = Finish(
        crop=Crop(0.1, 0, 0, 0.2),
        fit="cover",
        effects=(Effect("video_scene_effect", names["look"], ()),),
        filter=Filter(names["filter"], 50),
        mix_mode="Overlay",
        chroma_key=ChromaKey("#00FF00", 20, 0),
        adjustments=(("contrast", 10), ("sharpen", 50)),
    )
    put(script, "adjust_01", AdjustSegment, 0, 2, adjustments=(("brightness", 10), ("tint", -100)))
    video(script, 2, background_blur=0.375, speed=1.5, finish=finish, fade_in=300_000, change_pitch=True)
    photo(script, 1, 4, animations=(Animation("in", names["in"], 500_000),), look=Look(scale_x=0.5, scale_y=0.4))
    audio(script, 0, effect=Effect("audio_scene_effect", names["effect"], (50,)))
    text(
        script,
        0,
        3,
        "Hi 😀 世界",
        runs=(TextRun(3, 4, TextStyle(12, (0, 1, 0), 0.5, None, bold=True), None),),
        background=TextBackground(1, "#000000", 0.5, 0, 0.14, 0.14, 0.5, 0.5),
        shadow=TextShadow((0, 0, 0), 0.9, -45, 5, 15),
        animations=(Animation("in", names["text"], 500_000),),
        bubble=("1", "2"),
        effect_id="3",
    )
    turn = (Keyframe("rotation", 0, 20, CURVES["ease_in"]), Keyframe("rotation", 500_000, 90))
    sticker(script, 1, 2, look=Look(flip_horizontal=True, rotation=20, alpha=0.5), keyframes=turn)
    return script


def written(script, **more):
    return write_timeline(settle(script, FACTS).script, PLACED, **more).document


def segments_of(document, kind):
    return list(chain.from_iterable(track["segments"] for track in document["tracks"] if track["type"] == kind))


def companion(document, segment, bag):
    (found,) = [entry for entry in document["materials"][bag] if entry["id"] in segment["extra_material_refs"]]
    return found


@pytest.fixture(params=PROFILES)
def target(request):
    return request.param


def test_a_rich_draft_keeps_every_rule_in_every_target(target):
    assert lint(written(rich_script(target))) == []


def test_the_same_draft_is_written_the_same_way_every_time(target):
    assert orjson.dumps(written(rich_script(target))) == orjson.dumps(written(rich_script(target)))


def test_each_segment_has_companions_of_its_own(target):
    document = written(rich_script(target))
    companions = PROFILES[target].companions
    references = []
    for track in document["tracks"]:
        for segment in track["segments"]:
            references += segment["extra_material_refs"]
            for bag in companions.get(track["type"], ()):
                companion(document, segment, bag)
    assert len(references) == len(set(references))


def test_a_mask_is_on_the_lists_that_the_target_reads_and_no_other(target):
    materials = written(rich_script(target))["materials"]
    assert [bag for bag in ("masks", "common_mask") if materials.get(bag)] == list(PROFILES[target].mask_lists)


def test_version_markers_are_those_of_the_target(target):
    document = written(rich_script(target))
    markers = {"capcut": "151.0.0", "capcut_legacy": "138.0.0", "jianying_5_9": "110.0.0", "jianying_10": "112.0.0"}
    assert document["new_version"] == markers[target] and document["version"] == 360000
    assert document["platform"]["app_source"] == ("cc" if target.startswith("capcut") else "lv")
    assert document["platform"] == document["last_modified_platform"]
    assert document["config"]["maintrack_adsorb"] is False


def test_two_drafts_share_no_document_id_and_neither_is_the_libraries():
    first, second = (written(rich_script("capcut"), identity=task) for task in ("t1", "t2"))
    assert first["id"] != second["id"]
    assert "91E08AC5-22FB-47E2-9AA0-7DC300FAEA2B" not in (first["id"], second["id"])


def test_a_draft_without_video_has_an_empty_main_track_and_no_other():
    script = new_script()
    text(script, 0, 1)
    tracks = written(script)["tracks"]
    assert [(track["type"], track["flag"], len(track["segments"])) for track in tracks] == [
        ("video", 0, 0),
        ("text", 0, 1),
    ]


def test_no_empty_video_track_is_added_under_the_main_one():
    script = new_script()
    video(script, 0, 1)
    assert [track["name"] for track in written(script)["tracks"]] == ["video_main"]


def test_overlay_video_tracks_are_flagged_and_layers_counted():
    document = written(rich_script("capcut"))
    flags = [(track["name"], track["flag"]) for track in document["tracks"]]
    assert flags == [
        ("video_main", 0),
        ("image_main", 2),
        ("audio_main", 0),
        ("adjust_01", 0),
        ("sticker_main", 0),
        ("text_main", 0),
    ]
    for index, track in enumerate(document["tracks"]):
        assert {segment["track_render_index"] for segment in track["segments"]} == {index}


def test_style_ranges_count_utf_16_units():
    content = orjson.loads(written(rich_script("capcut"))["materials"]["texts"][0]["content"])
    assert [style["range"] for style in content["styles"]] == [[0, 3], [3, 5], [5, 8]]
    assert content["styles"][1]["bold"] is True and content["styles"][1]["fill"]["alpha"] == 0.5


def test_of_two_styles_over_the_same_characters_the_later_wins():
    script = new_script()
    runs = (
        TextRun(0, 4, TextStyle(10, (0, 0, 0), 1, None), None),
        TextRun(2, 4, TextStyle(20, (0, 0, 0), 1, None), None),
    )
    text(script, 0, 1, "abcdef", runs=runs)
    styles = orjson.loads(written(script)["materials"]["texts"][0]["content"])["styles"]
    assert [(style["range"], style["size"]) for style in styles] == [([0, 2], 10), ([2, 4], 20), ([4, 6], 8)]


def test_speed_keeps_ranges_and_material_in_step():
    script = new_script()
    video(script, 0, speed=1.5)
    document = written(script)
    (segment,) = segments_of(document, "video")
    assert companion(document, segment, "speeds")["speed"] == segment["speed"] == 1.5
    source, timeline = segment["source_timerange"]["duration"], segment["target_timerange"]["duration"]
    assert abs(source - timeline * 1.5) <= 1 and source <= 5_000_000


def test_a_picture_is_three_hours_long_and_has_no_local_id():
    script = new_script()
    photo(script, 0, 4)
    document = written(script)
    (material,) = document["materials"]["videos"]
    assert (material["type"], material["duration"], material["local_material_id"]) == ("photo", 10_800_000_000, "")
    assert segments_of(document, "video")[0]["source_timerange"] == {"start": 0, "duration": 4_000_000}


def test_media_are_linked_to_their_entries():
    document = written(rich_script("capcut"))
    linked = {entry["material_name"]: entry["local_material_id"] for entry in document["materials"]["videos"]}
    assert linked["v.mp4"] == derived_id("v")
    assert document["materials"]["audios"][0]["local_material_id"] == derived_id("a")
    assert {entry["has_audio"] for entry in document["materials"]["videos"] if entry["type"] == "video"} == {True}


def test_an_animation_is_never_longer_than_its_segment():
    script = new_script()
    animations = (Animation("in", "Fade_In", 900_000), Animation("out", "Fade_Out", 900_000))
    photo(script, 0, 1, animations=animations)
    document = written(script)
    (entry,) = document["materials"]["material_animations"]
    ranges = [(one["type"], one["start"], one["duration"]) for one in entry["animations"]]
    assert ranges == [("in", 0, 900_000), ("out", 0, 100_000)]


def test_the_end_of_an_outro_is_the_real_end_of_an_open_clip():
    script = new_script()
    video(script, 0, animations=(Animation("out", "Fade_Out", 500_000),))
    (entry,) = written(script)["materials"]["material_animations"]
    assert (entry["animations"][0]["start"], entry["animations"][0]["duration"]) == (0, 500_000)


def test_animations_that_have_no_room_are_reported_with_their_segment():
    script = new_script()
    made = text(script, 0, 1, animations=(Animation("in", "Fade_In", 900_000), Animation("out", "Fade_Out", 900_000)))
    short = text(script, 2, 3, animations=(Animation("in", "Fade_In", 1_000_000), Animation("out", "Fade_Out", 1)))
    assert write_timeline(script, {}).warnings == [
        f"segment {made.id}: animation 'Fade_Out' is shortened to 0.1 s: there is no room for more",
        f"segment {short.id}: animation 'Fade_Out' is left out: there is no room for it",
    ]


@pytest.mark.parametrize("target, start", [("capcut", 0), ("jianying_5_9", 2_500_000)])
def test_animations_out_begin_where_the_app_has_them(target, start):
    """CapCut counts them from the end by itself (draft-format 5.10)."""
    script = new_script(target)
    text(script, 0, 3, animations=(Animation("out", names(script.app, "text_outro")[0], 500_000),))
    (entry,) = written(script)["materials"]["material_animations"]
    assert [(one["type"], one["start"], one["duration"]) for one in entry["animations"]] == [("out", start, 500_000)]


def test_a_circle_is_round_on_the_medium():
    script = new_script()
    video(script, 0, 1, mask=Mask("Circle", 0, 0, 0.5, 0, 0, False, None, None))
    (mask,) = written(script)["materials"]["common_mask"]
    assert mask["config"]["height"] == 0.5
    assert mask["config"]["width"] * 640 == pytest.approx(mask["config"]["height"] * 360)


def test_a_rectangle_has_the_width_it_was_given():
    script = new_script()
    video(script, 0, 1, mask=Mask("Rectangle", 0, 0, 0.5, 0, 0, False, 0.3, 20))
    config = written(script)["materials"]["common_mask"][0]["config"]
    assert (config["width"], config["height"], config["roundCorner"]) == (0.3, 0.5, 0.2)


def test_a_font_of_the_other_app_is_written_with_a_warning():
    script = new_script()
    text(script, 0, 1, style=TextStyle(8, (1, 0, 0), 1, "Calfine"))
    timeline = write_timeline(script, {})
    assert "Calfine" in timeline.warnings[0]
    assert "font" in orjson.loads(timeline.document["materials"]["texts"][0]["content"])["styles"][0]


def test_the_default_font_means_the_system_font_without_a_word_where_it_is_unknown():
    script = new_script()
    text(script, 0, 1, style=TextStyle(8, (1, 0, 0), 1, "文轩体"))
    timeline = write_timeline(script, {})
    assert not timeline.warnings
    assert "font" not in orjson.loads(timeline.document["materials"]["texts"][0]["content"])["styles"][0]


def test_a_name_that_another_target_lacks_is_refused_with_its_kind():
    script = new_script("capcut")
    video(script, 0, 1, mask=Mask("Filmstrip", 0, 0, 0.5, 0, 0, False, None, None))
    with pytest.raises(UnknownNameError, match="mask"):
        write_timeline(settle(script, FACTS).script, PLACED, target="jianying_5_9")


def test_ids_outside_of_a_draft_are_still_random():
    import pyJianYingDraft as jy

    made = [jy.TextSegment("a", jy.Timerange(0, 1), style=None).segment_id for _ in range(2)]
    assert made[0] != made[1]


def test_plain_style_has_the_colour_asked_for():
    script = new_script()
    text(script, 0, 1, style=PLAIN)
    (entry,) = written(script)["materials"]["texts"]
    assert orjson.loads(entry["content"])["styles"][0]["fill"]["content"]["solid"]["color"] == [1.0, 0.0, 0.0]
    assert entry["text_color"] == "#FF0000"


def test_a_text_may_lie_on_a_track_called_like_the_main_one():
    script = new_script("capcut")
    text(script, 0, 3, "Hi", track="video_main")
    assert lint(write_timeline(settle(script, {}).script, {}).document) == []
