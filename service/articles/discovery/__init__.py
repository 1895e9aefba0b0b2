"""Find what a site offers: feeds, news sitemaps, WordPress's REST API, a WebSub hub."""
