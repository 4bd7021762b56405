from engine.notes import Notes


def noted(count, what="is too short", detail=": {} s"):
    notes = Notes()
    for number in range(count):
        notes.add(f"s{number}", what, detail.format(number))
    return notes


def test_a_few_alike_are_a_line_each():
    assert noted(2).lines() == ["segment s0: is too short: 0 s", "segment s1: is too short: 1 s"]


def test_very_many_alike_are_one_line_that_counts_and_names_the_first():
    assert noted(5_000).lines() == ["5,000 segments: is too short: s0, s1, s2, s3, s4 and 4,995 more"]


def test_the_same_of_one_segment_is_said_once_and_another_thing_apart():
    notes = noted(6)
    notes.add("s1", "is blue")
    notes.add("s1", "is blue")
    assert notes.lines()[1:] == ["segment s1: is blue"]
