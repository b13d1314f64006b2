"""The kernel: signed messages between systems, handled once, in order, never lost. The kernel knows no domain."""
