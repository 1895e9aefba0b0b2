"""What sending actors are given: the relays and limits of this installation's settings."""

from service.boot import Runtime
from service.delivery.crew import Crew
from service.delivery.letters import Post
from service.delivery.smtp import Relay
from service.kit.errors import Misconfigured


def crew(runtime: Runtime) -> Crew:
    """Read the relays; raise Misconfigured when there is none, or one that cannot be read."""
    settings = runtime.settings
    if not settings.smtp_url:
        raise Misconfigured(
            "CRIEUR_SMTP_URL is missing: set it to the relay that takes the mail, "
            "such as smtp://user:password@mail.example.org:587?starttls=required."
        )
    return Crew(
        begin=runtime.begin,
        clock=runtime.clock,
        keyring=runtime.keyring,
        relays=[
            Relay.parse(url.get_secret_value(), helo=settings.bounce_domain)
            for url in settings.smtp_url
        ],
        post=Post(public_url=settings.public_url, bounce_domain=settings.bounce_domain),
        connections=settings.smtp_connections,
    )
