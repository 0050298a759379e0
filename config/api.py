"""The REST API's addresses, /api/v1, its schema and its documentation page."""

from typing import Any, NoReturn

from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_update
from django.urls import include, path, re_path
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.routers import SimpleRouter
from rest_framework.views import APIView

from applications.api import Me, Tokens
from applications.audit.api import AuditLog
from applications.errors import NotFound
from applications.rest import schema  # noqa: F401  describes the authentication
from applications.rest.strict_query import KnownQuery
from media_jobs.api.batches import Batches
from media_jobs.api.classes import Classes
from media_jobs.api.direct_uploads import CompleteDirectUpload, DirectAddresses, DirectUploads, OneDirectUpload
from media_jobs.api.estimates import Estimates
from media_jobs.api.events import Deliveries, Events, EventSettings, ResumeDeliveries
from media_jobs.api.highlights import HighlightsOfMedia
from media_jobs.api.media import MediaSet
from media_jobs.api.outputs import Outputs
from media_jobs.api.pulls import Pulls
from media_jobs.api.quota import QuotaView
from media_jobs.api.snapshots import SnapshotSets
from media_jobs.api.tasks import Tasks
from media_jobs.api.uploads import OneUpload, Uploads
from procedures.api import Procedures
from templates_app.api import Templates
from templates_app.snapshots.api import SnapshotTemplates


class Schema(SpectacularAPIView):
    permission_classes = (KnownQuery,)
    query_everywhere = frozenset({"format", "lang"})


class Documentation(SpectacularSwaggerSplitView):
    """Its page loads its script from its own address, by `script`."""

    permission_classes = (KnownQuery,)
    query_everywhere = frozenset({"script", "lang"})


class Router(SimpleRouter):
    """Matches actions before objects: a task flow's name may hold slashes, so `loops/clone` would match as a name."""

    list_route, list_actions, detail_route, detail_actions = SimpleRouter.routes
    routes = [list_route, list_actions, detail_actions, detail_route]


@extend_schema(exclude=True)
class Unknown(APIView):
    """Whatever else is asked for below /api: a problem in the API's own format, not a page."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> NoReturn:
        raise NotFound("There is no such address in this API. See /api/v1/docs.")


router = Router(trailing_slash=False)
router.register("templates", Templates, basename="template")
router.register("snapshot-templates", SnapshotTemplates, basename="snapshottemplate")
router.register("procedures", Procedures, basename="procedure")
router.register("media", MediaSet, basename="media")
router.register("classes", Classes, basename="class")
router.register("tasks", Tasks, basename="task")
router.register("batches", Batches, basename="batch")
router.register("outputs", Outputs, basename="output")
router.register("snapshots", SnapshotSets, basename="snapshots")
router.register("events", Events, basename="event")
router.register("deliveries", Deliveries, basename="delivery")
router.register("pulls", Pulls, basename="pull")
router.register("tokens", Tokens, basename="token")

# What Swagger UI styles inline is its only inline part; its script comes by an address of its own.
swagger = Documentation.as_view(url_name="api:schema", template_name="console/api_docs.html")
docs = csp_update({"style-src": [SELF, UNSAFE_INLINE]})(swagger)

app_name = "api"
version_1 = [
    path("me", Me.as_view(), name="me"),
    path("audit", AuditLog.as_view(), name="audit"),
    path("quota", QuotaView.as_view(), name="quota"),
    path("uploads", Uploads.as_view(), name="uploads"),
    path("uploads/<str:id>", OneUpload.as_view(), name="upload"),
    path("direct-uploads", DirectUploads.as_view(), name="direct-uploads"),
    path("direct-uploads/<str:id>", OneDirectUpload.as_view(), name="direct-upload"),
    path("direct-uploads/<str:id>/parts", DirectAddresses.as_view(), name="direct-parts"),
    path("direct-uploads/<str:id>/complete", CompleteDirectUpload.as_view(), name="direct-complete"),
    path("estimates", Estimates.as_view(), name="estimates"),
    path("highlights", HighlightsOfMedia.as_view(), name="highlights"),
    path("event-config", EventSettings.as_view(), name="event-settings"),
    path("event-config/resume", ResumeDeliveries.as_view(), name="event-resume"),
    path("schema", Schema.as_view(), name="schema"),
    path("docs", docs, name="docs"),
    *router.urls,
]
urlpatterns = [
    path("v1/", include(version_1)),
    re_path(r"", Unknown.as_view()),
]
