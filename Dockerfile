# Tags can move. For reproducible builds, pin the digest, python:3.11-slim@sha256:…, as printed by
# docker buildx imagetools inspect python:3.11-slim --format '{{.Manifest.Digest}}'
FROM python:3.11-slim

WORKDIR /app
COPY requirements.lock .
RUN pip install --no-cache-dir --require-hashes -r requirements.lock
COPY . .

# For the SQLite file; nothing is written here if DATABASE_URL is set.
RUN mkdir var && chown 10001 var
USER 10001

ENV APP_ENV=production PORT=8000 PYTHONUNBUFFERED=1
EXPOSE 8000
CMD ["gunicorn", "app:app"]
