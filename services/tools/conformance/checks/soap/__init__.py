"""Calls, signatures and answers of the SOAP channels."""
