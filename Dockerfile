# One image for every system of the bus; the command names the instance: `docker run egov-bus --list`.
ARG PYTHON_IMAGE=python:3.11-slim
FROM ${PYTHON_IMAGE}

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    EGOV_HOST=0.0.0.0 \
    EGOV_DATA_DIR=/var/lib/egov-bus \
    EGOV_TOKENS_DIR=/var/lib/egov-tokens

RUN useradd --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin egov

WORKDIR /app
COPY requirements.txt ./
RUN pip install --no-cache-dir --only-binary :all: --require-hashes -r requirements.txt

COPY shared/ shared/
COPY services/ services/
# Compiled now: at run time the root file system is read-only. A new named volume takes over owner and mode of its folder:
# anybody's, because compose runs a container as the owner of its secrets, and no other container sees the volume.
RUN python -m compileall -q shared services \
    && python -c "from services.catalog import INSTANCES; print(*(i.address for i in INSTANCES if i.address))" \
    | xargs -n 1 printf '/var/lib/egov-tokens/%s\n' \
    | xargs install -d -o egov -g egov -m 0777 /var/lib/egov-bus /var/lib/egov-tokens

USER egov
EXPOSE 8001-8018

# `all` serves the portal on 8001; docker-compose.yml gives every instance the check of its own port.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=6 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8001/readyz', timeout=4)"]

ENTRYPOINT ["python", "-m", "services"]
CMD ["all"]
