"""What we publish: newsletters, their sections, senders and schedules."""
