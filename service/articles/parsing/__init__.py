"""What the parsers of feeds, pages and clippings share: bylines, dates, images, plain text."""
