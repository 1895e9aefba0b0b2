"""What there is to say: feeds, articles, and how they come in."""
