"""Batches and their leases: who may send what, for how long, and what became of it."""
