"""A newsletter's feeds as OPML 2.0 (opml.org/spec2.opml): import and export."""
