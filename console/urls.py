"""The console's addresses; the paths are docs/console.md 1's."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from console.views import (
    access,
    account,
    callback,
    flows,
    health,
    media,
    media_detail,
    members,
    overview,
    signature,
    tasks,
    templates,
)

app_name = "console"

MEDIA = "vod/media"
TEMPLATES = "vod/video-process/template"
FLOWS = "vod/video-process/taskflow"
TASKS = "vod/task"
CALLBACK = "vod/callback"
ACCESS = "vod/cam/capi"
MEMBERS = "vod/cam/user"

urlpatterns = [
    path("", overview.overview, name="overview"),
    path("login", account.login, name="login"),
    path("logout", LogoutView.as_view(), name="logout"),
    path("password", account.password, name="password"),
    path("application", account.switch_application, name="switch-application"),
    path(MEDIA, media.uploaded, name="media"),
    path(f"{MEDIA}/uploading", media.uploading, name="uploading"),
    path(f"{MEDIA}/uploading/<uuid:upload_id>/discard", media.discard_upload, name="upload-discard"),
    path(f"{MEDIA}/upload", media.upload, name="upload"),
    path(f"{MEDIA}/process", media.process, name="media-process"),
    path(f"{MEDIA}/delete", media.delete, name="media-delete"),
    path(f"{MEDIA}/<str:file_id>", media_detail.detail, name="media-detail"),
    path(f"{MEDIA}/<str:file_id>/modify", media_detail.modify, name="media-modify"),
    path(f"{MEDIA}/<str:file_id>/images/<int:pk>/delete", media_detail.delete_one_image, name="image-delete"),
    path(TEMPLATES, templates.template_list, name="templates"),
    path(f"{TEMPLATES}/create", templates.create, name="template-create"),
    path(f"{TEMPLATES}/preview", templates.preview, name="template-preview"),
    path(f"{TEMPLATES}/<int:definition>", templates.detail, name="template"),
    path(f"{TEMPLATES}/<int:definition>/edit", templates.edit, name="template-edit"),
    path(f"{TEMPLATES}/<int:definition>/clone", templates.clone, name="template-clone"),
    path(f"{TEMPLATES}/<int:definition>/delete", templates.delete, name="template-delete"),
    path(FLOWS, flows.flow_list, name="flows"),
    path(f"{FLOWS}/create", flows.create, name="flow-create"),
    path(f"{FLOWS}/segment", flows.segment, name="flow-segment"),
    path(f"{FLOWS}/templates", flows.template_options, name="flow-templates"),
    path(f"{FLOWS}/<int:pk>", flows.detail, name="flow"),
    path(f"{FLOWS}/<int:pk>/edit", flows.edit, name="flow-edit"),
    path(f"{FLOWS}/<int:pk>/clone", flows.clone, name="flow-clone"),
    path(f"{FLOWS}/<int:pk>/delete", flows.delete, name="flow-delete"),
    path(TASKS, tasks.task_list, name="tasks"),
    path(f"{TASKS}/<str:task_id>", tasks.detail, name="task"),
    path(f"{TASKS}/<str:task_id>/cancel", tasks.cancel, name="task-cancel"),
    path(f"{TASKS}/<str:task_id>/retry", tasks.retry, name="task-retry"),
    path(CALLBACK, callback.workbench, name="callback"),
    path(f"{CALLBACK}/settings", callback.edit, name="callback-edit"),
    path(f"{CALLBACK}/secret", callback.renew_secret, name="callback-secret"),
    path(f"{CALLBACK}/test", callback.test, name="callback-test"),
    path(f"{CALLBACK}/resume", callback.resume, name="callback-resume"),
    path(f"{CALLBACK}/replay", callback.replay_failed, name="callback-replay-failed"),
    path(f"{CALLBACK}/check", callback.check, name="callback-check"),
    path(f"{CALLBACK}/events/<uuid:uid>", callback.event, name="callback-event"),
    path(f"{CALLBACK}/events/<uuid:uid>/replay", callback.replay, name="callback-replay"),
    path(ACCESS, access.access_list, name="access"),
    path(f"{ACCESS}/keys/<int:pk>/access", access.restrict_key, name="key-restrict"),
    path(f"{ACCESS}/keys", access.create_key, name="key-create"),
    path(f"{ACCESS}/keys/<int:pk>/switch", access.switch_key, name="key-switch"),
    path(f"{ACCESS}/keys/<int:pk>/delete", access.delete_key, name="key-delete"),
    path(f"{ACCESS}/tokens", access.create_token, name="token-create"),
    path(f"{ACCESS}/tokens/<str:digest>/delete", access.delete_token, name="token-delete"),
    path("vod/upload-signature", signature.upload_signature, name="upload-signature"),
    path(MEMBERS, members.member_list, name="members"),
    path(f"{MEMBERS}/add", members.add, name="member-add"),
    path(f"{MEMBERS}/<int:pk>/change", members.change, name="member-change"),
    path(f"{MEMBERS}/<int:pk>/remove", members.remove, name="member-remove"),
    path("vod/health", health.health, name="health"),
]
