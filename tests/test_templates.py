"""Templates: a timeline with variables, kept, and drafts made of it."""

from dataclasses import replace

import pytest

from errors import ConflictError, InvalidRequestError, NotFoundError, RefusedStepsError
from operations import OPERATIONS

EXAMPLE = OPERATIONS["save_template"].request.example
TEXT = {"operation": "add_text", "length": "{{ seconds }}", "parameters": {"text": "Hi {{who}}, {{seconds}} s {{end}}"}}


def timeline(*segments, **more):
    return {"tracks": [{"track_name": "a", "segments": list(segments)}], **more}


@pytest.fixture
def template(call):
    variables = {"who": {}, "seconds": {"type": "number", "default": 3}, "end": {"required": False}}
    call("save_template", template_id="t", name="One", timeline=timeline(TEXT, name="for {{who}}"), variables=variables)
    return "t"


def texts(script):
    return [(one.text, one.end / 1e6) for _, one in script.segments()]


def test_a_draft_is_made_with_values_of_their_own_type(call, template, script):
    made = call("create_from_template", template_id=template, draft_id="d1", values={"who": "Anna", "seconds": 2})
    assert (made["draft_id"], made["created"], made["failed"]) == ("d1", 1, 0)
    assert texts(script()) == [("Hi Anna, 2 s ", 2)]
    assert script().name == "for Anna"
    call("create_from_template", template_id=template, draft_id="d2", name="mine", values={"who": "B", "end": "!"})
    assert (texts(script("d2")), script("d2").name) == ([("Hi B, 3 s !", 3)], "mine")


def test_every_value_that_does_not_fit_is_named(call, template, services):
    with pytest.raises(RefusedStepsError) as error:
        call("create_from_template", template_id=template, draft_id="d1", values={"seconds": "long", "what": 1})
    assert error.value.status == 400
    assert {one["field"] for one in error.value.fields} == {"values.who", "values.seconds", "values.what"}
    assert "d1" not in services.drafts


def test_what_the_timeline_cannot_have_is_named_by_its_place(call, template):
    with pytest.raises(RefusedStepsError) as error:
        call("create_from_template", template_id=template, values={"who": "A", "seconds": 0})
    assert [one["field"] for one in error.value.fields] == ["timeline.tracks.0.segments.0.length"]


def test_each_row_is_made_or_reported(call, template, services, script):
    rows = [
        {"draft_id": "r0", "values": {"who": "A"}},
        {"values": {}},
        {"draft_id": "r2", "name": "third", "values": {"who": "C", "seconds": 1}},
        {"draft_id": "r0", "values": {"who": "again"}},
    ]
    made = call("create_from_template", template_id=template, rows=rows)
    assert [(one["row"], one["success"], one["draft_id"]) for one in made["results"]] == [
        *((0, True, "r0"), (1, False, ""), (2, True, "r2"), (3, False, ""))
    ]
    assert (made["created"], made["failed"], made["draft_id"]) == (2, 2, "r0")
    assert made["results"][1]["fields"][0]["field"] == "rows.1.values.who"
    assert made["results"][3]["code"] == "draft_exists"
    assert made["results"][3]["fields"][0]["field"] == "rows.3.draft_id"
    assert made["warnings"] == ["2 of 4 rows have no draft; results say why"]
    assert (texts(script("r0")), script("r2").name) == ([("Hi A, 3 s ", 3)], "third")


def test_rows_that_all_fail_are_a_failure(call, template):
    with pytest.raises(RefusedStepsError) as error:
        call("create_from_template", template_id=template, rows=[{}, {"values": {"who": []}}])
    assert [one["field"] for one in error.value.fields] == ["rows.0.values.who", "rows.1.values.who"]


def test_rows_and_values_are_not_both_given(call, template):
    with pytest.raises(InvalidRequestError, match="values"):
        call("create_from_template", template_id=template, values={"who": "A"}, rows=[{"values": {"who": "B"}}])


def test_a_named_call_makes_each_draft_once(services, template):
    named = replace(services, call_key="k" * 64)
    body = {"template_id": template, "rows": [{"values": {"who": "A"}}, {"values": {"who": "B"}}]}
    first, again = (OPERATIONS["create_from_template"](body, named) for _ in range(2))
    ids = [[one.draft_id for one in made.results] for made in (first, again)]
    assert ids[0] == ids[1] and len(set(ids[0])) == 2


def test_what_is_none_of_the_variables_is_refused_by_name_and_place(call, services):
    with pytest.raises(InvalidRequestError) as error:
        call("save_template", template_id="t", timeline=timeline(TEXT), variables={"who": {}, "seconds": {}})
    assert [one["field"] for one in error.value.fields] == ["timeline.tracks.0.segments.0.parameters.text"]
    assert "{{end}}" in str(error.value)
    with pytest.raises(NotFoundError):
        call("get_template", template_id="t")


@pytest.mark.parametrize(
    ("variable", "good", "bad"),
    [
        ({"type": "text"}, "a", ["b"]),
        ({"type": "number"}, "3.5", "x"),
        ({"type": "boolean"}, "true", "maybe"),
        ({"type": "color"}, "#fff", "blue"),
        ({"type": "url"}, "https://a.b/c.mp4", "no url"),
        ({"type": "url"}, "asset://samples/clip.mp4", "https://a.b/{{x}}"),
    ],
)
def test_values_are_of_the_type_that_is_declared(call, variable, good, bad):
    body = {"timeline": timeline(TEXT | {"length": 1, "parameters": {"text": "<{{x}}>"}})}
    call("save_template", template_id="t", **body, variables={"x": variable})
    assert call("create_from_template", template_id="t", values={"x": good}, dry_run=True)["created"] == 1
    with pytest.raises(RefusedStepsError, match=r"values\.x"):
        call("create_from_template", template_id="t", values={"x": bad})
    with pytest.raises(InvalidRequestError, match=r"variables\.x\.default"):
        call("save_template", **body, variables={"x": variable | {"default": bad}})


