"""The check of a signature: verdict, evidence, revocation inquiry."""
