"""The daemon `crieur inbound`: receives returned mail by SMTP and LMTP until it is stopped."""

import asyncio
import signal
import sys

from service import boot, metrics
from service.config import Settings, load_settings
from service.kit.errors import Misconfigured
from service.kit.log import configure_logging, get_logger
from service.outcomes import process_reports
from workers.inbound_handler import InboundContext
from workers.inbound_limits import InboundLimiter
from workers.inbound_smtp import InboundServer

log = get_logger(__name__)


async def serve(runtime: boot.Runtime) -> None:
    """Take returned mail until SIGTERM or SIGINT."""
    settings = runtime.settings
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    processor = process_reports.ReportProcessor(
        keyring=runtime.keyring,
        bounce_domain=settings.bounce_domain,
        provider_of=runtime.pacing_rules.provider_of,
    )
    inbox = InboundServer(
        InboundContext(
            begin=runtime.begin, clock=runtime.clock, processor=processor, limiter=InboundLimiter()
        )
    )
    await inbox.open(settings.inbound_listen)
    if settings.inbound_lmtp_listen:
        await inbox.open(
            settings.inbound_lmtp_listen, channel="lmtp", setting="CRIEUR_INBOUND_LMTP_LISTEN"
        )
    log.info("daemon.started", daemon="inbound", listen=settings.inbound_listen)
    await stop.wait()
    await inbox.close()
    log.info("daemon.stopped", daemon="inbound")


def main() -> int:
    """Run the daemon on configured servers; `crieur inbound` also starts embedded ones."""
    try:
        settings = _configured()
        configure_logging(as_json=settings.log_json, level=settings.log_level)
        exposed = boot.exposing_metrics(settings, metrics.OF_INBOUND)
        with exposed, boot.runtime(settings) as runtime:
            asyncio.run(serve(runtime))
    except Misconfigured as error:
        print(f"crieur: {error}", file=sys.stderr)  # noqa: T201  The sentence is for the terminal.
        return 1
    return 0


def _configured() -> Settings:
    settings = load_settings()
    if settings.is_embedded:
        raise Misconfigured(
            "CRIEUR_DATABASE_URL and CRIEUR_REDIS_URL are not set: set them, "
            "or start this daemon with 'crieur inbound'."
        )
    return settings


if __name__ == "__main__":
    sys.exit(main())
