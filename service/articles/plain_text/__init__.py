"""Plain-text clippings: the text of an article's page that a person copied from a browser."""
