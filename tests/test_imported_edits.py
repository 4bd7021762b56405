"""Edits of what an app wrote: what they change, and that nothing else does."""

import json

import pytest

from errors import ConflictError, InvalidRequestError

from .imported_kit import OWN, every_saved_draft_is_right  # noqa: F401 - a fixture


def document(name):
    return json.loads((OWN / name / "draft_content.json").read_text(encoding="utf-8"))


@pytest.fixture
def imported(call):
    """Import a draft, changed beforehand; answers its segments by track."""

    def make(name="cc-win-7.7.0", change=lambda found: None):
        found = document(name)
        change(found)
        call("import_draft", draft_id="d1", document=found)
        tracks = call("get_draft", draft_id="d1")["tracks"]
        return {track["track_name"]: [part["segment_id"] for part in track["segments"]] for track in tracks}

    return make


def changes(old, new, place=""):
    """Where two JSON values differ."""
    if isinstance(old, dict) and isinstance(new, dict):
        names = dict.fromkeys([*old, *new])
        return {one for name in names for one in changes(old.get(name), new.get(name), f"{place}.{name}".lstrip("."))}
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return {
            one for index, pair in enumerate(zip(old, new, strict=True)) for one in changes(*pair, f"{place}.{index}")
        }
    return set() if json.dumps(old) == json.dumps(new) else {place}


VIDEO = "tracks.0.segments.0"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"alpha": 0.5}, {f"{VIDEO}.clip.alpha"}),
        ({"rotation": 90, "flip_vertical": True}, {f"{VIDEO}.clip.rotation", f"{VIDEO}.clip.flip.vertical"}),
        ({"scale_x": 2, "scale_y": 2}, {f"{VIDEO}.clip.scale.x", f"{VIDEO}.clip.scale.y"}),
        ({"scale_x": 2}, {f"{VIDEO}.clip.scale.x", f"{VIDEO}.uniform_scale.on"}),
        ({"transform_x": 0.25}, {f"{VIDEO}.clip.transform.x"}),
        ({"volume": 0.5}, {f"{VIDEO}.volume", f"{VIDEO}.last_nonzero_volume"}),
    ],
)
def test_a_parameter_changes_itself_alone(imported, call, written, given, expected):
    first = imported()["video_main"][0]
    call("update_segment", draft_id="d1", segment_id=first, set=given)
    assert changes(document("cc-win-7.7.0"), written()) == expected
    (part, *_) = call("get_draft", draft_id="d1")["tracks"][0]["segments"]
    assert part["operation"] == "import_draft" and given.items() <= part["parameters"].items()


def test_speed_changes_how_long_it_is_shown(imported, call, written):
    last = imported()["video_main"][-1]
    call("update_segment", draft_id="d1", segment_id=last, set={"speed": 2})
    segment = written()["tracks"][0]["segments"][2]
    assert segment["target_timerange"]["duration"] == 2_600_000
    assert segment["source_timerange"]["duration"] == 5_200_000 and segment["speed"] == 2
    speeds = {one["id"]: one["speed"] for one in written()["materials"]["speeds"]}
    assert speeds[segment["extra_material_refs"][0]] == 2


def test_a_move_changes_its_time_alone(imported, call, written):
    last = imported()["video_main"][-1]
    call("move_segment", draft_id="d1", segment_id=last, start=20)
    expected = {"tracks.0.segments.2.target_timerange.start", "duration"}
    expected.add("config.maintrack_adsorb")  # else the app closes the gap
    assert changes(document("cc-win-7.7.0"), written()) - {"materials.transitions", *_refs(1)} == expected


def _refs(index):
    """The clip before gives way to nothing any more."""
    return {f"tracks.0.segments.{index}.extra_material_refs"}


