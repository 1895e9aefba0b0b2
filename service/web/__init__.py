"""HTTP in: readers' pages, the operators' console, the API, health.

`app` puts the parts together, `deps` gives a handler its transaction, `security` stands in front
of every request, `problems` turns errors into pages, `pages` and `wording/` are what people read.
`reader/` has one module a page; its templates have the same names.
"""
