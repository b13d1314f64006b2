"""The whole bus in containers, for real: ``python -m tests.compose`` (``make test-compose``).

Builds the image, brings docker-compose.yml up, waits until every container is healthy, takes one application
through, and brings everything down again, with its volumes and its network. Where a Docker engine answers it is
used; elsewhere podman, as root, with images of Debian's own packages in place of those that cannot be pulled.

    __main__      the run, step by step
    engine        what an engine has to offer, and which one this machine has
    docker_engine, podman_engine
    stand_ins     the images that stand in for the official ones (podman only)
    registries    how this machine reaches PyPI and Debian, told to a build without writing it into an image
    compose_file  what docker-compose.yml says
    commands      runs the programs
    progress      what a person sees
    application   the one application
"""
