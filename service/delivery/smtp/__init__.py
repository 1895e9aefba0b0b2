"""How a message is handed to a relay: connections, SMTP, replies and retries; no database."""
