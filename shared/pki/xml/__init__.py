"""Signatures in XML: XMLDSig and WS-Security."""
