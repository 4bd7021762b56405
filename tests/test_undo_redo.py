"""Undo and redo over any operations: byte for byte what was there, in memory and rebuilt from the log."""

import tempfile
from pathlib import Path

import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from draft_cache import DraftCache
from engine.export import write_timeline
from engine.settle import settle
from errors import ServiceError
from operations import OPERATIONS, replay

from .fakes import FakeMedia, make_services
from .test_random_drafts import TARGETS
from .test_random_edits import Editor


def dump(script):
    return orjson.dumps(write_timeline(settle(script, {}).script, {}).document)


class Drive:
    """A draft under random operations, with what it was at every version."""

    def __init__(self, folder, random):
        self.media = FakeMedia()
        self.services = make_services(Path(folder), self.media)
        self.editor = Editor(random, self.media)
        self.target = random.choice(list(TARGETS))
        self.call("create_draft", target=self.target)
        self.states = [self.state()]

    def call(self, name, /, **fields):
        return OPERATIONS[name]({"draft_id": "d1", **fields}, self.services)

    def state(self):
        return dump(self.services.drafts.snapshot("d1"))

    def rebuilt(self):
        return dump(DraftCache(self.services.store, replay).snapshot("d1"))

    def edit(self):
        """Do a random operation, if it can be done."""
        app, random = TARGETS[self.target], self.editor.random
        if random.random() < 0.6:
            name, fields = self.editor.operation(app)
        else:
            name, fields = self.editor.edit(self.services.drafts.snapshot("d1"), app)
        try:
            self.call(name, **fields)
        except ServiceError:
            assert self.state() == self.states[-1]
        else:
            self.states.append(self.state())


CHECKED = settings(max_examples=40, deadline=None, database=None, suppress_health_check=list(HealthCheck))


@CHECKED
@given(st.randoms(use_true_random=False), st.integers(1, 25), st.data())
def test_n_undos_and_n_redos_return_to_the_same_bytes(random, edits, data):
    with tempfile.TemporaryDirectory() as folder:
        drive = Drive(folder, random)
        for _ in range(edits):
            drive.edit()
        n = data.draw(st.integers(0, len(drive.states) - 1))
        for step in range(1, n + 1):
            drive.call("undo")
            assert drive.state() == drive.states[-1 - step]
        assert drive.rebuilt() == drive.state()
        for step in range(n - 1, -1, -1):
            drive.call("redo")
            assert drive.state() == drive.states[-1 - step]
        assert drive.rebuilt() == drive.state() == drive.states[-1]
        drive.services.close()


MOVES = st.lists(st.sampled_from(["edit", "undo", "redo", "restore"]), min_size=1, max_size=40)


@CHECKED
@given(st.randoms(use_true_random=False), MOVES, st.data())
def test_any_moves_lead_where_a_list_of_states_says(random, moves, data):
    """A model: what was done, what was undone, and what every version was."""
    with tempfile.TemporaryDirectory() as folder:
        drive = Drive(folder, random)
        done, undone, versions = [drive.states[0]], [], [drive.states[0]]
        for move in moves:
            before = len(drive.states)
            if move == "edit":
                drive.states.append(done[-1])
                drive.edit()
                if len(drive.states) == before + 1:
                    continue  # refused
                done.append(drive.states[-1])
                undone.clear()
            elif move == "undo" and len(done) > 1:
                steps = data.draw(st.integers(1, len(done) - 1))
                drive.call("undo", steps=steps)
                undone += [done.pop() for _ in range(steps)]
            elif move == "redo" and undone:
                steps = data.draw(st.integers(1, len(undone)))
                drive.call("redo", steps=steps)
                done += [undone.pop() for _ in range(steps)]
            elif move == "restore":
                version = data.draw(st.integers(1, len(versions)))
                drive.call("restore_version", version=version)
                done.append(versions[version - 1])
                undone.clear()
            else:
                continue
            versions.append(done[-1])
            assert drive.state() == done[-1]
            assert drive.services.drafts.version("d1") == len(versions)
        assert drive.rebuilt() == done[-1]
        for version, state in enumerate(versions, start=1):
            assert dump(drive.services.drafts.snapshot("d1", version)) == state
        drive.services.close()
