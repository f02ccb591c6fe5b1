"""Follows podsummaries of all namespaces with the Watch of the kubernetes module, and prints what it is told, a JSON object a line.

usage: python-watcher.py KUBECONFIG

As its documentation says: Watch.stream comes back by itself after a watch that ends, from the last version it has seen; after an error
the application goes on from that version, and after a 410 it lists.
"""
import functools
import json
import sys
import time

import urllib3
from kubernetes import client, config, watch


def tell(**line):
    print(json.dumps(line), flush=True)


def main():
    config.load_kube_config(sys.argv[1])
    api = client.CustomObjectsApi()
    resource = ("example.com", "v1", "podsummaries")

    @functools.wraps(api.list_cluster_custom_object)
    def opened(*args, **kwargs):
        tell(type="WATCH")
        return api.list_cluster_custom_object(*args, **kwargs)

    version = None
    while True:
        stream = watch.Watch()
        try:
            if version is None:
                rows = api.list_cluster_custom_object(*resource)
                version = rows["metadata"]["resourceVersion"]
                tell(type="LIST", version=version, items=rows["items"])
            for event in stream.stream(opened, *resource, resource_version=version):
                tell(type=event["type"], object=event["raw_object"])
        except client.rest.ApiException as error:
            version = None if error.status == 410 else stream.resource_version or version
            tell(type="RESTART", reason="%s %s" % (error.status, error.reason))
        except (urllib3.exceptions.HTTPError, OSError) as error:
            version = stream.resource_version or version
            tell(type="RESTART", reason=str(error))
        time.sleep(0.5)


try:
    main()
except KeyboardInterrupt:
    pass
