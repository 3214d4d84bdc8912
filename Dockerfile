# The service's image: what uv.lock pins for serving, the four packages it runs, nothing of training.
FROM python:3.11-slim-bookworm AS built
RUN pip install --no-cache-dir uv
WORKDIR /vardar
COPY pyproject.toml uv.lock ./
RUN uv sync --frozen --no-dev --extra serving --no-install-project --no-editable

FROM python:3.11-slim-bookworm
# LightGBM's threads.
RUN apt-get update && apt-get install --yes --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --uid 10001 --no-create-home vardar
WORKDIR /vardar
COPY --from=built /vardar/.venv .venv
COPY pyproject.toml ./
COPY seeds seeds
COPY features features
COPY models/*.py models/
COPY serving serving
# Compiled here, for the root is read-only later.
RUN .venv/bin/python -m compileall -q features models serving
ENV PATH=/vardar/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    BENTOML_DO_NOT_TRACK=True \
    MLFLOW_DISABLE_TELEMETRY=true \
    VARDAR_HOME=/home/vardar \
    VARDAR_MODELS=/models \
    NUMBA_CACHE_DIR=/tmp/numba
USER 10001
EXPOSE 3000
# As process 1 it gets SIGTERM itself, and finishes what is in flight.
CMD ["python", "-c", "import typer; from serving.commands import serve; typer.run(serve)", "--host", "0.0.0.0", "--port", "3000"]
