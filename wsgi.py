"""What a WSGI server imports: ``gunicorn wsgi:app``."""

from gitinsight.app import create_app

app = create_app()
