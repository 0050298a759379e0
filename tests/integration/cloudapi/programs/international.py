"""A program of the international edition: its own SDK with nothing set but its keys."""

import json
import os

from tencentcloud.common import credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.vod.v20180717 import models, vod_client

keys = credential.Credential(os.environ["SECRET_ID"], os.environ["SECRET_KEY"])
client = vod_client.VodClient(keys, "ap-singapore")
found = client.SearchMedia(models.SearchMediaRequest())
try:
    client.DescribeCDNDomains(models.DescribeCDNDomainsRequest())
except TencentCloudSDKException as refusal:
    print(json.dumps({"host": client._get_endpoint(), "found": found.TotalCount, "refused": refusal.code}))
