"""The workers that process the inbox and read the shops, in threads or as Celery tasks."""