def test_a_transition_goes_when_what_it_leads_to_does(imported, call, written):
    _, second, third = imported()["video_main"]
    assert len(written()["materials"]["transitions"]) == 2
    call("move_segment", draft_id="d1", segment_id=third, start=20)
    state = call("save_draft", draft_id="d1", wait=20)
    assert any(second in warning and "transition" in warning for warning in state["warnings"])
    assert len(written()["materials"]["transitions"]) == 1


def test_trimming_keeps_what_plays_when(imported, call, written):
    second = imported()["video_main"][1]
    call("trim_segment", draft_id="d1", segment_id=second, start=6.333333)
    segment = written()["tracks"][0]["segments"][1]
    assert segment["target_timerange"] == {"start": 6_333_333, "duration": 3_033_333}
    assert segment["source_timerange"] == {"start": 27_400_000, "duration": 3_033_333}


def test_a_split_shares_nothing(imported, call, written):
    first = imported()["video_main"][0]
    call(
        "add_video_keyframe",
        draft_id="d1",
        segment_id=first,
        property_types=["alpha"] * 2,
        times=[0, 2],
        values=["0", "1"],
    )
    answer = call("split_segment", draft_id="d1", segment_id=first, at=1)
    left, right = written()["tracks"][0]["segments"][:2]
    assert (left["id"], right["id"]) == (first, answer["new_segment_id"])
    refs = [{one["material_id"], *one["extra_material_refs"]} for one in (left, right)]
    assert not refs[0] & refs[1]
    known = {one["id"]: name for name, found in written()["materials"].items() for one in found}
    assert sorted(known[one] for one in refs[1]) == sorted([*(known[one] for one in refs[0]), "transitions"])
    assert left["source_timerange"] == {"start": 0, "duration": 1_000_000}
    assert right["source_timerange"]["start"] == 1_000_000
    values = [[key["values"][0] for key in one["common_keyframes"][0]["keyframe_list"]] for one in (left, right)]
    assert values == [[0, 0.5], [0.5, 1]]
    assert right["common_keyframes"][0]["keyframe_list"][0]["time_offset"] == 1_000_000


def test_removing_takes_the_materials_along_and_leaves_the_others(imported, call, written):
    before = document("cc-win-7.7.0")
    before["materials"]["effects"].append({"id": "unused", "type": "filter"})
    call("import_draft", draft_id="d1", document=before)
    gone = before["tracks"][0]["segments"][1]
    call("remove_segment", draft_id="d1", segment_id=gone["id"])
    named = {gone["material_id"], *gone["extra_material_refs"]}
    left = {name: [one for one in found if one["id"] not in named] for name, found in before["materials"].items()}
    after = written()["materials"]
    left["transitions"] = after["transitions"]
    assert json.dumps(after) == json.dumps(left)


def test_a_track_that_is_put_in_front_moves_those_behind_it_alone(imported, call, written):
    imported()
    call("add_text", draft_id="d1", text="ours", start=1, end=2, track_name="ours")
    call("add_sticker", draft_id="d1", sticker_id="7132097333274692620", start=1, end=2)
    tracks = written()["tracks"]
    assert [track["type"] for track in tracks] == ["video", "sticker", "text", "text", "audio"]
    assert [{one["track_render_index"] for one in track["segments"]} for track in tracks] == [{0}, {1}, {2}, {3}, {4}]
    call("move_track", draft_id="d1", track_name="ours", relative_index=-1)
    assert [track["name"] for track in written()["tracks"]] == ["", "sticker_main", "ours", "", ""]


def test_switches_of_tracks(imported, call, written):
    imported("jy-win-6.0.1")
    call("hide_track", draft_id="d1", track_name="text_5", hidden=False)
    call("mute_track", draft_id="d1", track_name="adjust_1")
    tracks = written()["tracks"]
    assert tracks[8]["attribute"] == 4 and {one["track_attribute"] for one in tracks[8]["segments"]} == {4}
    assert tracks[1]["attribute"] == 1
    call("remove_track", draft_id="d1", track_name="adjust_1")
    assert [track["type"] for track in written()["tracks"]][:3] == ["video", "filter", "text"]
    assert written()["materials"]["placeholders"] == []


