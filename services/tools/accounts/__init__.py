"""The accounts of the systems at RabbitMQ and PostgreSQL: a broker and a database where nobody reads another's.

command          ``egov-bus compose-env``, ``broker-account``, ``server-certificate``
system_accounts  who has an account, and to whom the system may send
broker           the definitions that RabbitMQ loads at its start
database         the statements that PostgreSQL runs once
secret_files     all of it as files for docker-compose.yml
    server_tls       certificates of НУЦ for both servers
"""
