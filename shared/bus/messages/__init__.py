"""A message and its proof: envelope, JWS, admission, routing to handlers, receipts."""
