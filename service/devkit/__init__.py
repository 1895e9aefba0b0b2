"""What a developer's machine needs and production does not.

- `embedded`: PostgreSQL and Valkey of our own, started from wheels
- `processes`: the supervisor behind `crieur up` and `crieur demo`
- `inbox`: an SMTP sink with pages that show what a reader would see
- `publisher`: a fictional news site that keeps publishing
"""
