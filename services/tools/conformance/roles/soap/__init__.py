"""The SOAP channels: ШЭП as a server of both, and as a caller of a participant's endpoint."""
