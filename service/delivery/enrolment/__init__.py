"""Turns a frozen edition's audience into delivery rows, each due at its reader's local time."""
