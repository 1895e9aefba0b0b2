"""What `dramatiq workers.main` loads: the runtime of this process, and its actors."""

import sys

from service.kit.errors import CrieurError
from workers.actors import register_actors
from workers.process import process_runtime

try:
    register_actors(process_runtime())
except CrieurError as error:
    sys.exit(f"crieur: {error}")
