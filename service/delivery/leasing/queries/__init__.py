"""SQL of leasing: `batches` as they are leased, `deliveries` as they are rechecked and recorded."""
