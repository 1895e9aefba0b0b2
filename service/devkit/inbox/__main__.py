"""`python -m service.devkit.inbox`."""

from service.devkit.inbox.serve import main

main()
