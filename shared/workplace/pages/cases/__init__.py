"""What the pages of a case show: facts, actions, documents, history, reasons."""
