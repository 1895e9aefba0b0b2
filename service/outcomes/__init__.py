"""What came back: bounces, complaints and automatic answers.

`inbox` reads a raw mail into a report: `mime` takes it apart, `dsn`, `arf`, `sns`, `autoreply` and
`prose` understand one shape each; what a text means is said by `service/replies/classify.py`.
`record` keeps a report once, matches it to a delivery by its signed return path and lets
`effects` act, with `scoring` for the soft bounces. `refusals` reads what relays refused at once.
"""
