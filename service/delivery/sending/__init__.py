"""One run over an edition's due deliveries: read `run`, `connection_worker`, `result_writer`."""
