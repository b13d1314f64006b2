"""The client of НУЦ."""
