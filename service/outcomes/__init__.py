"""What came back: bounces, complaints, unsubscribe mail and automatic replies.

`process_reports` stores a report once, parses it (`parsing/`) and matches it to a delivery by its
signed return path; `effects` acts on what it found, with `soft_bounces` for repeated soft ones.
`classify_refusals` does the same for what relays refused in the SMTP session. Where a whole
mailbox provider seems to know no reader, `suppression_reviews` waits for an operator.
"""
