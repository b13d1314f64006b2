# As the official entry point: the volume belongs to the server, which reads RABBITMQ_DEFAULT_USER and _PASS itself.
set -eu
chown -R rabbitmq:rabbitmq /var/lib/rabbitmq
exec setpriv --reuid rabbitmq --regid rabbitmq --init-groups "$@"
