"""An article's web page: its metadata, its text, and which pages are no articles."""
