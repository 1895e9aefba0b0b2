"""The sending guard: a copy of the database sends nothing until an operator enables it."""
