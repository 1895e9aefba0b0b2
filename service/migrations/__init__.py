"""The schema's history, and the verb that brings a database up to date."""
