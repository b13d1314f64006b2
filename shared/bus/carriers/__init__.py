"""The carriers of messages: one protocol, two implementations (AMQP, embedded)."""
