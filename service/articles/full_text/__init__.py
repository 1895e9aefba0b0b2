"""Full texts: an article whose feed has only a teaser gets its text from its own page."""
