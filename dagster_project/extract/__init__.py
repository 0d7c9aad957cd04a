"""Pulling without a loader: what an API or a database holds, into the landing folder as Parquet.

Opt-in: a source is pulled when its credentials are in the environment. Without them none of its assets exist.
"""

import os

# dlt reads these when it is imported: it reports no use, and logs no request.
os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
os.environ["RUNTIME__LOG_LEVEL"] = "CRITICAL"
