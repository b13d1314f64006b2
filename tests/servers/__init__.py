"""Private RabbitMQ and PostgreSQL for tests, benchmarks and a developer's own trials.

    with rabbitmq(tmp_path) as broker, postgres(tmp_path) as database:
        …                                   # broker.url, database.url

Each takes the server that AMQP_URL or DATABASE_URL names; else it starts one of its own from what is
installed; else, as root with apt-get, installs it; else raises `Missing`, which says what to install.
A private server has its own folder, ports and names, listens on 127.0.0.1 only, and leaves nothing behind.
From a shell:

    python -m tests.servers run -- COMMAND …     # both running, AMQP_URL and DATABASE_URL set for COMMAND
    python -m tests.servers rabbitmq             # one running until Ctrl-C; prints its URL
"""

from tests.servers.postgresql import PostgresServer, postgres
from tests.servers.processes import NotOurs, ServerFailed
from tests.servers.programs import Missing
from tests.servers.rabbit import RabbitServer, rabbitmq

__all__ = ["Missing", "NotOurs", "PostgresServer", "RabbitServer", "ServerFailed", "postgres", "rabbitmq"]