def test_our_clips_go_on_their_tracks(imported, call, media, written):
    imported()
    url = media.video("http://x/new.mp4", 5)
    with pytest.raises(ConflictError, match="free from 14.5667 s"):
        call("add_video", draft_id="d1", video_url=url, end=2)
    call("add_video", draft_id="d1", video_url=url, end=2, target_start=14.566666)
    state = call("save_draft", draft_id="d1", wait=20)
    assert state["status"] == "completed"
    assert len(written()["tracks"][0]["segments"]) == 4 and written()["duration"] == 16_566_666


def test_keyframes_of_the_app_stay_beside_ours(imported, call, written):
    def key(time, value, **more):
        controls = {"left_control": {"x": 0.0, "y": 0.0}, "right_control": {"x": 0.0, "y": 0.0}}
        return {
            "curveType": "Line",
            "graphID": "g",
            "id": f"k{time}",
            "time_offset": time,
            "values": [value],
            **controls,
            **more,
        }

    blocks = [
        {
            "id": "a",
            "keyframe_list": [key(0, 1.0), key(1_000_000, 0.5, string_value="x")],
            "property_type": "KFTypeAlpha",
        },
        {"id": "b", "keyframe_list": [key(5, 1.0)], "property_type": "KFTypeNobodyKnows", "new": 1},
    ]

    def keyed(found):
        found["tracks"][1]["segments"][0]["common_keyframes"] = json.loads(json.dumps(blocks))

    text = imported(change=keyed)["text_1"][0]
    call("add_video_keyframe", draft_id="d1", segment_id=text, property_type="alpha", time=2, value="0")
    unknown, alpha = written()["tracks"][1]["segments"][0]["common_keyframes"]
    assert unknown == blocks[1]
    assert alpha["id"] == "a" and alpha["keyframe_list"][:2] == blocks[0]["keyframe_list"]
    assert [one["time_offset"] for one in alpha["keyframe_list"]] == [0, 1_000_000, 2_000_000]
    with pytest.raises(ConflictError, match="cannot cut"):
        call("trim_segment", draft_id="d1", segment_id=text, start=0.5)
    call("trim_segment", draft_id="d1", segment_id=text, end=2.5)
    assert call("remove_keyframes", draft_id="d1", segment_id=text)["removed_keyframes_count"] == 3
    assert written()["tracks"][1]["segments"][0]["common_keyframes"] == [blocks[1]]


def test_a_transition_and_a_mask_are_put_on_what_was_imported(imported, call, written):
    first, second, _ = imported()["video_main"]
    call("add_transition", draft_id="d1", segment_id=first, transition="Dissolve", transition_duration=0.4)
    call("add_mask", draft_id="d1", segment_id=second, mask_type="Circle")
    assert call("save_draft", draft_id="d1", wait=20)["status"] == "completed"
    document = written()
    one, other, _ = document["tracks"][0]["segments"]
    names = {part["id"]: part["name"] for part in document["materials"]["transitions"]}
    assert [names[name] for name in one["extra_material_refs"] if name in names] == ["Dissolve"]
    masks = {part["id"] for part in document["materials"]["common_mask"]}
    assert masks & set(other["extra_material_refs"])
    call("split_segment", draft_id="d1", segment_id=first, at=1)
    names = {part["id"] for part in written()["materials"]["transitions"] if part["name"] == "Dissolve"}
    left, right = written()["tracks"][0]["segments"][:2]
    assert [bool(set(names) & set(part["extra_material_refs"])) for part in (left, right)] == [False, True]


