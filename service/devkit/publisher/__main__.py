"""`python -m service.devkit.publisher`."""

from service.devkit.publisher.serve import main

main()
