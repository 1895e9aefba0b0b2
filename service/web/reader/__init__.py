"""Readers' pages: sign up, confirm, choose, leave, read. One module a page."""
