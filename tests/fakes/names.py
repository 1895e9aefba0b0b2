"""A small DNS server on 127.0.0.1: real packets over UDP and TCP, records that a test chooses."""

import contextlib
import socket
import struct
import threading
from typing import Self

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.resolver
import dns.rrset

UDP_SIZE = 512
TRIES = 50


class Names:
    """Use as a context manager; `records` maps (name, type) to texts as in a zone file."""

    def __init__(self, records: dict[tuple[str, str], list[str]], *, broken: bool = False) -> None:
        self.records = records
        # Answers SERVFAIL to everything.
        self.broken = broken
        self._udp, self._tcp = _one_port()
        self._threads = [
            threading.Thread(target=serve, daemon=True)
            for serve in (self._serve_udp, self._serve_tcp)
        ]

    @property
    def port(self) -> int:
        return int(self._udp.getsockname()[1])

    def resolver(self) -> dns.resolver.Resolver:
        """Return a resolver that asks this server."""
        made = dns.resolver.Resolver(configure=False)
        made.nameservers = ["127.0.0.1"]
        made.port = self.port
        made.lifetime = 5
        return made

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        # Closing does not wake a thread that waits in the kernel; shutting down does.
        for each in (self._udp, self._tcp):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)
        self._udp.close()
        self._tcp.close()

    def _serve_udp(self) -> None:
        while True:
            try:
                question, sender = self._udp.recvfrom(4096)
            except OSError:
                return
            if not question:
                return
            answer = self._answer(question)
            wire = answer.to_wire()
            if len(wire) > UDP_SIZE:
                answer.answer.clear()
                answer.flags |= dns.flags.TC
                wire = answer.to_wire()
            # At the end of the test somebody may still have asked, and nobody hears it any more.
            with contextlib.suppress(OSError):
                self._udp.sendto(wire, sender)

    def _serve_tcp(self) -> None:
        while True:
            try:
                talk, _ = self._tcp.accept()
            except OSError:
                return
            # Whoever has lost patience by now gets no answer, and the next one does.
            gone = contextlib.suppress(OSError, struct.error)
            with gone, talk, talk.makefile("rb") as stream:
                (size,) = struct.unpack(">H", stream.read(2))
                wire = self._answer(stream.read(size)).to_wire()
                talk.sendall(struct.pack(">H", len(wire)) + wire)

    def _answer(self, wire: bytes) -> dns.message.Message:
        question = dns.message.from_wire(wire)
        answer = dns.message.make_response(question)
        answer.use_edns(False)
        if self.broken:
            answer.set_rcode(dns.rcode.SERVFAIL)
            return answer
        asked = question.question[0]
        kind = dns.rdatatype.to_text(asked.rdtype)
        name = asked.name.to_text(omit_final_dot=True).lower()
        texts = self.records.get((name, kind))
        if texts:
            answer.answer.append(dns.rrset.from_text(asked.name, 60, "IN", kind, *texts))
        elif not any(known == name for known, _ in self.records):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer


def _one_port() -> tuple[socket.socket, socket.socket]:
    """Return a UDP and a TCP socket on one free port.

    The kernel gives a port that is free for UDP; some connection of the tests beside may
    have it for TCP, so another one is asked for then.
    """
    with contextlib.ExitStack() as refused:
        for _ in range(TRIES):
            udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            udp.bind(("127.0.0.1", 0))
            try:
                return udp, socket.create_server(udp.getsockname())
            except OSError:
                # Kept until one is found: the kernel may give a port that was let go again.
                refused.enter_context(udp)
    raise AssertionError(f"{TRIES} ports that are free for UDP are all taken for TCP")
