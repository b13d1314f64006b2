"""Signatures in XML: XMLDSig, WS-Security."""
