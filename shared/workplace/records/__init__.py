"""The records of a workplace about its cases."""
