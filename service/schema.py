"""Every table in one place, for migrations and tests."""

from sqlalchemy import MetaData

from service.accounts import tables as accounts
from service.articles import tables as articles
from service.audience import tables as audience
from service.delivery import tables as delivery
from service.editions import tables as editions
from service.jobs import outbox
from service.kit.db import Base
from service.measurement import tables as measurement
from service.newsletters import tables as newsletters
from service.outcomes import tables as outcomes
from service.rendering import tables as rendering

# Importing a module is what registers its tables; naming them here keeps linters from tidying.
ROOMS = (
    outbox,
    newsletters,
    accounts,
    articles,
    audience,
    editions,
    measurement,
    rendering,
    delivery,
    outcomes,
)


def metadata() -> MetaData:
    """Return the metadata with all tables registered."""
    return Base.metadata
