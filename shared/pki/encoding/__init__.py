"""Encodings: BER, DER, canonical XML, bounded XML trees."""
