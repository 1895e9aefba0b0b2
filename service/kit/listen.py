"""Opens the sockets that daemons listen on, and says where, or why one cannot be opened."""

import re
import socket

from service.kit.errors import Misconfigured

BACKLOG = 2048
_PORT = re.compile(r"[0-9]{1,5}")
_LAST_PORT = 65535
# Hosts behind which a browser on this machine finds us as localhost.
_HERE = {"0.0.0.0", "::", "127.0.0.1", "localhost"}  # noqa: S104  Nothing is bound here.

_HTTP_PORT = 80


def open_sockets(listen: str, *, setting: str) -> list[socket.socket]:
    """Return sockets that are bound to `host:port`, one for each address the host has.

    Raises:
        Misconfigured: the port is taken, the address is not this machine's or none at all; the
            sentence names `setting`.
    """
    host, port = parse_host_port(listen, setting=setting)
    sockets: list[socket.socket] = []
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, address in dict.fromkeys((each[0], each[4]) for each in found):
            sockets.append(socket.create_server(address[:2], family=family, backlog=BACKLOG))
    except OSError as error:
        for opened in sockets:
            opened.close()
        reason = (error.strerror or str(error)).partition(" (")[0].rstrip(".")
        raise Misconfigured(
            f"Cannot listen on {listen}: {reason}. End what holds it, or set {setting}."
        ) from None
    return sockets


def parse_host_port(listen: str, *, setting: str) -> tuple[str, int]:
    """Return host and port of `host:port`; raise Misconfigured, which names `setting`."""
    host, _, port = listen.rpartition(":")
    if not host or not _PORT.fullmatch(port) or int(port) > _LAST_PORT:
        raise Misconfigured(f"{setting} must be host:port such as 127.0.0.1:8080.")
    return host.strip("[]"), int(port)


def url_of(listen: str) -> str:
    """Return the address at which a browser on this machine reaches `host:port`."""
    host, _, port = listen.rpartition(":")
    host = host.strip("[]")
    if host in _HERE:
        host = "localhost"
    elif ":" in host:
        host = f"[{host}]"
    return f"http://{host}" + (f":{port}" if int(port) != _HTTP_PORT else "")
