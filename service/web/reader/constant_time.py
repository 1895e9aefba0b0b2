"""Delays a response so that its timing reveals nothing.

The sign-up page says the same for every address. But a suppressed address costs one query, and a
new one several writes: three times as long, which would reveal whether an address is known.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends

RESPONSE_SECONDS = 0.2


async def delay_response() -> AsyncIterator[None]:
    """Send the response no earlier than RESPONSE_SECONDS; holds no thread and no transaction."""
    loop = asyncio.get_running_loop()
    due = loop.time() + RESPONSE_SECONDS
    yield
    await asyncio.sleep(due - loop.time())


# Named before the transaction in a signature, it ends after it.
ConstantTime = Annotated[None, Depends(delay_response, scope="function")]
