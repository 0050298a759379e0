"""The host names that the cloud's SDKs have built in; the gateway serves these and no others."""

from django.conf import settings

_EXACT = frozenset({"vod2.qcloud.com", "vod2.dnsv1.com", "vodreport.qcloud.com"})
_STORES = ("myqcloud.com", "tencentcos.cn")
_API = "tencentcloudapi.com"
_PARTS = ("intl", "internal")  # the international edition; the cloud's own network
DOMAINS = ("qcloud.com", "dnsv1.com", _API, *_STORES)
"""What the private authority may vouch for at all."""

_REGIONS = frozenset(
    [f"ap-{place}" for place in ("beijing", "beijing-1", "shanghai", "guangzhou", "chongqing", "nanjing", "chengdu")]
    + [f"ap-{place}" for place in ("hongkong", "taipei", "singapore", "jakarta", "seoul", "bangkok", "tokyo")]
    + ["na-siliconvalley", "na-ashburn", "sa-saopaulo", "eu-frankfurt"]
)


def is_served(host: str) -> bool:
    """Whether the gateway serves this host name, which is given without a port."""
    name = host.lower().rstrip(".")
    if name in _EXACT or name == _API or name.endswith(f".{_API}"):
        return True
    return any(name.endswith(f".{store}") for store in _STORES) and "cos" in name.split(".")


def certified_names() -> list[str]:
    """For the certificate: a wildcard stands for one label, so each region has its own."""
    regions = sorted(_REGIONS | {settings.ZOETROPE_REGION})
    stores = [f"cos.{region}.{store}" for region in regions for store in _STORES]
    api = [_API, *(f"{part}.{_API}" for part in (*_PARTS, *regions))]
    of_parts = [f"{part}.{region}.{_API}" for part in _PARTS for region in regions]
    below = [f"*.{name}" for name in (*api, *of_parts, *stores)]
    return [*sorted(_EXACT), *api, *stores, *below]
