"""The documents of a case over HTTP, and the records that people make in its steps."""
