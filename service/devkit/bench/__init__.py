"""How fast Crieur sends, measured against what others do with the same messages on the same sink.

- `sink`: a relay that takes everything and counts it, in a process of its own
- `load_generator`, `sink_capacity`: how much that sink can take, so that it is not what is measured
- `baseline`: a mail per reader with `aiosmtplib.sendmail`; `postfix`: the same with smtp-source
- `dataset`, `sample_edition`: readers by the hundred thousand, and an edition of the size asked for
- `alert`: from an event to the relay's replies, for a thousand readers
- `choices`: an edition whose readers have chosen in many ways; `enrolment`: only the audience
- `stack`: servers and daemons as an installation has them
- `tool_process`, `usage`: the tools' processes, and what processes cost
- `suite`: everything that `make bench` measures; `keys`: a signing key for it
- `measure`: alternating runs; `report`: medians, ratios, whether the ledgers balance
"""
