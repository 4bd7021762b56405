"""The OpenAPI document against the service: what it allows is served as it says, what it forbids is refused.

schemathesis draws requests from the document, sends them to the real app and holds the answers against the document. So
that they reach deep, most of those that fit the document are led to what is there (`Guide`): a draft with a little of
everything, its segments and tracks, a template, names of the catalog. A new operation that needs more than that gets a
method of its name in `Guide`.

What fits the document may be refused for what no schema can say: what fields mean together, names, what is in a draft.
Never for what it can say: types, bounds, patterns, fields that are missing (`said_by_a_schema`).
"""

import random
import re
from base64 import b64decode
from collections import Counter
from dataclasses import replace
from itertools import count

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from schemathesis.config import GenerationConfig
from schemathesis.generation.modes import GenerationMode
from schemathesis.specs.openapi.checks import (
    allow_header_conformance,
    negative_data_rejection,
    positive_data_acceptance,
)

import openapi
from asked import FIXED
from capcut_server import create_app
from engine.catalog import names
from fields.groups import OnTrack
from openapi import ZIPS
from operations import DOWNLOAD, OPERATIONS
from other_names import OTHER_NAMES
from problems import explain
from settings import Settings

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

DOCUMENT = openapi.document("http://localhost", "/draft/downloader")
LABELS = {
    f"{method.upper()} {path}": described["tags"]
    for path, methods in DOCUMENT["paths"].items()
    for method, described in methods.items()
}
STRICT = [label for label, tags in LABELS.items() if "strict" in tags]
COMPATIBLE = [label for label, tags in LABELS.items() if "strict" not in tags]

AT = {f"POST {face}{name}": op for name, op in OPERATIONS.items() for face in ("/", "/v1/")}
AT |= {op.route.replace("<", "{").replace(">", "}"): op for op in OPERATIONS.values() if op.route}
OTHERS = {
    f"{method} {face}{other.name}": OPERATIONS[other.operation]
    for other in OTHER_NAMES
    for method in other.methods
    for face in ("/", "/v1/")
}
AT |= OTHERS
SAME = OTHERS.keys() | {op.route for op in OPERATIONS.values() if op.route.startswith("POST") and "<" not in op.route}
"""Other ways to what `POST /v1/<operation>` does, with the same fields."""
AT["GET /draft/downloader"] = DOWNLOAD

OF_OTHERS = re.compile(
    r"(log\.operations|operations\.\d+\.request|timeline|(rows\.\d+\.)?values|variables\..+\.default"
    r"|tracks\.\d+\.segments\.\d+\.(parameters|keyframes|length))\b"
)
"""Fields that hold requests of other operations, what a template says, or lead past the end of the timeline."""

KINDS = {
    **{"transition": "transition", "mask_type": "mask", "filter": "filter", "mix_mode": "mix_mode", "font": "font"},
    **{"intro_animation": "video_intro", "outro_animation": "video_outro", "combo_animation": "video_combo"},
    "effect_type": "video_scene_effect",
}
TASKS = {"cancel": "waiting", "retry": "cancelled"}
TEXT_KINDS = {"intro_animation": "text_intro", "outro_animation": "text_outro", "loop_animation": "text_loop"}

TEMPLATE = OPERATIONS["save_template"].request.example
SKELETON = OPERATIONS["save_skeleton"].request.example
ASSET = OPERATIONS["create_asset"].request.example
FOLDERS = ["C:/Old/mine", "/Users/me/Movies/mine", "D:\\Drafts\\mine"]
MAKE_DRAFTS = {"create_draft", "import_log", "import_draft", "create_timeline", "create_from_template"}


