"""What mail servers answer, and whose fault a refusal is.

Knows no newsletter noun and does no I/O: the delivery room asks while it sends, the outcomes room
when a bounce comes back, and both get the same classification.
"""
