"""The bus over AMQP as an AsyncAPI document: made from the code, and compared with the document before it."""
