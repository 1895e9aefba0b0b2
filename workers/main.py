"""What `dramatiq workers.main` loads: the runtime of this process, and its actors."""

import sys

from service.kit.errors import CrieurError
from workers.actors import register
from workers.process import runtime

try:
    register(runtime())
except CrieurError as error:
    sys.exit(f"crieur: {error}")
