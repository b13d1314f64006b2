"""The carrier of messages: one protocol, two peers (AMQP, embedded)."""
