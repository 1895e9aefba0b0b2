"""SQL about an edition as a whole: its status, its end, its refusals."""
