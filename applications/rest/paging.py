from rest_framework.pagination import LimitOffsetPagination


class Pages(LimitOffsetPagination):
    """`?limit=&offset=`; answers hold count, next, previous, results."""

    default_limit = 20
    max_limit = 100
