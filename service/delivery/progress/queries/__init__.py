"""SQL of an edition's progress."""
