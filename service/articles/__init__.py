"""Feeds and articles: how articles come in, when two are the same, and where they are placed.

Three packages parse what comes in: `feeds` (RSS, Atom, JSON Feed), `html_page` (an article's web
page) and `plain_text` (a clipping: the text of a page, as a person copied it). `parsing` holds what
they share. All of them return `ParsedArticle`; `ingest` stores it.
"""
