"""test_webhook: does a webhook hear us?"""

import secrets
import time

from pydantic import Field

from fields.answers import Answer
from fields.requests import Request
from fields.tasks import Metadata, WebhookUrl
from services import Services
from util import utc


class TestWebhook(Request):
    """Send a webhook a message of type `test`, signed as the real ones are, and answer what it says."""

    example = {"webhook_url": "https://example.com/hook"}

    webhook_url: WebhookUrl = Field(description="The webhook: an http or https address.")
    metadata: Metadata = {}


class WebhookTested(Answer):
    """What came of it."""

    delivered: bool = Field(description="Whether it answered 2xx.")
    status: int | None = Field(description="What it answered; null: nothing.")
    error: str = Field(description="Why it does not count as told; empty: it does.")
    seconds: float = Field(description="How long it took.")


def test_webhook(req: TestWebhook, services: Services) -> WebhookTested:
    """Send it once, now.

    Raises:
        BusyError: too many calls wait for other servers.
    """
    now = round(time.time() * 1000)
    event = {"type": "test", "timestamp": utc(now), "data": {"metadata": req.metadata}}
    with services.turn():
        attempt = services.webhooks.send(req.webhook_url, f"test_{secrets.token_hex(8)}", event)
    return WebhookTested(
        delivered=not attempt.error, status=attempt.status, error=attempt.error, seconds=attempt.seconds
    )
