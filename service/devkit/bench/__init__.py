"""How fast Crieur sends, measured against what others do with the same messages on the same sink.

- `sink`: a relay that takes everything and counts it, in a process of its own
- `load_generator`: how much that sink can take, so that the sink itself is not measured
- `baseline`: a mail per reader with `aiosmtplib.sendmail`; `postfix`: the same with smtp-source
- `audience`, `issue`: readers by the hundred thousand, and an edition of the size asked for
- `choices`: an edition whose readers have chosen in many ways; `enrolment`: only the audience
- `stack`: servers and daemons as an installation has them
- `children`, `usage`: the tools' processes, and what processes cost
- `measure`: alternating runs; `figures`: medians, ratios, the verdict on the books
"""
