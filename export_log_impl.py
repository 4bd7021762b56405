"""export_log: everything of a draft as one file, to keep or to take elsewhere."""

from typing import Any

import orjson
from pydantic import Field

from draft_cache import now
from fields.answers import Answer, Attachment
from fields.requests import Request
from fields.words import LOG_FORMAT, Identifier
from services import Services
from util import utc


class ExportLog(Request):
    """Get everything of a draft, history included, as one JSON object that import_log makes the same draft of."""

    example = {"draft_id": "first"}

    draft_id: Identifier = Field(description="The draft.")


class ExportedLog(Answer):
    """A draft to keep. Media are not in it, but the addresses they have."""

    log: dict[str, Any] = Field(description="What import_log takes as `log`.")

    def attachment(self) -> Attachment:
        """The file: a request of import_log as it stands."""
        return Attachment(f"{self.log['draft_id']}.json", orjson.dumps({"log": self.log}))


def export_log(req: ExportLog, services: Services) -> ExportedLog:
    """Read the log.

    Raises:
        DraftNotFoundError: there is no such draft.
    """
    _, rows = services.drafts.history(req.draft_id)
    name = services.drafts.entry(req.draft_id).name
    operations = [{"version": row.number, "operation": row.name, "at": row.at, "request": row.asked()} for row in rows]
    about = {"format": LOG_FORMAT, "draft_id": req.draft_id, "name": name, "exported_at": utc(now())}
    return ExportedLog(log={**about, "operations": operations})
