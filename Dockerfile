# One image, several commands: `serve` (the default), `worker`, `nightly`, `migrate`, `solve FILE`.
# Run it with `--init`; with `--read-only` give it `--tmpfs /tmp`. Only /data and /tmp are written to.

FROM python:3.11-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
COPY requirements requirements
RUN python -m venv --without-pip /app/.venv \
 && python -m pip --python /app/.venv/bin/python install --require-hashes --requirement requirements/runtime.txt
RUN python -m venv --without-pip /build \
 && python -m pip --python /build/bin/python install --require-hashes --requirement requirements/build.txt
COPY . .
RUN /build/bin/hatchling build --target wheel --directory /dist \
 && python -m pip --python /app/.venv/bin/python install --no-deps /dist/schoolrota-*.whl
# What is compiled for this kind of processor; elsewhere the first solve compiles it again. Without
# this folder on the path (-P), so that it is the installed package that is compiled.
RUN NUMBA_CACHE_DIR=/app/kernel /app/.venv/bin/python -P -m solver.search.warm_up

FROM python:3.11-slim-bookworm
RUN useradd --uid 10001 --user-group --home-dir /data --no-create-home --no-log-init --shell /usr/sbin/nologin schoolrota \
 && install --directory --owner 10001 --group 10001 /data
COPY --from=build /app /app
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    NUMBA_CACHE_DIR=/tmp/numba
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
# The process only, never the database: a lost database must not restart every node.
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s \
  CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/livez', timeout=3)"]
# The compiler wants a cache that it can write to.
ENTRYPOINT ["sh", "-c", "cp -RT /app/kernel /tmp/numba 2>/dev/null; exec schoolrota \"$@\"", "schoolrota"]
CMD ["serve", "--host", "0.0.0.0"]
