"""Editions: planning, selecting articles, freezing, revising, and what operators decide."""
