# One image for every service of docker-compose.yaml; what runs in it is said by its command (ops/entrypoint.sh).
ARG BASE_IMAGE=python:3.11-slim-bookworm
FROM ${BASE_IMAGE}

# A certificate authority of your own, if packages come through a proxy: --build-arg EXTRA_CA="$(cat ca.pem)"
ARG EXTRA_CA=""
ENV PYTHONPATH=/opt/sage-bridge/plugins:/opt/sage-bridge \
    PYTHONUNBUFFERED=1 \
    AIRFLOW_HOME=/opt/airflow \
    TZ=UTC \
    LC_ALL=C.UTF-8
WORKDIR /opt/sage-bridge

COPY requirements-production.txt ./
RUN if [ -n "$EXTRA_CA" ]; then \
        echo "$EXTRA_CA" >/usr/local/share/ca-certificates/extra.crt && update-ca-certificates; \
    fi \
    && pip install --no-cache-dir uv==0.13.9 \
    && uv pip install --system --system-certs --no-cache --compile-bytecode -r requirements-production.txt

# Folders that volumes are put on belong to the account first, else it could not write there.
RUN groupadd --gid 10001 bridge && useradd --uid 10001 --gid bridge --no-create-home --home-dir /opt/airflow bridge \
    && install -d -o bridge -g bridge -m 0700 \
        /opt/airflow /opt/airflow/logs /run/sage-bridge /run/sftp-keys /srv/sftp /srv/sage /srv/evidence

COPY include ./include
COPY plugins ./plugins
COPY dags ./dags
COPY agent ./agent
COPY sandbox ./sandbox
COPY ops ./ops
COPY verify ./verify
RUN python -m compileall -q plugins dags agent sandbox ops verify

USER 10001:10001
ENTRYPOINT ["/opt/sage-bridge/ops/entrypoint.sh"]
CMD ["airflow", "version"]
