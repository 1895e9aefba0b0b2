"""To whom it went: deliveries, leases, SMTP, the words on the envelope."""