@pytest.mark.parametrize(
    ("track", "given", "error", "why"),
    [
        ("text_1", {"font": "x"}, InvalidRequestError, "text"),
        ("text_1", {"volume": 1}, InvalidRequestError, "set.volume"),
        ("video_main", {"alpha": None}, InvalidRequestError, "set.alpha: give a value"),
        ("video_main", {"alpha": 7}, InvalidRequestError, "set.alpha"),
        ("video_main", {"media_start": 1}, InvalidRequestError, "set.media_start: goes with media"),
        ("video_main", {"speed": 0.5}, ConflictError, "overlaps"),
        ("video_main", {"draft_id": "x"}, InvalidRequestError, "not about the segment"),
        ("adjust_1", {"alpha": 1}, InvalidRequestError, "set.alpha"),
        ("adjust_1", {"speed": 1}, InvalidRequestError, "set.speed"),
    ],
)
def test_what_cannot_be_changed_is_refused(imported, refused, track, given, error, why):
    name = "jy-win-6.0.1" if track == "adjust_1" else "cc-win-7.7.0"
    segment = imported(name)[track][0]
    assert why in str(refused(error, "update_segment", segment_id=segment, set=given))


def test_what_plays_backwards_or_bent_is_not_cut(imported, refused):
    def bent(found):
        speed = found["tracks"][0]["segments"][0]["extra_material_refs"][0]
        (material,) = [one for one in found["materials"]["speeds"] if one["id"] == speed]
        material.update(mode=1, curve_speed={"id": "c", "name": "n", "speed_points": []})
        found["tracks"][0]["segments"][1]["reverse"] = True

    first, second, _ = imported(change=bent)["video_main"]
    for segment in (first, second):
        assert "cannot be cut" in str(
            refused(ConflictError, "trim_segment", segment_id=segment, end=5.5 if segment == second else 1)
        )


def test_a_text_in_old_markup_stays_as_it_is(imported, refused, call):
    def old(found):
        found["materials"]["texts"][0]["content"] = "<size=15>[old]</size>"

    text = imported(change=old)["text_1"][0]
    assert "markup" in str(refused(InvalidRequestError, "update_segment", segment_id=text, set={"text": "new"}))
    assert call("save_draft", draft_id="d1", wait=20)["status"] == "completed"


def test_a_picture_in_the_place_of_a_clip(imported, call, media, services, written):
    first = imported()["video_main"][0]
    call("replace_media", draft_id="d1", segment_id=first, url=media.photo("http://x/p.png", size=(30, 40)))
    assert call("save_draft", draft_id="d1", wait=20)["status"] == "completed"


def test_a_medium_that_is_too_short_or_of_the_wrong_kind_is_told(imported, call, media):
    parts = imported()
    call("replace_media", draft_id="d1", segment_id=parts["video_main"][0], url=media.video("http://x/short.mp4", 2))
    state = call("save_draft", draft_id="d1", wait=20)
    assert state["status"] == "completed" and state["trimmed_segments"][0]["segment_id"] == parts["video_main"][0]
    mute = media.video("http://x/mute.mp4", 20, has_audio=False)
    call("replace_media", draft_id="d1", segment_id=parts["audio_1"][0], url=mute)
    with pytest.raises(Exception, match="no sound"):
        call("save_draft", draft_id="d1", wait=20)


def test_changes_are_undone_one_by_one(imported, call, written):
    parts = imported()
    states = [json.dumps(written())]
    for op, fields in (
        ("update_segment", {"segment_id": parts["text_1"][0], "set": {"text": "x", "alpha": 0.5}}),
        ("split_segment", {"segment_id": parts["video_main"][0], "at": 1}),
        ("remove_track", {"track_name": "audio_1"}),
        ("set_canvas", {"width": 500}),
    ):
        call(op, draft_id="d1", **fields)
        states.append(json.dumps(written()))
    assert len(set(states)) == len(states)
    for state in states[-2::-1]:
        call("undo", draft_id="d1")
        assert json.dumps(written()) == state
    for state in states[1:]:
        call("redo", draft_id="d1")
        assert json.dumps(written()) == state


def test_another_frame_rate_puts_edges_on_its_frames(imported, call, written):
    imported()
    call("set_canvas", draft_id="d1", fps=25)
    assert written()["fps"] == 25
    for track in written()["tracks"]:
        for segment in track["segments"]:
            assert segment["target_timerange"]["start"] % 40_000 == 0
    assert call("save_draft", draft_id="d1", wait=20)["status"] == "completed"


