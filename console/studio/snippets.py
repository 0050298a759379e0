"""What the studio shows, as a program would ask for it: REST, the cloud's SDKs, the command line."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse

from animator.core.again import command
from media_jobs.models import Media
from procedures.plan import PlanStep
from templates_app.rules import TemplateFields

# A template's values as the cloud's API names them; it knows no others.
_CLOUD = {
    "format": "Format",
    "fps": "Fps",
    "width": "Width",
    "height": "Height",
    "quality": "Quality",
    "resolution_adaptive": "ResolutionAdaptive",
}


def snippets(media: Media, step: PlanStep, picture: TemplateFields) -> dict[str, str]:
    """Each by the name of its language. `picture` is all that the template would say, `step` what is asked for."""
    cloud = _Cloud(media, step, picture)
    return {
        "REST": _rest(media, step),
        "Python": cloud.python(),
        "Node": cloud.node(),
        "CLI": command(
            step.order, source=f"{media.name}.{media.media_type}", target=f"{media.name}.{step.order.spec.format}"
        ),
    }


def _rest(media: Media, step: PlanStep) -> str:
    wanted: dict[str, Any] = {"definition": step.definition, "start": step.order.start, "end": step.order.end}
    wanted |= {name: value for name, value in asdict(step.order.choice).items() if value}
    if step.changed:
        wanted["picture"] = dict(step.changed)
    return rest_call({"steps": [wanted]}, file_id=media.file_id)


def rest_call(work: Mapping[str, Any], *, file_id: str = "FILE_ID") -> str:
    """What processes a media so; without its id a place to put it in."""
    address = settings.ZOETROPE_PUBLIC_URL + reverse("api:media-process", args=["0"]).replace("/0/", f"/{file_id}/")
    body = json.dumps(work, indent=2, ensure_ascii=False).replace("'", r"'\''")
    return "\n".join(
        [
            f"curl -X POST {address} \\",
            '  -H "Authorization: Bearer $ZOETROPE_TOKEN" -H "Content-Type: application/json" \\',
            f"  -d '{body}'",
        ]
    )


class _Cloud:
    """The cloud's API starts a picture by a template alone: one of other values is made first."""

    def __init__(self, media: Media, step: PlanStep, picture: TemplateFields) -> None:
        url = urlsplit(settings.ZOETROPE_PUBLIC_URL)
        self._scheme, self._endpoint = url.scheme, url.netloc
        self._media, self._step = media, step
        self._template = None if not step.changed else _as_cloud(picture)
        chosen = {name for name, value in asdict(step.order.choice).items() if value}
        self._unknown = sorted((set(step.changed) | chosen) - set(_CLOUD))

    def python(self) -> str:
        lines = [
            "import os",
            "from tencentcloud.common.credential import Credential",
            "from tencentcloud.common.profile.client_profile import ClientProfile",
            "from tencentcloud.common.profile.http_profile import HttpProfile",
            "from tencentcloud.vod.v20180717.vod_client import VodClient",
            "",
            'credential = Credential(os.environ["TENCENTCLOUD_SECRET_ID"], os.environ["TENCENTCLOUD_SECRET_KEY"])',
            f'http = HttpProfile(protocol="{self._scheme}", endpoint="{self._endpoint}")',
            'client = VodClient(credential, "", ClientProfile(httpProfile=http))',
            *self._missing("#"),
        ]
        if self._template:
            lines.append(f'made = client.call_json("CreateAnimatedGraphicsTemplate", {_python(self._template)})')
            definition = 'made["Response"]["Definition"]'
        else:
            definition = str(self._step.definition)
        step = _python({**self._times, "Definition": 0}).replace('"Definition": 0', f'"Definition": {definition}')
        call = f'{{"FileId": "{self._media.file_id}", "MediaProcessTask": {{"AnimatedGraphicTaskSet": [{step}]}}}}'
        lines.append(f'print(client.call_json("ProcessMedia", {call}))')
        return "\n".join(lines)

    def node(self) -> str:
        credential = "secretId: process.env.TENCENTCLOUD_SECRET_ID, secretKey: process.env.TENCENTCLOUD_SECRET_KEY"
        lines = [
            'const { vod } = require("tencentcloud-sdk-nodejs-vod");',
            "",
            "const client = new vod.v20180717.Client({",
            f"  credential: {{ {credential} }},",
            '  region: "",',
            f'  profile: {{ httpProfile: {{ endpoint: "{self._endpoint}", protocol: "{self._scheme}://" }} }},',
            "});",
            *self._missing("//"),
            "(async () => {",
        ]
        if self._template:
            made = json.dumps(self._template, ensure_ascii=False)
            lines.append(f"  const {{ Definition }} = await client.CreateAnimatedGraphicsTemplate({made});")
        else:
            lines.append(f"  const Definition = {self._step.definition};")
        step = ", ".join(["Definition", *(f"{name}: {value:g}" for name, value in self._times.items())])
        call = f'{{ FileId: "{self._media.file_id}", MediaProcessTask: {{ AnimatedGraphicTaskSet: [{{ {step} }}] }} }}'
        lines += [f"  console.log(await client.ProcessMedia({call}));", "})();"]
        return "\n".join(lines)

    @property
    def _times(self) -> dict[str, float]:
        return {"StartTimeOffset": self._step.order.start or 0.0, "EndTimeOffset": self._step.order.end or 0.0}

    def _missing(self, mark: str) -> list[str]:
        """What this API has no name for."""
        if not self._unknown:
            return []
        named = ", ".join(self._unknown)
        return [f"{mark} Without {named}, which this API doesn't know: save a template, and name its Definition."]


def _as_cloud(picture: TemplateFields) -> dict[str, Any]:
    values: Mapping[str, Any] = picture
    told = {name: values[own] for own, name in _CLOUD.items() if own in values}
    told["ResolutionAdaptive"] = "open" if told.get("ResolutionAdaptive", True) else "close"
    return told


def _python(values: Mapping[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False)
