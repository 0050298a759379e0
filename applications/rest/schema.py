"""What the OpenAPI schema can't see for itself: the ways to show who is asking, nulls, and that errors are problems."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema


class BearerTokenScheme(OpenApiAuthenticationExtension):
    target_class = "applications.rest.authentication.BearerToken"
    name = "accessToken"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "An access token, from the console or POST /tokens"}


class ApiKeyScheme(OpenApiAuthenticationExtension):
    target_class = "applications.rest.authentication.ApiKeyPair"
    name = "apiKey"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "basic",
            "description": "SecretId as the user name, SecretKey as the password",
        }


class SessionScheme(OpenApiAuthenticationExtension):
    target_class = "applications.rest.authentication.ConsoleSession"
    name = "consoleSession"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": "sessionid", "description": "Being signed in to the console"}


PROBLEM = {
    "type": "object",
    "description": "Problem details (RFC 9457)",
    "properties": {
        "type": {"type": "string", "example": "urn:zoetrope:InvalidValue"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "One sentence for a person"},
        "errors": {"type": "object", "additionalProperties": True, "description": "What is wrong, by field"},
    },
    "required": ["type", "title", "status", "detail"],
}


NULL = {"nullable": True, "enum": [None]}


def for_generators(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A postprocessing hook: answers have all their fields, requests only what the caller wants to say.

    Generated clients would send a default, or demand one: it is told in words. Beside allOf, "nullable" allows nothing.
    """
    for name, schema in result["components"]["schemas"].items():
        fields = schema.get("properties", {})
        if fields and not name.endswith("Request"):
            schema["required"] = sorted(fields)
        for field in fields.values():
            if "allOf" in field and field.pop("nullable", False):
                field["oneOf"] = [*field.pop("allOf"), NULL]
            if default := field.pop("default", None):
                field["description"] = f"{field.get('description', '')} (default: {default})".lstrip()
    return result


def with_problems(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """A postprocessing hook: every operation may answer with a problem."""
    result["components"]["schemas"]["Problem"] = PROBLEM
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for operations in result["paths"].values():
        for operation in operations.values():
            operation["responses"]["default"] = {"description": "It can't be done", "content": content}
    return result
