"""What must survive a crash: transactions, idempotency keys, the outbox, leased jobs."""
