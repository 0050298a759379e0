"""The engine: a piece of a video in, a small looping picture out. Imports no Django and no Celery."""
