"""Watches podsummaries of a namespace as Python users do: list, then watch from the version of the list.

usage: python-watch.py NAMESPACE COUNT    prints the phases that COUNT events show, one a line
"""
import sys

from kubernetes import client, config, watch

namespace, count = sys.argv[1], int(sys.argv[2])
config.load_kube_config()
api = client.CustomObjectsApi()
rows = api.list_namespaced_custom_object("example.com", "v1", namespace, "podsummaries")
print("listed", " ".join(sorted(row["metadata"]["name"] for row in rows["items"])), flush=True)
stream = watch.Watch().stream(
    api.list_namespaced_custom_object,
    "example.com",
    "v1",
    namespace,
    "podsummaries",
    resource_version=rows["metadata"]["resourceVersion"],
    timeout_seconds=60,
)
for event in stream:
    row = event["object"]
    print(event["type"], row["metadata"]["name"], row["status"]["phase"], flush=True)
    count -= 1
    if count == 0:
        break
