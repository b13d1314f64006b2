"""How a system takes part in cases: it takes the steps that it holds and sends what they send."""
