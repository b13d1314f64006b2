"""CMS signatures: CAdES and PAdES, and the time-stamps of RFC 3161."""
