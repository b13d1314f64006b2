"""The kernel's storage: the database, the kernel's tables, hot tables, the ledger of inbox and outbox."""
