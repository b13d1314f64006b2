"""НУЦ takes no messages from the bus: whoever checks a message must be able to ask it first."""
