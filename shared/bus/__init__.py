"""The kernel: signed messages between systems, dealt with once, in order, never lost. No domain word in it."""
