"""REST: /api/v1/classes, the tree that media are sorted into."""

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from applications.errors import NotFound
from applications.rest.calling import caller_of
from applications.rest.fields import Whole
from applications.rest.validated import validated
from media_jobs.library.classes import MAX_NAME, create_class, delete_class, rename_class
from media_jobs.library.selectors import class_for, classes_for
from media_jobs.models import MediaClass


class ClassName(serializers.Serializer[MediaClass]):
    name = serializers.CharField(max_length=MAX_NAME)


class ClassIn(ClassName):
    parent_id = Whole(default=0, min_value=0, help_text="The class above it; 0: at the top")


class ClassOut(serializers.ModelSerializer[MediaClass]):
    parent_id = serializers.IntegerField(allow_null=True, help_text="null: at the top")

    class Meta:
        model = MediaClass
        fields = ["id", "name", "parent_id"]


@extend_schema_view(list=extend_schema(summary="List classes"))
class Classes(ListModelMixin, GenericViewSet[MediaClass]):
    queryset = MediaClass.objects.none()
    serializer_class = ClassOut
    lookup_field = "id"
    lookup_value_regex = r"[0-9]{1,18}"

    def get_queryset(self) -> QuerySet[MediaClass]:
        return classes_for(caller_of(self.request).application)

    def get_object(self) -> MediaClass:
        found = class_for(caller_of(self.request).application, int(self.kwargs["id"]))
        if found is None:
            raise NotFound("0 stands for no class.")
        return found

    @extend_schema(summary="Show a class")
    def retrieve(self, request: Request, id: str) -> Response:
        return Response(ClassOut(self.get_object()).data)

    @extend_schema(summary="Create a class", request=ClassIn, responses={201: ClassOut})
    def create(self, request: Request) -> Response:
        made = create_class(application=caller_of(request).application, **validated(request, ClassIn))
        return Response(ClassOut(made).data, status=201)

    @extend_schema(summary="Rename a class", request=ClassName)
    def partial_update(self, request: Request, id: str) -> Response:
        name = validated(request, ClassName)["name"]
        renamed = rename_class(media_class=self.get_object(), name=name)
        return Response(ClassOut(renamed).data)

    @extend_schema(summary="Delete an empty class")
    def destroy(self, request: Request, id: str) -> Response:
        delete_class(media_class=self.get_object())
        return Response(status=204)
