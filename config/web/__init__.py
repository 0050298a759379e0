"""The web processes: uvicorn's event loop deals with clients, threads with requests (ADR 8).

A thread is taken when there is something to do, and given back before the answer goes out: however many clients are
slow, nobody else notices.
"""
