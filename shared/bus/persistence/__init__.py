"""What the kernel stores: database, its own tables, hot tables, the ledger of inbox and outbox."""
