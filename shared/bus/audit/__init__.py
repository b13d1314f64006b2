"""The audit trail: every act of a system's operator leaves one entry, whatever became of the act."""
