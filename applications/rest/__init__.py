"""What every REST view shares: three ways to show who is asking, what a role allows, paging, problems, the rate limit.

One module a class: REST framework's settings import them while REST framework itself is still being imported.
"""
