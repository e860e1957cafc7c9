"""Storage that survives a crash: transactions, idempotency keys, the outbox and leased jobs."""
