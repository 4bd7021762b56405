"""Any calls in any order: valid ones leave a draft that opens right and is its log, invalid ones leave no trace.

A new edit needs a method of `Editor` (or `Maker`) that draws its fields; invalid calls follow from its model.
"""

import tempfile
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from draft_cache import DraftCache
from errors import ServiceError
from openapi import FlatJsonSchema
from operations import OPERATIONS, replay

from .fakes import FakeMedia, live, logged, make_services
from .test_random_drafts import ADDS, RATES, TARGETS, assert_it_opens_right
from .test_random_edits import EDITS, Editor, check, state

ALL_EDITS = sorted({*ADDS, *EDITS})
STEADY = settings(
    deadline=None,
    database=None,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
RANDOMS = st.randoms(use_true_random=True) | st.randoms(use_true_random=False)
"""The first vary more, the second are made simpler when something fails."""


def test_every_edit_is_drawn():
    """One that is missing here needs a method of Editor, and its name in EDITS (or ADDS)."""
    assert {name for name, op in OPERATIONS.items() if op.is_edit} == set(ALL_EDITS)


HALF = "\ud800"
"""Half of a character: JSON can spell it, no text has it."""


def wrong_values(schema):
    """Values that no reading of a field allows, by what its schema says; texts for numbers and the like are read."""
    kinds = schema.get("type", "object")
    kinds = {kinds} if isinstance(kinds, str) else set(kinds)
    yield from [] if "array" in kinds else [[]]
    yield from [{}] if "object" not in kinds or "minProperties" in schema else []
    for kind, values in WRONG.items():
        yield from values if kind in kinds else []
    yield from [schema["maximum"] + 1] if "maximum" in schema else []
    yield from [schema["minimum"] - 1] if "minimum" in schema else []
    yield from ["no such"] if "enum" in schema else []
    yield from ["\x00"] if "pattern" in schema else []
    yield from ["x" * (schema["maxLength"] + 1)] if schema.get("maxLength", 10**9) < 20_000 else []
    yield from [[None] * (schema["maxItems"] + 1)] if "maxItems" in schema else []


NO_NUMBERS = [float("nan"), float("-inf"), "many", HALF, 10**400]
WRONG = {
    "number": NO_NUMBERS,
    "integer": NO_NUMBERS,
    "string": [HALF],
    "boolean": [HALF, "no such"],
    "array": [[[]], 5],
    "object": [5],
}


def breaks(op):
    """Ways to spoil a request of that operation: (what is done to its fields, whether the compatible face minds)."""
    schema = op.request.model_json_schema(schema_generator=FlatJsonSchema)
    for name, field in schema["properties"].items():
        for value in wrong_values(field):
            yield (lambda fields, name=name, value=value: fields | {name: value}), True
    for name in schema.get("required", ()):
        yield (lambda fields, name=name: {other: value for other, value in fields.items() if other != name}), True
    of_what_is_there = set() if op.name == "add_track" else {"segment_id", "track_name"}
    for name in of_what_is_there & set(schema.get("required", ())):
        yield (lambda fields, name=name: fields | {name: "nobody at all"}), True
    if "expected_version" in schema["properties"]:
        yield (lambda fields: {"draft_id": "d1", **fields, "expected_version": 10**6}), True
    yield (lambda fields: fields | {"no_such_field": 1}), False
    yield (lambda fields: [fields]), True


BREAKS = {name: list(breaks(op)) for name, op in OPERATIONS.items()}


def test_every_field_can_be_spoiled():
    for op in OPERATIONS.values():
        for name, field in op.request.model_json_schema(schema_generator=FlatJsonSchema)["properties"].items():
            assert len(list(wrong_values(field))) >= 2, (op.name, name)


class Calls(RuleBasedStateMachine):
    """A draft under any calls, with what must hold after each."""

    done: Counter = Counter()
    """What was done, over all runs."""

    def __init__(self):
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.media = FakeMedia()
        self.services = make_services(Path(self.folder.name), self.media)
        self.known = None

    @initialize(random=RANDOMS, made_for=st.sampled_from(sorted(TARGETS)), fps=st.sampled_from(RATES))
    def begin(self, random, made_for, fps):
        self.app, self.editor = TARGETS[made_for], Editor(random, self.media)
        self.call("create_draft", target=made_for, fps=fps)
        for name in ADDS[:4]:
            self.try_to(name, self.editor.addition(name, self.app))

    def call(self, name, /, **fields):
        return OPERATIONS[name]({"draft_id": "d1", **fields}, self.services)

    def script(self):
        return self.services.drafts.snapshot("d1")

    def everything(self):
        """All that a call could leave behind: the draft, its log, what the memory holds, other drafts.

        The draft is what its JSON is written from, which is looked at in less time.
        """
        script = self.script()
        tracks = [(name, vars(track) | {"segments": list(track.segments)}) for name, track in script.tracks.items()]
        held = live(self.services, "d1")
        about = script.width, script.height, script.name, script.cover, script.grid, held.version, held.weight
        listed = OPERATIONS["list_drafts"]({"state": "all"}, self.services).total
        return tracks, logged(self.services, "d1"), about, listed

    def try_to(self, name, fields):
        """Do what may be refused; then nothing is left of it."""
        self.known = self.known or self.everything()
        try:
            self.call(name, **fields)
        except ServiceError as refusal:
            assert refusal.status in (400, 404, 409), refusal
            assert self.everything() == self.known, (name, fields)
        else:
            assert logged(self.services, "d1")[:-1] == self.known[1]
            self.done[name] += 1
            self.known = None

    def fields(self, name, random):
        self.editor.random = random
        if name in ADDS:
            return self.editor.addition(name, self.app)
        return self.editor.change(name, self.script(), self.app) if name in EDITS else OPERATIONS[name].request.example

    @rule(name=st.sampled_from(sorted(ADDS)), random=RANDOMS)
    def add(self, name, random):
        self.try_to(name, self.fields(name, random))

    @rule(name=st.sampled_from(sorted(EDITS)), random=RANDOMS)
    def change(self, name, random):
        self.try_to(name, self.fields(name, random))

    @rule(random=st.randoms(use_true_random=True))
    def some_edits(self, random):
        for name in random.choices([*ALL_EDITS, "split_segment", "add_transition"], k=10):
            self.try_to(name, self.fields(name, random))
        self.try_to("undo", {"steps": random.randint(1, 3)})
        self.try_to("redo", {})

    @rule(name=st.sampled_from(["undo", "redo", "restore_version"]), steps=st.integers(1, 3))
    def jump(self, name, steps):
        version = max(1, self.script().version - 3 * steps)
        self.try_to(name, {"version": version} if name == "restore_version" else {"steps": steps})

    @rule(name=st.sampled_from(sorted(OPERATIONS)), strict=st.booleans(), random=RANDOMS, data=st.data())
    def spoiled(self, name, strict, random, data):
        """A call that no draft could take is refused on both faces, and leaves nothing."""
        spoil, minded = data.draw(st.sampled_from(BREAKS[name]))
        self.known = self.known or self.everything()
        op, written = OPERATIONS[name], state(self.script())
        fields = dict(self.fields(name, random))
        payload = spoil(fields | ({"draft_id": "d1"} if "draft_id" in op.request.model_fields else {}))
        with pytest.raises(ServiceError) as refusal:
            op(payload, self.services, strict=strict or not minded)
        assert refusal.value.status in (400, 404, 409), (name, payload)
        assert (self.everything(), state(self.script())) == (self.known, written), (name, payload)
        self.done["spoiled"] += 1

    @invariant()
    def edges_and_order_are_right(self):
        if "d1" in self.services.drafts:
            check(self.script())

    def teardown(self):
        try:
            if "d1" in self.services.drafts:
                assert state(DraftCache(self.services.store, replay).snapshot("d1")) == state(self.script())
                assert_it_opens_right(self.services, "trim")
        finally:
            self.services.close()
            self.folder.cleanup()


def test_any_calls_leave_a_draft_that_is_its_log_and_opens_right():
    Calls.done.clear()
    run_state_machine_as_test(Calls, settings=settings(STEADY, max_examples=40, stateful_step_count=25))
    assert {*ALL_EDITS, "undo", "redo", "restore_version", "spoiled"} <= Calls.done.keys(), Calls.done


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_very_many_calls_too():
    run_state_machine_as_test(Calls, settings=settings(STEADY, max_examples=90, stateful_step_count=40))
