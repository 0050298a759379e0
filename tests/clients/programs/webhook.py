"""standardwebhooks: webhook.py COLUMN {callback: {secret, headers, body}}"""

import json
import sys

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

callback = json.loads(sys.argv[2])["callback"]
judge = Webhook(callback["secret"])
assert judge.verify(callback["body"], callback["headers"])["EventType"] == "FileDeleted"
try:
    judge.verify(callback["body"] + " ", callback["headers"])
except WebhookVerificationError:
    pass
else:
    raise AssertionError("a changed body was believed")