def test_json_of_any_kind_can_be_a_value(call, script):
    text = {"operation": "add_text", "parameters": {"text": "abc", "keywords": "{{marked}}"}, "length": 1}
    call("save_template", template_id="t", timeline=timeline(text), variables={"marked": {"type": "json"}})
    call("create_from_template", template_id="t", draft_id="d1", values={"marked": ["b"]})
    ((_, segment),) = script().segments()
    assert [(run.start, run.end) for run in segment.runs] == [(1, 2)]


def test_templates_are_kept_found_replaced_and_deleted(call, template):
    with pytest.raises(ConflictError, match="replace"):
        call("save_template", template_id=template, timeline=timeline())
    found = call("get_template", template_id=template)
    assert (found["name"], found["values_schema"]["required"]) == ("One", ["who"])
    assert found["timeline"]["name"] == "for {{who}}"
    assert found["variables"]["seconds"] == {
        **{"type": "number", "required": None, "default": 3, "description": ""},
    }
    call("save_template", template_id=template, name="Two", timeline=timeline(), replace=True)
    call("save_template", name="Another", timeline=timeline())
    listed = call("list_templates")
    assert ([one["name"] for one in listed["templates"]], listed["total"]) == (["Another", "Two"], 2)
    assert [one["template_id"] for one in call("list_templates", search="tw")["templates"]] == [template]
    assert call("list_templates", limit=1, offset=1)["templates"][0]["name"] == "Two"
    call("delete_template", template_id=template)
    with pytest.raises(NotFoundError):
        call("delete_template", template_id=template)


def test_what_stands_nowhere_and_defaults_that_do_not_work_are_warned_of(call):
    saved = call("save_template", timeline=timeline(), variables={"x": {}})
    assert saved["required"] == ["x"]
    assert saved["warnings"] == ["variables.x: stands nowhere in the timeline"]
    broken = TEXT | {"parameters": {"text": "{{x}}", "font": "no"}, "length": 1}
    saved = call("save_template", timeline=timeline(broken), variables={"x": {"default": "a"}})
    assert "tracks.0.segments.0.parameters.font" in saved["warnings"][0]


@pytest.mark.parametrize("name", ["", " a", "a}", "{a", "x" * 101, "a\n"])
def test_names_of_variables_have_no_braces(call, name):
    with pytest.raises(InvalidRequestError, match="variables"):
        call("save_template", timeline=timeline(), variables={name: {}})


@pytest.mark.parametrize("name", ["标题", "first name", "1a", "é", "x" * 100, "a.b-c"])
def test_whatever_stands_in_braces_is_a_variable(call, name, script):
    body = timeline({"operation": "add_text", "parameters": {"text": f"<{{{{ {name} }}}}>"}})
    with pytest.raises(InvalidRequestError, match="declare"):
        call("save_template", timeline=body)
    call("save_template", template_id="t", timeline=body, variables={name: {}})
    call("create_from_template", template_id="t", draft_id="d1", values={name: 5})
    assert texts(script())[0][0] == "<5>"


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"traks": []}, "timeline.traks"),
        ({"tracks": [{"name": "a"}]}, "timeline.tracks.0.track_name"),
        ({"tracks": [{"track_name": "a", "segments": [{"type": "text"}]}]}, "timeline.tracks.0.segments.0.type"),
        ({"tracks": [], "draft_id": "d1"}, "timeline.draft_id"),
        ({"tracks": [], "dry_run": True}, "timeline.dry_run"),
        ({"tracks": [], "{{who}}": 1}, "timeline.{{who}}"),
    ],
)
def test_what_no_values_can_mend_is_refused_at_once(call, body, place):
    with pytest.raises(InvalidRequestError) as error:
        call("save_template", timeline=body, variables={"who": {}})
    assert place in {one["field"] for one in error.value.fields}


def test_they_are_resources(client):
    saved = client.post("/v1/templates", json=EXAMPLE)
    assert saved.json["output"]["template_id"] == "greeting"
    assert client.get("/v1/templates/greeting").json["output"]["name"] == "Greeting"
    assert client.get("/v1/templates").json["output"]["total"] == 1
    made = client.post("/v1/templates/greeting/drafts", json={"values": {"who": "world"}})
    assert made.json["output"]["draft_url"] == made.json["output"]["results"][0]["draft_url"]
    assert made.json["output"]["draft_url"].startswith("http")
    assert client.delete("/v1/templates/greeting").status_code == 200
    assert client.get("/v1/templates/greeting").status_code == 404


def test_a_template_outlives_the_service(tmp_path):
    from capcut_server import create_app
    from settings import Settings

    for number in range(2):
        app = create_app(Settings(data_dir=tmp_path))
        client = app.test_client()
        if not number:
            client.post("/v1/templates", json=EXAMPLE)
        assert client.get("/v1/templates/greeting").status_code == 200
        app.extensions["services"].close()
