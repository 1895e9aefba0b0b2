"""Crieur: newsletters for news publishers.

Rooms, in the order of one digest: `newsletters` (what we publish), `articles` (what there is to
say), `audience` (who wants it), `editions` (what goes in which issue), `rendering` (how it
looks), `delivery` (to whom it went), `outcomes` (what came back). `accounts` are the operators,
`reports` reads across rooms, `kit` knows no newsletter noun. `web`, `cli`, `scheduler` and the
top-level package `workers` are the entry points; `boot` wires them.
"""

__version__ = "0.1.0"
