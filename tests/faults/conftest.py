"""What only some brokers can do is asked of those."""

import os

collect_ignore = [] if os.environ.get("BROKER_URL", "").startswith(("amqp", "redis")) else ["test_monitoring.py"]
