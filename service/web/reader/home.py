"""The publication's newsletters."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from service.newsletters import catalogue
from service.web import pages
from service.web.deps import Transaction

router = APIRouter()


@router.get("/")
def show_home(request: Request, session: Transaction) -> Response:
    """List the newsletters, each with the way to its form."""
    return pages.render(
        request, "reader/home.html.j2", newsletters=catalogue.list_newsletters(session)
    )
