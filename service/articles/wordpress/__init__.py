"""Articles from WordPress's REST API, which needs no plug-in on the site."""
