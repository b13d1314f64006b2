"""Certificates, keys, chains and revocation."""
