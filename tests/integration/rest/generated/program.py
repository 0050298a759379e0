"""A customer's program on a client that openapi-python-client made: upload → task flow → pictures. Prints JSON."""

import json
import sys
from io import BytesIO
from pathlib import Path
from typing import TypeVar

import httpx
from zoetrope_rest_api_client import AuthenticatedClient
from zoetrope_rest_api_client.api.media import media_create, media_retrieve
from zoetrope_rest_api_client.api.outputs import outputs_list
from zoetrope_rest_api_client.api.procedures import procedures_create, procedures_retrieve
from zoetrope_rest_api_client.api.tasks import tasks_retrieve
from zoetrope_rest_api_client.models import FileFormRequest, Outcome, Problem, ProcedureInRequest, StepInRequest
from zoetrope_rest_api_client.types import File

T = TypeVar("T")


def meant(answer: T | Problem | None) -> T:
    """A refusal ends the program by what the server says."""
    if answer is None or isinstance(answer, Problem):
        raise SystemExit(answer.detail if answer else "no answer")
    return answer


url, token, clip = sys.argv[1:]
client = AuthenticatedClient(url, token, httpx_args={"trust_env": False}, raise_on_unexpected_status=True)
step = StepInRequest(definition=20000, start=1.0, end=2.0)
flow = meant(procedures_create.sync(client=client, body=ProcedureInRequest(name="generated in Python", steps=[step])))
file = File(BytesIO(Path(clip).read_bytes()), file_name="clip.mp4", mime_type="video/mp4")
kept = meant(media_create.sync(client=client, body=FileFormRequest(file=file, procedure=flow.name)))
for _ in range(60):
    task = meant(tasks_retrieve.sync(kept.task_id, client=client, wait=10))
    if task.outcome not in (Outcome.WAITING, Outcome.PROCESSING):
        break
pictures = meant(outputs_list.sync(client=client, task_id=task.task_id)).results
refusal = procedures_retrieve.sync("nowhere", client=client)
told = {
    "name": meant(media_retrieve.sync(kept.file_id, client=client)).name,
    "outcome": task.outcome.value,
    "animated": [picture.frames > 1 for picture in pictures],
    "whole": [len(httpx.get(picture.url, trust_env=False).content) == picture.size for picture in pictures],
    "refused": refusal.status if isinstance(refusal, Problem) else None,
}
print(json.dumps(told))
