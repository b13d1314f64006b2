"""ШЭП's SOAP door: the universal channels SyncChannel v10 and AsyncChannel v10, with WS-Security."""
