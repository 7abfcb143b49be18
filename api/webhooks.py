"""The calls about webhooks: addresses that are notified of what happens."""

from datetime import timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import Field

from api.access import Caller, needs
from api.bodies import IF_JSON, a_body, described_by
from api.keys import RotationOverlap
from api.parameters import GIVEN, USUAL_LIMIT, Cursor, Limit
from api.problems import refusals
from scheduler.access.keys import May
from scheduler.notify.webhooks import DeliveryView, NewWebhook, Webhooks, WebhookView, WebhookWish
from scheduler.storage.pagination import Page, cut_after

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])

EXAMPLE = {"url": "https://example.org/rota", "types": ["rota.published"]}


class WebhookPage(Page):
    """A page of webhooks, the oldest first."""

    items: tuple[WebhookView, ...] = Field(description="The webhooks of this page.")


class DeliveryPage(Page):
    """A page of a webhook's messages, the newest first."""

    items: tuple[DeliveryView, ...] = Field(description="The messages of this page.")


def _webhooks(request: Request, caller: Caller) -> Webhooks:
    service = request.app.state.service
    return Webhooks(service.engine, caller.tenant, service.outgoing)


TheWebhooks = Annotated[Webhooks, Depends(_webhooks)]
WebhookId = Annotated[
    str, Path(pattern=GIVEN, description="The id that `create_webhook` answered with.")
]

NO_WEBHOOK = "There is no such webhook."
BODY_REFUSALS = {
    **IF_JSON,
    "_422": "The body cannot be understood, or the address must not be called.",
}


@router.post(
    "",
    status_code=201,
    summary="Create a webhook",
    responses=refusals(_409="The limit of webhooks is reached.", **BODY_REFUSALS),
    openapi_extra=described_by(WebhookWish, EXAMPLE),
)
@needs(May.KEYS, whole=True)
def create_webhook(
    wish: Annotated[WebhookWish, Depends(a_body(WebhookWish))],
    caller: Caller,
    webhooks: TheWebhooks,
) -> NewWebhook:
    """Messages follow Standard Webhooks 1.0.0: signed, sent at least once, and holding ids only.
    Fetch the rest by the API."""
    return webhooks.new(wish, caller.key)


@router.get("", summary="List webhooks")
@needs(May.KEYS, whole=True)
def list_webhooks(
    webhooks: TheWebhooks, cursor: Cursor = None, limit: Limit = USUAL_LIMIT
) -> WebhookPage:
    """The oldest first, without their secrets."""
    found, more = cut_after(webhooks.list(), lambda webhook: webhook.id, cursor, limit)
    return WebhookPage(items=found, next=more)


@router.get("/{webhook_id}", summary="Get a webhook", responses=refusals(_404=NO_WEBHOOK))
@needs(May.KEYS, whole=True)
def get_webhook(webhook_id: WebhookId, webhooks: TheWebhooks) -> WebhookView:
    """Without its secret."""
    return webhooks.get(webhook_id)


@router.put(
    "/{webhook_id}",
    summary="Change a webhook",
    responses=refusals(_404=NO_WEBHOOK, **BODY_REFUSALS),
    openapi_extra=described_by(WebhookWish, EXAMPLE),
)
@needs(May.KEYS, whole=True)
def update_webhook(
    webhook_id: WebhookId,
    wish: Annotated[WebhookWish, Depends(a_body(WebhookWish))],
    caller: Caller,
    webhooks: TheWebhooks,
) -> WebhookView:
    """Its address, the types of message it receives, and whether it is active."""
    return webhooks.change(webhook_id, wish, caller.key)


@router.delete(
    "/{webhook_id}",
    status_code=204,
    summary="Delete a webhook",
    responses=refusals(_404=NO_WEBHOOK),
)
@needs(May.KEYS, whole=True)
def delete_webhook(webhook_id: WebhookId, caller: Caller, webhooks: TheWebhooks) -> Response:
    """It receives nothing more, and its past messages are forgotten."""
    webhooks.remove(webhook_id, caller.key)
    return Response(status_code=204)


@router.post(
    "/{webhook_id}/rotate",
    status_code=201,
    summary="Replace the secret of a webhook",
    responses=refusals(_404=NO_WEBHOOK, **BODY_REFUSALS),
    openapi_extra=described_by(RotationOverlap, {"hours": 24}),
)
@needs(May.KEYS, whole=True)
def rotate_webhook_secret(
    webhook_id: WebhookId,
    overlap: Annotated[RotationOverlap, Depends(a_body(RotationOverlap))],
    caller: Caller,
    webhooks: TheWebhooks,
) -> NewWebhook:
    """For some hours messages are signed with the old secret as well."""
    return webhooks.rotate(webhook_id, timedelta(hours=overlap.hours), caller.key)


@router.post(
    "/{webhook_id}/test",
    status_code=202,
    summary="Test a webhook",
    responses=refusals(_404="There is no such webhook that is active."),
)
@needs(May.KEYS, whole=True)
def test_webhook(webhook_id: WebhookId, webhooks: TheWebhooks) -> DeliveryView:
    """Sends the message `webhook.test`. The list of its messages shows whether it arrived."""
    return webhooks.test(webhook_id)


@router.get(
    "/{webhook_id}/deliveries",
    summary="List the messages of a webhook",
    responses=refusals(_404=NO_WEBHOOK),
)
@needs(May.KEYS, whole=True)
def list_webhook_deliveries(
    webhook_id: WebhookId,
    webhooks: TheWebhooks,
    state: Annotated[
        Literal["pending", "delivered", "dead"] | None,
        Query(description="Only messages in this state."),
    ] = None,
    cursor: Cursor = None,
    limit: Limit = USUAL_LIMIT,
) -> DeliveryPage:
    """The newest first, at most a thousand. A message that was given up is `dead`."""
    found, more = cut_after(
        webhooks.deliveries(webhook_id, state), lambda sent: sent.message, cursor, limit
    )
    return DeliveryPage(items=found, next=more)


@router.post(
    "/{webhook_id}/deliveries/{message_id}/replay",
    status_code=202,
    summary="Send a message again",
    responses=refusals(_404="There is no such message of this webhook."),
)
@needs(May.KEYS, whole=True)
def replay_webhook_delivery(
    webhook_id: WebhookId,
    message_id: Annotated[
        str, Path(pattern=GIVEN, description="The message, by its header `webhook-id`.")
    ],
    caller: Caller,
    webhooks: TheWebhooks,
) -> DeliveryView:
    """Whether it was delivered or given up. It keeps its id, so that a receiver can tell that it
    has it already."""
    return webhooks.replay(webhook_id, message_id, caller.key)
