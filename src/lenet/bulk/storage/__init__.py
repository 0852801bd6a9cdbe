"""Files on this machine and objects of a store, read and written alike.

A store is `s3://`, `gs://` or `az://`; `http://` and `https://` can be read. Requests are sent by obstore
(`lenet[bulk]`); credentials and endpoints come from the environment variables that it knows, nowhere else.
"""

from lenet.bulk.storage.addresses import is_remote
from lenet.bulk.storage.sources import Entry, describe, list_sources, open_source
from lenet.bulk.storage.target import LocalTarget, StoreTarget, Target, open_target

__all__ = [
    "Entry",
    "LocalTarget",
    "StoreTarget",
    "Target",
    "describe",
    "is_remote",
    "list_sources",
    "open_source",
    "open_target",
]
