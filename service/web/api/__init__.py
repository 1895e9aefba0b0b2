"""What programs of the publisher call, under /api/v1."""
