# The server in an image: docker compose up -d (docs/operations.md). It runs with a read-only root; what it keeps is in /data.
FROM python:3.11.14-slim-bookworm AS packages
COPY requirements.lock /
RUN python -m venv --without-pip /venv \
    && pip --python /venv/bin/python install --no-cache-dir --require-hashes --only-binary :all: -r /requirements.lock

FROM python:3.11.14-slim-bookworm
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin pocketroom \
    && install -d -o pocketroom -g pocketroom -m 700 /data
COPY --from=packages /venv /venv
WORKDIR /app
COPY main.py flow.py nodes.py LICENSE ./
COPY utils utils
COPY static static
RUN python -m compileall -q .
ENV PATH=/venv/bin:/usr/local/bin:/usr/bin:/bin PYTHONUNBUFFERED=1 HOST=0.0.0.0 PORT=8000 DATABASE_URL=sqlite:////data/pocketroom.db
USER 10001:10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=10s --start-period=10s \
    CMD ["python", "-c", "from http.client import HTTPConnection as C; c = C('127.0.0.1', 8000, timeout=8); c.request('GET', '/health'); exit(c.getresponse().status != 200)"]
CMD ["python", "main.py"]
