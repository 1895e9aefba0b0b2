"""A WebSub hub on a real socket: takes requests, verifies them and sends signed content."""

import hashlib
import hmac
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from tests.fakes.site import Site, answer

Form = dict[str, str]


@dataclass
class Hub:
    """What was asked of it; `status` is its answer, `before_answer` is done before that."""

    site: Site
    status: str = "202 Accepted"
    before_answer: Callable[[Form], object] = lambda _: None
    asked: list[Form] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.site.pages["/hub"] = self.serve

    @property
    def url(self) -> str:
        return f"{self.site.url}/hub"

    def serve(self, connection: socket.socket, request: bytes) -> None:
        head, _, body = request.partition(b"\r\n\r\n")
        size = next(
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length")
        )
        while len(body) < size:
            body += connection.recv(65536)
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        self.asked.append(form)
        self.before_answer(form)
        answer(status=self.status)(connection, request)


def path_of(form: Form) -> str:
    """The path of the callback that a request names."""
    return urlsplit(form["hub.callback"]).path


def verification(form: Form, *, lease: int = 86_400, challenge: str = "défi-1") -> Form:
    """What a hub asks at the callback to verify a request."""
    asked = {"hub.mode": form["hub.mode"], "hub.topic": form["hub.topic"]}
    return {**asked, "hub.challenge": challenge, "hub.lease_seconds": str(lease)}


def signature(body: bytes, secret: str, *, method: str = "sha256") -> dict[str, str]:
    """The header with which a hub signs what it sends."""
    code = hmac.new(secret.encode(), body, getattr(hashlib, method)).hexdigest()
    return {"X-Hub-Signature": f"{method}={code}"}
