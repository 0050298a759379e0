from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle


class PerCallerThrottle(SimpleRateThrottle):
    """docs/protocol 6: 100 requests a second; here for each user or key, and each address for strangers."""

    scope = "caller"

    def get_cache_key(self, request: Request, view: object) -> str:
        ident = request.user.pk if request.user and request.user.is_authenticated else self.get_ident(request)
        return self.cache_format % {"scope": self.scope, "ident": ident}
