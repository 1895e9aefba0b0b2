"""Feeds: polling them, parsing RSS, Atom and JSON Feed, and what an operator does with a feed."""
