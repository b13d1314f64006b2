"""Messages and signed papers of cases, and questions to a register."""
