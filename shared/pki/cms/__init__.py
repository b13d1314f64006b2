"""Signatures in CMS: CAdES, PAdES, time-stamps."""
