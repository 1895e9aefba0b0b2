"""Operators' accounts: passwords, sessions, one-time links, roles, API keys, audit trail."""
