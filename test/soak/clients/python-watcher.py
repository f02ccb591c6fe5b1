"""Follows podsummaries of all namespaces with the Watch of the kubernetes module. Prints each received event as one line of JSON.

usage: python-watcher.py KUBECONFIG

As its documentation describes, Watch.stream reconnects when a watch ends, and resumes from the last version that it has seen. After an
error the application resumes from that version. After a 410 it lists again.
"""
import functools
import json
import sys
import time

import urllib3
from kubernetes import client, config, watch


def emit(**line):
    print(json.dumps(line), flush=True)


def main():
    config.load_kube_config(sys.argv[1])
    api = client.CustomObjectsApi()
    resource = ("example.com", "v1", "podsummaries")

    @functools.wraps(api.list_cluster_custom_object)
    def opened(*args, **kwargs):
        emit(type="WATCH")
        return api.list_cluster_custom_object(*args, **kwargs)

    version = None
    while True:
        stream = watch.Watch()
        try:
            if version is None:
                rows = api.list_cluster_custom_object(*resource)
                version = rows["metadata"]["resourceVersion"]
                emit(type="LIST", version=version, items=rows["items"])
            for event in stream.stream(opened, *resource, resource_version=version):
                emit(type=event["type"], object=event["raw_object"])
        except client.rest.ApiException as error:
            version = None if error.status == 410 else stream.resource_version or version
            emit(type="RESTART", reason="%s %s" % (error.status, error.reason))
        except (urllib3.exceptions.HTTPError, OSError) as error:
            version = stream.resource_version or version
            emit(type="RESTART", reason=str(error))
        time.sleep(0.5)


try:
    main()
except KeyboardInterrupt:
    pass
