"""What runs on one machine: servers of our own, a supervisor, and a developer's tools.

- `embedded`: PostgreSQL and Valkey of our own, started from wheels
- `processes`: the supervisor behind `crieur up`, `crieur worker` and `crieur demo`

The sub-packages are for a developer's checkout. The wheel leaves them out, and `crieur demo` and
`crieur bench` with them:

- `demo`: the story that `crieur demo` shows
- `bench`: what `crieur bench` measures
- `inbox`: an SMTP sink with pages that show what a reader would see
- `publisher`: a fictional news site that keeps publishing
"""
