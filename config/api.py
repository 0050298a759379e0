"""The REST API's addresses, /api/v1."""

from django.urls import path

from media_jobs.api.uploads import OneUpload, Uploads

app_name = "api"
urlpatterns = [
    path("uploads", Uploads.as_view(), name="uploads"),
    path("uploads/<str:id>", OneUpload.as_view(), name="upload"),
]
