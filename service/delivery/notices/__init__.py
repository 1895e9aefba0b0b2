"""Transactional messages: queued by the act that causes them, composed and sent immediately."""
