FROM python:3.11-slim

WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir -r requirements.txt
COPY . .

# SQLite's file goes there; with DATABASE_URL nothing is written.
RUN mkdir var && chown 10001 var
USER 10001

ENV APP_ENV=production PORT=8000 PYTHONUNBUFFERED=1
EXPOSE 8000
CMD ["gunicorn", "app:app"]