class World:
    """The app with the draft that the examples of the document make: `kept`, and `first`, a copy to work on."""

    def __init__(self, app, said_by_a_schema):
        self.said_by_a_schema = said_by_a_schema
        """Problems of all requests so far that pydantic found by itself."""
        self.client, self.calls, self.led, self.is_touched = app.test_client(), count(), Counter(), True
        self.schema = schemathesis.openapi.from_wsgi("/openapi.json", app)
        self.schema.config.checks.not_a_server_error.expected_statuses = ["2xx", "3xx", "4xx", "502"]  # a bad medium
        for op in OPERATIONS.values():
            if op.name == "create_draft" or (op.is_edit and not op.name.startswith("remove_")):
                self.ask(op.name, **op.request.example)
        self.ask("undo", draft_id="first")
        self.keep()
        self.ask("duplicate_draft", draft_id="first", new_draft_id="kept")
        self.ask("save_draft", draft_id="kept", wait=60)
        self.ask("create_draft", draft_id="gone")
        self.log = self.ask("export_log", draft_id="kept")["log"]
        self.services = app.extensions["services"]
        self.saved = self.services.tasks.get("kept")
        tracks = self.ask("get_draft", draft_id="kept")["tracks"]
        self.tracks = [track["track_name"] for track in tracks]
        self.segments = [part for track in tracks for part in track["segments"]]

    def ask(self, name, /, **fields):
        answer = self.client.post(f"/v1/{name}", json=fields).get_json()
        assert answer["success"], answer
        return answer["output"]

    def reset(self):
        """Bring back what the case before may have changed."""
        if not self.is_touched:
            return
        self.is_touched = False
        self.client.post("/delete_draft", json={"draft_id": "first", "purge": True})
        self.client.post("/delete_draft", json={"draft_id": "gone"})
        self.ask("duplicate_draft", draft_id="kept", new_draft_id="first")
        for task_id in ("waiting", "cancelled"):
            self.services.tasks.add(replace(self.saved, task_id=task_id, status="initialized", finished_at=None))
        self.services.tasks.cancel("cancelled")
        self.keep()

    def keep(self):
        """What is kept beside drafts."""
        self.ask("save_template", **TEMPLATE, replace=True)
        self.ask("save_skeleton", **SKELETON, replace=True)
        self.asset_id = self.ask("create_asset", **ASSET)["asset_id"]