# ---- as other operations see them


def test_texts_of_an_app_are_exported_as_subtitles(imported, call):
    imported()
    answer = call("export_subtitles", draft_id="d1", format="srt")
    assert answer["cues"] == 2 and "00:00:03,133 --> 00:00:06,133\nxin chao cac ban 2" in answer["content"]
    assert "Xin chao cac ban" in call("export_subtitles", draft_id="d1", format="ass")["content"]


def test_clips_of_an_app_are_exported_as_a_timeline(imported, call):
    imported()
    video, text, audio = call("export_otio", draft_id="d1")["timeline"]["tracks"]["children"]
    first, *_ = [one for one in video["children"] if one["OTIO_SCHEMA"].startswith("Clip")]
    (reference,) = first["media_references"].values()
    assert reference["target_url"] == "C:/Users/user/Desktop/clip.mp4"
    assert text["metadata"]["capcut_drafts"]["type"] == "text" and audio["kind"] == "Audio"


def test_an_import_cannot_be_said_as_a_timeline(imported, refused):
    imported()
    assert "imported" in str(refused(ConflictError, "get_timeline"))


def test_an_import_and_edits_of_it_can_be_tried_out(call, services, media, tmp_path, imported):
    import zipfile

    with zipfile.ZipFile(tmp_path / "draft.zip", "w") as archive:
        archive.writestr("draft_content.json", json.dumps(document("cc-win-7.7.0")))
        archive.writestr("notes.txt", "mine")
    content = (tmp_path / "draft.zip").read_bytes()
    answer = call("import_draft", draft_id="d1", zip=content, dry_run=True)
    assert answer["tracks"] == ["video_main", "text_1", "audio_1"]
    assert "d1" not in services.drafts and not list((tmp_path / "imports").glob("*"))
    text = imported()["text_1"][0]
    call("update_segment", draft_id="d1", segment_id=text, set={"text": "x"}, dry_run=True)
    assert call("save_draft", draft_id="d1", dry_run=True)["success"]
    assert call("get_draft", draft_id="d1")["version"] == 1


def test_edits_of_an_import_go_in_a_batch(imported, call, written):
    parts = imported()
    operations = [
        {"operation": "update_segment", "request": {"segment_id": parts["text_1"][0], "set": {"text": "x"}}},
        {"operation": "replace_by_name", "request": {"texts": {"x": "y"}}},
    ]
    call("batch", draft_id="d1", operations=operations)
    assert json.loads(written()["materials"]["texts"][0]["content"])["text"] == "y"


def two_pictures(found):
    """A second video track, muted, with a clip like the last of the first."""
    overlay = json.loads(json.dumps(found["tracks"][0]))
    del overlay["segments"][:2]
    overlay |= {"id": "overlay", "flag": 2, "attribute": 3, "name": "over"}
    overlay["segments"][0] |= {"id": "above", "track_render_index": 1, "track_attribute": 3}
    found["tracks"].insert(1, overlay)
    for index, track in enumerate(found["tracks"]):
        for one in track["segments"]:
            one["track_render_index"] = index


@pytest.mark.parametrize(("track", "index", "attribute"), [("video_main", 0, 1), ("over", 1, 3)])
def test_what_moves_to_another_track_of_the_app_is_as_what_is_there(imported, call, written, track, index, attribute):
    imported(change=two_pictures)
    mover = "above" if track == "video_main" else document("cc-win-7.7.0")["tracks"][0]["segments"][2]["id"]
    call("move_segment", draft_id="d1", segment_id=mover, track_name=track, start=30)
    assert call("save_draft", draft_id="d1", wait=20)["status"] == "completed"
    (moved,) = [one for one in written()["tracks"][index]["segments"] if one["id"] == mover]
    assert (moved["track_render_index"], moved["track_attribute"]) == (index, attribute)


