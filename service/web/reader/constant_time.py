"""An answer that comes at an even time, whatever there was to do for it.

A sign-up's page says the same of every address. But a suppressed one costs a look, and a new one
some rows and a mail that is queued: three times as long, which a stranger with a watch could tell.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends

RESPONSE_SECONDS = 0.2


async def delay_response() -> AsyncIterator[None]:
    """Keep the answer back for a while; it holds no thread, no place and no transaction."""
    loop = asyncio.get_running_loop()
    due = loop.time() + RESPONSE_SECONDS
    yield
    await asyncio.sleep(due - loop.time())


# Named before the transaction in a signature, it ends after it.
ConstantTime = Annotated[None, Depends(delay_response, scope="function")]