@pytest.fixture(scope="module")
def world(tmp_path_factory, media_server):
    places = ("clip.mp4", "photo.jpg", "music.mp3", "notes.mp4", "status/404/clip.mp4")
    samples = [f"asset://samples/{name}" for name in ("clip.mp4", "photo.png", "music.mp3", "nothing.mp4")]
    schemathesis.openapi.format("uri", st.sampled_from([*samples, *map(media_server.url, places)]))
    folder = tmp_path_factory.mktemp("world")
    said_by_a_schema = set()

    def noted(problem, names):
        message = explain(problem, names)
        if problem["type"] != "value_error":  # which is what our own validators raise
            said_by_a_schema.add(message)
        return message

    app = create_app(
        Settings(
            data_dir=folder,
            allow_private_addresses=True,
            download_retries=0,
            query_wait=1,
            keep_saves=1_000,  # none goes while it is checked
            log_level="ERROR",
            folder_config={"folder": folder / "shown", "url": "https://files.example.com"},
        )
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("problems.explain", noted)
        yield World(app, said_by_a_schema)
    app.extensions["services"].close()


@schemathesis.serializer("application/zip", "application/x-zip-compressed", "application/octet-stream")
def zipped(_, value):
    """What is drawn for a zip is sent as it is."""
    return value if isinstance(value, bytes) else str(value).encode()


class Guide:
    """Leads a drawn request that fits the document to what is there; one in eight is left as it is."""

    def __init__(self, case, world):
        self.case, self.world, self.op = case, world, AT[case.operation.label]
        world.led[case.operation.label] += 1  # not of what was drawn: the media server has another port each time
        self.random = random.Random(f"{case.operation.label} {world.led[case.operation.label]}")

    def lead(self):
        if self.random.random() < 1 / 8:
            return
        for fields in (self.case.body, self.case.query, self.case.path_parameters):
            if isinstance(fields, dict):
                self.fill(self.op, fields)
        if isinstance(self.case.body, dict):
            self.by_name(self.op, self.case.body)
        if self.case.headers and self.random.random() < 0.7:
            self.case.headers.pop("If-Match", None)

    def by_name(self, op, fields):
        if hasattr(self, op.name):
            getattr(self, op.name)(fields)

    def new(self):
        """A name that nothing has."""
        return f"new-{next(self.world.calls)}"

    def fill(self, op, fields):
        for name in ("expected_version", "new_draft_id"):
            fields.pop(name, None)
        if "srt" in fields:
            fields.pop("cues", None)
        if isinstance(fields.get("end"), int | float) and fields["end"] <= fields.get("start", 0) < 86_399:
            fields["end"] = fields.get("start", 0) + 1
        if issubclass(op.request, OnTrack) and self.random.random() < 0.5:
            fields["track_name"] = self.new()
        kinds = KINDS | ({} if op.name in ("add_video", "add_image") else TEXT_KINDS)
        kinds |= {"effect_type": "audio_scene_effect"} if op.name == "add_audio" else {}
        there = {name: self.random.choice(names("capcut", kind)) for name, kind in kinds.items()} | self.present(op)
        fields |= {name: value for name, value in there.items() if name in fields and value is not None}

    def present(self, op):
        """What is in the world; None: as it was drawn."""
        segment = self.random.choice(self.world.segments)
        changed = self.random.sample(sorted(segment["parameters"]), 2)
        of_tracks = op.name.endswith(("_track", "_keyframe"))
        there = {
            "draft_id": "gone" if op.name == "recover_draft" else "first",
            "task_id": TASKS.get(op.name.removesuffix("_task"), self.world.saved.task_id),
            "template_id": TEMPLATE["template_id"],
            "skeleton_id": SKELETON["skeleton_id"],
            "skeleton": SKELETON["skeleton_id"],
            "asset_id": self.world.asset_id,
            "segment_id": segment["segment_id"],
            "set": {name: segment["parameters"][name] for name in changed},
            "track_name": self.random.choice(self.world.tracks) if of_tracks else None,
            "at": segment["start"] + 0.5,
            "srt": OPERATIONS["add_subtitle"].request.example["srt"],
            "log": self.world.log,
        }
        return there | ({"draft_id": self.random.choice([None, self.new()])} if op.name in MAKE_DRAFTS else {})

    def import_log(self, fields):
        fields["draft_id"] = self.new()

    def packed(self, fields):
        """A draft as JSON."""
        for name in ("meta", "zip", "url"):
            fields.pop(name, None)
        fields |= {name: value for name, value in self.op.request.example.items() if name in ("document", "meta")}

    def import_draft(self, fields):
        self.packed(fields)

    def save_skeleton(self, fields):
        self.packed(fields)
        fields["skeleton_id"] = self.new()

    def relink(self, fields):
        self.packed(fields)
        fields |= {name: self.random.choice(FOLDERS) for name in ("folder", "old_folder") if name in fields}

    def create_asset(self, fields):
        self.content(fields, ASSET["data_base64"])

    def replace_by_name(self, fields):
        fields.pop("media", None)
        fields["texts"] = {"Hello again 😀": "Hello"}

    def mirror_to_oss(self, fields):
        fields["url"] = OPERATIONS["mirror_to_oss"].request.example["url"]

    def upload_to_oss(self, fields):
        self.content(fields, OPERATIONS["upload_to_oss"].request.example["data_base64"])

    def content(self, fields, content):
        """A file in the way that the body is sent."""
        if self.case.media_type == "application/json":
            fields["data_base64"] = content
        else:
            fields["file"] = b64decode(content)

    def add_track(self, fields):
        fields["track_name"] = self.new()

    def batch(self, fields):
        del fields["operations"][3:]  # or one that cannot be is always among them
        fields["draft_id"] = "first"  # for most are about something in it
        for step in fields["operations"]:
            if step["operation"] == "create_draft" and self.random.random() < 0.7:
                step["operation"] = "add_text"
            self.step(step)

    def step(self, step):
        """An operation as its example has it, beside what the others do."""
        op = OPERATIONS[step["operation"]]
        step["request"] = dict(op.request.example)
        self.fill(op, step["request"])
        self.by_name(op, step["request"])
        step["request"].pop("draft_id")
        if issubclass(op.request, OnTrack):
            step["request"]["track_name"] = self.new()

    def create_timeline(self, fields):
        for track in fields["tracks"]:
            track["track_name"] = self.new()
            if track.get("segments"):
                track.pop("type", None)
            for segment in track.get("segments", ()):
                segment["operation"] = track["segments"][0]["operation"]  # a track takes one kind
                self.segment(segment)
        self.batch({"operations": fields.get("operations", [])})

    def segment(self, segment):
        """A segment as the example of its operation has it, after the one before it."""
        op = OPERATIONS[segment["operation"]]
        said = {*FIXED, "track_name", "relative_index", op.request.starts_as, "end"}
        segment["parameters"] = {name: value for name, value in op.request.example.items() if name not in said}
        segment["alias"] = self.new()
        for name in ("start", "after"):
            segment.pop(name, None)
        if "length" in segment:
            segment["length"] = self.random.choice(["auto", 2])
        if "keyframes" in segment:
            segment["keyframes"] = []

    def save_template(self, fields):
        fields["template_id"] = self.new()
        fields["timeline"] = TEMPLATE["timeline"]
        declared = {name: said for name, said in fields.get("variables", {}).items() if "default" not in said}
        fields["variables"] = declared | TEMPLATE["variables"]

    def create_from_template(self, fields):
        example = OPERATIONS["create_from_template"].request.example
        if fields.get("rows"):
            for name in ("draft_id", "name", "values"):
                fields.pop(name, None)
        for row in fields.get("rows") or [fields]:
            row["values"] = example["values"]


def answer_to(case, world):
    """Send it, and hold the answer against the document."""
    world.reset()
    if 1 <= len(str((case.headers or {}).get("Idempotency-Key", ""))) <= 255:
        case.headers["Idempotency-Key"] = f"{next(world.calls)}"  # or most would be told that they are another's
    left_out = [positive_data_acceptance]
    if case.operation.path == "/v1/drafts/import":
        left_out.append(allow_header_conformance)  # GET and DELETE are about a draft of the id import
    if isinstance(case.body, dict):
        if isinstance(case.body.get("wait"), int | float):
            case.body["wait"] = min(case.body["wait"], 1)
        left_out.append(negative_data_rejection)
    answer = case.call_and_validate(excluded_checks=left_out)
    world.is_touched |= answer.status_code < 400
    if isinstance(case.body, dict) and answer.status_code == 200 and answer.request.method == "POST":
        check_acceptance(case)
    return answer


def check_acceptance(case):
    """A body that was accepted fits the document, but for what is read on purpose: null, and "5" for 5."""
    schema = DOCUMENT["paths"][case.operation.path]["post"]["requestBody"]["content"][case.media_type]["schema"]
    validator = Draft202012Validator({**schema, "components": DOCUMENT["components"]})
    for problem in validator.iter_errors(case.body):
        of_a_kind = problem.validator == "type" and not isinstance(problem.instance, dict | list)
        assert problem.instance is None or of_a_kind, problem


def refused_fields(case, answer, world):
    """The fields of a request that fits the document for which it was refused, each for what no schema can say."""
    if not case.meta.generation.mode.is_positive or answer.status_code != 400:
        return set()
    problems = answer.json()["fields"] or [{"field": "", "message": answer.json()["error"]}]
    for problem in problems:
        in_json = case.media_type in ZIPS and problem["message"] == "required and missing"
        is_beyond = in_json or OF_OTHERS.match(problem["field"]) or problem["message"] not in world.said_by_a_schema
        assert is_beyond, (case.body, case.query, case.headers, problem)
    return {problem["field"].split(".")[0] for problem in problems}


def answers_to(case, world):
    """Lead it and send it; what is refused for a few of its fields is sent again without them, to come further."""
    if case.meta.generation.mode.is_positive:
        Guide(case, world).lead()
    for _ in range(3):
        answer = answer_to(case, world)
        yield answer.status_code
        refused = refused_fields(case, answer, world)
        if not isinstance(case.body, dict) or not refused & case.body.keys() or required(case) & refused:
            return
        case.body = {name: value for name, value in case.body.items() if name not in refused}


def required(case):
    return {name for name, field in AT[case.operation.label].request.model_fields.items() if field.is_required()}


def drawn(world, label, mode, examples, check):
    """Let `check` see some requests that are drawn for one operation, the same each time."""
    strategy = world.schema.find_operation_by_label(label).as_strategy(generation_mode=mode)

    @settings(
        phases=[Phase.generate],  # what fails is shown as it is: to make it simpler takes minutes
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def run(case):
        check(case)

    run()


@pytest.mark.parametrize("label", STRICT)
def test_the_strict_face_is_as_its_document_says(world, label):
    random.seed(label)  # what is drawn asks it too
    operation, statuses = world.schema.find_operation_by_label(label), Counter()
    modes = list(GenerationMode)
    edges = world.schema.iter_coverage_cases(operation, generation_modes=modes, generation_config=GenerationConfig())
    for case in () if label in SAME else edges:
        statuses.update(answers_to(case, world))
    for mode in modes:
        drawn(world, label, mode, 20 if label in SAME else 10, lambda case: statuses.update(answers_to(case, world)))
    assert statuses[200] >= 5, f"hardly anything was done: {statuses}"


@pytest.mark.parametrize("label", COMPATIBLE)
def test_the_compatible_face_is_as_its_document_says(world, label):
    """It lets pass what the document does not know: unknown fields, with a warning."""

    def check(case):
        world.reset()
        if case.meta.generation.mode.is_positive:
            Guide(case, world).lead()
        case.call_and_validate(excluded_checks=[positive_data_acceptance, negative_data_rejection])
        world.is_touched = True

    random.seed(label)
    drawn(world, label, GenerationMode.NEGATIVE, 2, check)
    drawn(world, label, GenerationMode.POSITIVE, 4, check)