def test_what_does_not_say_its_layer_is_on_the_first(imported, call, written):
    def change(found):
        found["tracks"] = [track for track in found["tracks"] if track["type"] == "audio"]
        del found["tracks"][0]["segments"][0]["track_render_index"]

    imported(change=change)
    call("add_text", draft_id="d1", text="new", start=0, end=1)
    assert call("save_draft", draft_id="d1", wait=20)["status"] == "completed"
    assert [one["track_render_index"] for track in written()["tracks"] for one in track["segments"]] == [1, 2]


def test_tracks_of_the_app_stay_in_its_order_with_the_main_one_behind_another(imported, call, written):
    def change(found):
        two_pictures(found)
        found["tracks"][:2] = reversed(found["tracks"][:2])
        for index, track in enumerate(found["tracks"]):
            for one in track["segments"]:
                one["track_render_index"] = index

    imported(change=change)
    before = [track["id"] for track in written()["tracks"]]
    assert before[0] == "overlay"
    call("add_text", draft_id="d1", text="new", start=0, end=1)
    tracks = written()["tracks"]
    assert [track["id"] for track in tracks if track["id"] in before] == before
    state = call("save_draft", draft_id="d1", wait=20)
    assert state["status"] == "completed" and not state["findings"]


@pytest.mark.parametrize("given", [{"speed": 2}, {"media": "http://x/other.mp4"}])
def test_what_two_clips_share_is_changed_for_one(imported, call, media, written, given):
    """Speeds, animations and the medium itself."""
    shared = {}

    def change(found):
        first, *_, last = found["tracks"][0]["segments"]
        speed = first["extra_material_refs"][0]
        shared.update(speeds=speed, videos=first["material_id"])
        last["extra_material_refs"][0], last["material_id"] = speed, first["material_id"]

    *_, last = imported(change=change)["video_main"]
    media.video("http://x/other.mp4", 30)
    before = written()
    call("update_segment", draft_id="d1", segment_id=last, set=given)
    after = written()
    assert after["tracks"][0]["segments"][0] == before["tracks"][0]["segments"][0]
    for name, identifier in shared.items():
        (was,), (now,) = (
            [one for one in found["materials"][name] if one["id"] == identifier] for found in (before, after)
        )
        assert was == now
    assert call("save_draft", draft_id="d1", wait=20)["status"] == "completed"


def test_a_cut_leaves_animations_that_another_shares(imported, call, written):
    animations = {"id": "moves", "type": "sticker_animation", "multi_language_current": "none", "animations": [
        {"id": "1", "type": "in", "start": 0, "duration": 900_000}
    ]}  # fmt: skip

    def change(found):
        found["materials"]["material_animations"].append(animations)
        for segment in found["tracks"][1]["segments"]:
            segment["extra_material_refs"] = ["moves"]

    _, second = imported(change=change)["text_1"]
    start = written()["tracks"][1]["segments"][1]["target_timerange"]["start"] / 1e6
    call("trim_segment", draft_id="d1", segment_id=second, end=start + 0.5)
    document = written()
    moves = [one for one in document["materials"]["material_animations"] if one["animations"]]
    made = {one["id"]: one["animations"][0]["duration"] for one in moves}
    refs = [one["extra_material_refs"] for one in document["tracks"][1]["segments"]]
    assert [made[name] for (name,) in refs] == [900_000, 500_000]


