"""How fast each mailbox provider is sent to: limits, back-offs, warm-up; counted in Redis."""
