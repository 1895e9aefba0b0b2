"""How a console page answers a signed-in operator: templates, redirects, audit trail."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from service.accounts import audit, operators
from service.accounts.roles import Permission, is_allowed
from service.accounts.sessions import SignedInOperator
from service.boot import Runtime
from service.delivery.guard import sending_guard
from service.delivery.reasons import OWN_REASONS, DeliveryReason, describe_reply
from service.kit.db import Session
from service.kit.errors import CrieurError
from service.kit.languages import CONSOLE_LANGUAGES
from service.kit.translatable import TranslatableMessage, translate
from service.kit.translations import Translator
from service.newsletters.recurrence import split_month_day
from service.reports.dashboard import LEDGER_ORDER
from service.web import pages
from service.web.console import charts, formatters
from service.web.console.flash import Tone, delete_flash, read_flash, set_flash
from service.web.console.form_values import FormValues


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleRequest:
    """A signed-in operator's request, with its transaction."""

    request: Request
    running: Runtime
    session: Session
    now: datetime
    me: SignedInOperator

    @property
    def t(self) -> Translator:
        """Return the translator of the operator's language."""
        return pages.translator_for(self.me.locale)

    def plural(self, key: str, count: float, **values: object) -> str:
        """Translate a message about `count` things, a number or a rate, in its plural form."""
        fmt = formatters.ConsoleFormatter(self.me.locale, self.now)
        return self.t(key, count=fmt.rounded(count), **values)

    def page(self, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        """Render a page of the console.

        The response to a form has its own message: a flash that another tab has set is left for the
        page that it is meant for.
        """
        is_answer = self.request.method == "POST"
        response = self.fragment(
            template,
            status=status,
            flash=None if is_answer else read_flash(self.request),
            away=self._away(),
            **values,
        )
        return response if is_answer else delete_flash(self.request, response)

    def fragment(self, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
        """Render a part of a page; the flash message stays for the next page."""
        return pages.render(
            self.request,
            f"console/{template}.html.j2",
            status=status,
            locale=self.me.locale,
            me=self.me,
            can=lambda what: is_allowed(self.me.role, Permission(what)),
            now=self.now,
            fmt=formatters.ConsoleFormatter(self.me.locale, self.now),
            segments=charts.bar_segments,
            split_month_day=split_month_day,
            length=charts.bar_length,
            columns=charts.chart_columns,
            ledger_order=LEDGER_ORDER,
            reason=lambda key: _reason(self.t, key, self.me.locale),
            described=describe_reply,
            fact_text=lambda key, value: _fact(self.t, key, value),
            source=lambda key: _worded(self.t, "console.source", key),
            words=lambda message: _words(self.t, message, self.me.locale),
            plural=self.plural,
            most_today=self._most_today,
            me_zone=self.running.settings.publication_time_zone,
            headers=None,
            **values,
        )

    def _most_today(self, sender_address: str) -> int | None:
        """Return how many messages a provider gets today from a new sender; None: no limit."""
        domain = sender_address.rpartition("@")[2].lower()
        return self.running.throttle.limit_of_day(domain, self.now.date())

    def _away(self) -> str | None:
        """Return the database's status if no message may leave it, None otherwise."""
        if sending_guard.is_sending_allowed(self.session):
            return None
        return sending_guard.sending_status(self.session).value

    def redirect(
        self, address: str, key: str, *, tone: Tone = "good", **values: object
    ) -> Response:
        """Redirect after a POST, and show a message on the next page."""
        response = RedirectResponse(address, status_code=303)
        return set_flash(response, self.t(key, **values), tone=tone)

    def redirect_refused(self, address: str, refused: CrieurError) -> Response:
        """Redirect after a POST that a room has refused, and show why on the next page."""
        response = RedirectResponse(address, status_code=303)
        return set_flash(response, translate(refused.message, self.me.locale), tone="bad")

    def in_chosen_language(self, typed: FormValues) -> "ConsoleRequest":
        """Switch the language when a form was sent by its language switch.

        What was typed is then shown again in that language, also without JavaScript.
        """
        locale = typed.text("speak")
        if locale not in CONSOLE_LANGUAGES:
            return self
        operators.set_locale(self.session, self.me.operator_id, locale)
        self.record("operator.language_chosen", locale=locale)
        return replace(self, me=replace(self.me, locale=locale))

    def record(self, event: str, **facts: object) -> None:
        """Record an action of this operator in the audit trail."""
        audit.record(self.session, self.me.operator_id, event, facts, now=self.now)


def _words(t: Translator, message: TranslatableMessage, language: str) -> str:
    """Return a message in words; the classifier's reason in it is a code."""
    if message.key.startswith("suppression.") and "reason" in message.params:
        reason = _reason(t, str(message.params["reason"]), language)
        message = replace(message, params={**message.params, "reason": reason})
    return translate(message, language)


def _reason(t: Translator, key: str, language: str) -> str:
    """Return a reason in words: by its key, or a message that a room has stored."""
    if key in OWN_REASONS:
        return translate(DeliveryReason(key).message, language)
    return _worded(t, "console.reason", key)


def _fact(t: Translator, key: str, value: object) -> str:
    """Return a fact of the journal in words, or its key if it has none."""
    try:
        return t(f"console.fact.{key}", value=value)
    except KeyError:
        return f"{key}: {value}"


def _worded(t: Translator, table: str, key: str) -> str:
    """Return the words for a key, or the key if it has none."""
    try:
        return t(f"{table}.{key}")
    except KeyError:
        return key
