import pytest

from errors import DraftNotFoundError, InvalidRequestError


def test_it_is_the_link_that_edits_answer(call, draft):
    added = call("add_text", draft_id=draft, text="a")
    answer = call("generate_draft_url", draft_id=draft, draft_folder="C:/drafts")
    assert (answer["draft_url"], answer["version"]) == (added["draft_url"], 2)


def test_the_link_downloads_the_draft(client):
    """CapCutAPI's is `?=<id>`, with no name before the id."""
    client.post("/create_draft", json={"draft_id": "d1"})
    output = client.post("/generate_draft_url", json={"draft_id": "d1"}).get_json()["output"]
    assert output["draft_url"] == "http://localhost/draft/downloader?draft_id=d1&is_capcut=1"
    assert client.get(output["draft_url"]).data[:2] == b"PK"


def test_no_draft_has_no_link(call):
    with pytest.raises(DraftNotFoundError):
        call("generate_draft_url", draft_id="nobody")
    with pytest.raises(InvalidRequestError, match="^draft_id: required"):
        call("generate_draft_url")
