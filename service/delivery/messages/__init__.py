"""What a reader gets: headers, personal copies, DKIM signatures, return paths."""