@pytest.mark.parametrize(("longer", "shown"), [(0, 1_000_000), (1_000_000, 1_041_666)])
def test_a_fast_clip_plays_as_much_as_another_frame_rate_shows(imported, call, written, longer, shown):
    """As much as is left of its medium: else it becomes shorter."""

    def change(found):
        found["tracks"] = found["tracks"][:1]
        clip = found["tracks"][0]["segments"][2]
        found["tracks"][0]["segments"] = [clip]
        clip |= {"speed": 20.0, "target_timerange": {"start": 0, "duration": 1_033_333}}
        clip["source_timerange"] = {"start": 0, "duration": 20_666_660}
        for name, changes in (("speeds", {"speed": 20.0}), ("videos", {"duration": 20_666_660 + longer})):
            for one in found["materials"][name]:
                one |= changes

    imported(change=change)
    call("set_canvas", draft_id="d1", fps=24)
    assert call("save_draft", draft_id="d1", wait=20)["status"] == "completed"
    (clip,) = written()["tracks"][0]["segments"]
    assert clip["target_timerange"]["duration"] == shown
    assert abs(clip["source_timerange"]["duration"] - 20 * shown) <= 20


def test_a_few_frame_rates_after_each_other_leave_a_draft_that_can_be_saved(imported, call):
    imported()
    for fps in (1, 12.5, 24, 30):
        call("set_canvas", draft_id="d1", fps=fps)
        assert call("save_draft", draft_id="d1", wait=20)["status"] == "completed"


def test_where_a_clip_begins_in_its_medium_is_exact(imported, call, written):
    """At a speed a frame of the timeline is none of the medium: put on one, some would be heard twice."""

    def change(found):
        clip = found["tracks"][0]["segments"][0]
        clip["speed"] = 1.37
        clip["source_timerange"]["duration"] = round(clip["target_timerange"]["duration"] * 1.37)
        clip["extra_material_refs"] = [
            one for one in clip["extra_material_refs"] if one not in _of("transitions", found)
        ]
        (speed,) = [one for one in found["materials"]["speeds"] if one["id"] in clip["extra_material_refs"]]
        speed["speed"] = 1.37
        for one in found["materials"]["videos"]:
            one["duration"] = 3_600_000_000

    first = imported(change=change)["video_main"][0]
    call("split_segment", draft_id="d1", segment_id=first, at=1.1)
    left, right = (one["source_timerange"] for one in written()["tracks"][0]["segments"][:2])
    assert right["start"] == left["start"] + left["duration"] == 1_507_000


def _of(name, found):
    return {one["id"] for one in found["materials"][name]}


def test_numbers_with_a_point_are_read_as_the_whole_ones_that_they_are(imported, call, written):
    def change(found):
        clip = found["tracks"][0]["segments"][2]
        found["materials"]["audio_fades"].append(
            {"id": "fade", "fade_in_duration": 200_000.0, "fade_out_duration": 9_000_000.0, "type": "audio_fade"}
        )
        clip["extra_material_refs"].append("fade")
        (shown,) = [one for one in found["materials"]["videos"] if one["id"] == clip["material_id"]]
        shown["duration"] = float(shown["duration"])

    last = imported(change=change)["video_main"][-1]
    start = written()["tracks"][0]["segments"][2]["target_timerange"]["start"] / 1e6
    with pytest.raises(ConflictError, match="its medium ends"):
        call("trim_segment", draft_id="d1", segment_id=last, end=start + 50_000)
    call("trim_segment", draft_id="d1", segment_id=last, end=start + 1)
    (fade,) = [one for one in written()["materials"]["audio_fades"] if one["id"] == "fade"]
    assert (fade["fade_in_duration"], fade["fade_out_duration"]) == (200_000, 800_000)


@pytest.mark.parametrize("said", ["", 'quoted "', "\\", '"', '\\"'])
def test_what_another_material_names_stays_whatever_else_that_says(imported, call, written, said):
    def change(found):
        named = found["tracks"][0]["segments"][1]["extra_material_refs"][0]
        found["materials"]["effects"].append({"id": "other", "type": "filter", "name": said, "follows": named})

    before = document("cc-win-7.7.0")
    _, second, _ = imported(change=change)["video_main"]
    call("remove_segment", draft_id="d1", segment_id=second)
    named = before["tracks"][0]["segments"][1]["extra_material_refs"][0]
    assert named in json.dumps([one for name, one in written()["materials"].items() if name != "effects"])
