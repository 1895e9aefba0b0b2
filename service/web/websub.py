"""The callbacks of WebSub hubs: they verify what we asked for, and send what is new.

The specification wants the verification by GET, so these GETs write; only the hub that we asked
knows the address.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import PlainTextResponse, Response

from service.articles.websub import callback
from service.articles.websub.callback import PushResult
from service.web.deps import Now, Transaction

router = APIRouter()

MAX_CHALLENGE_LENGTH = 2_000
_STATUS = {
    PushResult.TAKEN: 202,
    # The hub need not know that it was not believed (WebSub, 8).
    PushResult.IGNORED: 202,
    PushResult.GONE: 410,
    PushResult.UNKNOWN: 404,
}


async def _raw_body(request: Request) -> bytes:
    return await request.body()


@router.get("/websub/{token}")
def verify_intent(request: Request, token: str, session: Transaction, now: Now) -> Response:
    """Echo the challenge if we asked for what the hub verifies; anything else is not found."""
    asked = request.query_params
    is_ours = callback.verify_intent(
        session,
        token,
        mode=asked.get("hub.mode", ""),
        topic=asked.get("hub.topic", ""),
        lease_seconds=asked.get("hub.lease_seconds", ""),
        now=now,
    )
    if not is_ours:
        return PlainTextResponse("Nothing of this kind was asked for.", status_code=404)
    return PlainTextResponse(asked.get("hub.challenge", "")[:MAX_CHALLENGE_LENGTH])


@router.post("/websub/{token}")
def receive_push(
    request: Request,
    token: str,
    body: Annotated[bytes, Depends(_raw_body)],
    session: Transaction,
    now: Now,
) -> Response:
    """Take what a hub sends about a feed; its job parses it."""
    signature = request.headers.get("x-hub-signature", "")
    result = callback.receive_push(session, token, body, signature=signature, now=now)
    return Response(status_code=_STATUS[result])
