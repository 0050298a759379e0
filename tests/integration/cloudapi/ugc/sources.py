"""Bytes as a request's body would yield them."""

import io

from media_jobs.store.byte_source import ByteSource


def source(data: bytes) -> ByteSource:
    return io.BytesIO(data)
