"""The whole bus in containers: ``python -m tests.compose`` (``make test-compose``).

The run builds the image, brings docker-compose.yml up, waits until every container is healthy, takes one
application through, and removes everything again, with volumes and network. A Docker engine is used where one
answers; elsewhere podman, as root, with images of Debian's own packages in place of those that cannot be pulled.

    __main__      the run, step by step
    engines       the container engines: docker_engine, podman_engine, and the choice between them
    stand_ins     the images that stand in for the official ones (podman only)
    registries    the way to PyPI and Debian, passed to a build without writing it into an image
    compose_file  the contents of docker-compose.yml
    commands      runs the programs
    progress      the output for a person
    application   the one application
"""
