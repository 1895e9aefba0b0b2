"""The web application: routers, middleware, error handlers."""

from functools import partial

from fastapi import FastAPI
from starlette.responses import RedirectResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from service import metrics
from service.boot import Runtime
from service.kit.metrics import activate
from service.web import errors, health, pages, websub
from service.web.admission import AdmissionControl
from service.web.api import article_alerts, corrections, docs, editions, rehearsal, subject_tests
from service.web.api import articles as article_events
from service.web.api import stop_press as edition_stop_press
from service.web.api.openapi import build_openapi
from service.web.console import interrupted_form
from service.web.console import routes as console
from service.web.console.live import LiveUpdates
from service.web.reader import routes as reader
from service.web.request_body import BodyLimits, RequestBodyMiddleware
from service.web.security import CsrfMiddleware, HeadRequestMiddleware, SecurityHeadersMiddleware


def make_app(runtime: Runtime, *, body_limits: BodyLimits | None = None) -> FastAPI:
    """Return the ASGI application of one process."""
    settings = runtime.settings
    activate(metrics.OF_WEB)
    app = FastAPI(
        title="Crieur",
        description="Newsletter delivery for news publishers.",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.runtime = runtime
    app.state.admission = AdmissionControl()
    app.state.hub = LiveUpdates(runtime)
    app.state.probes = health.make_probes(runtime)
    app.state.publication = settings.publication_name
    app.state.language = settings.publication_language
    errors.register_error_handlers(app)
    app.add_exception_handler(
        interrupted_form.SessionExpired, interrupted_form.ask_to_sign_in_again
    )
    # The last one added is the first to see a request.
    app.add_middleware(RequestBodyMiddleware, limits=body_limits)
    app.add_middleware(CsrfMiddleware, origin=settings.public_url)
    app.add_middleware(HeadRequestMiddleware)
    app.add_middleware(errors.RequestContextMiddleware)
    app.add_middleware(SecurityHeadersMiddleware, https=settings.public_url.startswith("https://"))
    app.include_router(article_events.router)
    # Before the acts on an edition, whose address is of the same form.
    app.include_router(edition_stop_press.router)
    app.include_router(corrections.router)
    app.include_router(subject_tests.router)
    app.include_router(article_alerts.router)
    app.include_router(editions.router)
    app.include_router(rehearsal.router)
    # Pages for people are not part of the API's description.
    for router in (health.router, reader.router, websub.router, console.router, docs.router):
        app.include_router(router, include_in_schema=False)
    app.openapi = partial(build_openapi, app, article_events.BODIES)  # type: ignore[method-assign]  # As FastAPI's manual says.
    app.add_api_route("/favicon.ico", _icon, include_in_schema=False)
    app.mount("/static", CachedStaticFiles(directory=pages.STATIC), name="static")
    return app


def _icon() -> Response:
    """Redirect browsers that request /favicon.ico by default, as on web versions and feeds."""
    return RedirectResponse(pages.static_url("icon.svg"), status_code=301)


class CachedStaticFiles(StaticFiles):
    """Static files; an address with a content hash may be cached forever."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Add the Cache-Control header."""
        response = await super().get_response(path, scope)
        is_hashed = scope.get("query_string", b"").startswith(b"v=")
        response.headers["cache-control"] = (
            "public, max-age=31536000, immutable" if is_hashed else "public, max-age=300"
        )
        return response
