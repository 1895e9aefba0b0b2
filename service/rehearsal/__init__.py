"""The coming days, played through with the news of the past; nothing is stored or sent."""
