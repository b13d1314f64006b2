"""The audit trail: every act of a system's operator leaves one entry, whatever the outcome of the act."""
