"""Reads a returned message into findings: pure, bounded in time and memory, never fails.

`report_parser` is the entrance. `mime` takes the message apart; `dsn` (RFC 3464), `arf`
(RFC 5965), `sns` (Amazon SES), `autoreply` (RFC 3834) and `prose` each know one form of report.
"""
