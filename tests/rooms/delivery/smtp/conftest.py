"""The protocol of one connection, on a pair of real sockets."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import pytest

from service.delivery.smtp.protocol import SmtpProtocol

Connected = tuple[SmtpProtocol, asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture
async def connected() -> AsyncIterator[Connected]:
    """Return the protocol, and both directions of the server's side."""
    ours, theirs = socket.socketpair()
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_connection(asyncio.Protocol, sock=ours)
    protocol = SmtpProtocol(transport, shortest=0.01)
    reader, writer = await asyncio.open_connection(sock=theirs)
    yield protocol, reader, writer
    if not protocol.ended.done():
        protocol.cut()
    writer.transport.abort()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()
    await protocol.ended


def receive(protocol: SmtpProtocol, data: bytes) -> None:
    """Pass bytes on as the transport does, so that a test decides where they are cut."""
    buffer = protocol.get_buffer(-1)
    for begin in range(0, len(data), len(buffer)):
        piece = data[begin : begin + len(buffer)]
        buffer[: len(piece)] = piece
        protocol.buffer_updated(len(piece))
