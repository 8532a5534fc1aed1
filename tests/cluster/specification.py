"""Which fields of rendered objects are carried out. One that is not known fails the check.

Each object is held against a plan: READ marks what is carried out, Only a field that is carried out for
these values alone, and PassedOver what cannot be shown without Kubernetes, with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final


class UnknownField(Exception):
    """Something is rendered that this check would silently ignore."""


@dataclass(frozen=True)
class Only:
    """These values and no others."""

    values: tuple[object, ...]


@dataclass(frozen=True)
class PassedOver:
    """Not carried out."""

    reason: str


READ: Final = object()
_SCHEDULING = PassedOver("there is one node")
_HANDLER = {
    "httpGet": {"path": READ, "port": READ},
    "grpc": {"port": READ},
    "exec": {"command": READ},
}
_PROBE = {
    **_HANDLER,
    **dict.fromkeys(
        ("initialDelaySeconds", "periodSeconds", "timeoutSeconds", "failureThreshold"), READ
    ),
}
_KEY_OF = {"name": READ, "key": READ, "optional": READ}
_CONTAINER = {
    **dict.fromkeys(("name", "image", "command", "args", "workingDir"), READ),
    "imagePullPolicy": PassedOver("images are made here"),
    "envFrom": [{"configMapRef": {"name": READ}}],
    "env": [{"name": READ, "value": READ, "valueFrom": {"secretKeyRef": _KEY_OF}}],
    "ports": [{"name": READ, "containerPort": READ, "protocol": Only(("TCP",))}],
    **dict.fromkeys(("startupProbe", "readinessProbe", "livenessProbe"), _PROBE),
    "lifecycle": {"preStop": {"sleep": {"seconds": READ}, "exec": {"command": READ}}},
    "resources": {
        "limits": {"memory": READ, "cpu": PassedOver("how fast it is depends on the machine")},
        "requests": _SCHEDULING,
    },
    "securityContext": {
        "allowPrivilegeEscalation": Only((False,)),
        "readOnlyRootFilesystem": READ,
        "capabilities": {"drop": Only((["ALL"],))},
    },
    "volumeMounts": [{"name": READ, "mountPath": READ, "readOnly": READ}],
}
_ITEMS = {"defaultMode": READ, "optional": READ, "items": [{"key": READ, "path": READ}]}
POD = {
    "restartPolicy": READ,
    "activeDeadlineSeconds": READ,
    "terminationGracePeriodSeconds": READ,
    "serviceAccountName": READ,
    "automountServiceAccountToken": Only((False,)),
    "enableServiceLinks": Only((False,)),
    "securityContext": {
        "runAsNonRoot": READ,
        **dict.fromkeys(("runAsUser", "runAsGroup", "fsGroup"), READ),
        "fsGroupChangePolicy": Only(("OnRootMismatch",)),
        "seccompProfile": PassedOver("the filter is the container runtime's"),
    },
    "topologySpreadConstraints": _SCHEDULING,
    "initContainers": [_CONTAINER],
    "containers": [_CONTAINER],
    "volumes": [
        {
            "name": READ,
            "emptyDir": {"sizeLimit": READ},
            "secret": {"secretName": READ, **_ITEMS},
            "configMap": {"name": READ, **_ITEMS},
        }
    ],
}
_TEMPLATE = {"metadata": {"labels": READ, "annotations": READ}, "spec": POD}
_SELECTOR = {"matchLabels": READ}
_REPLICATED = {"replicas": READ, "selector": _SELECTOR, "template": _TEMPLATE}
_PEER = {
    "podSelector": _SELECTOR,
    "namespaceSelector": _SELECTOR,
    "ipBlock": {"cidr": READ, "except": READ},
}
_OPENINGS = [{"port": READ, "protocol": READ}]
_OPERATORS = PassedOver("another program of the cluster acts on it")
SPECIFICATIONS: Final[Mapping[str, Any]] = {
    "Deployment": {
        **_REPLICATED,
        "revisionHistoryLimit": PassedOver("nothing is rolled back by revision"),
        "strategy": {
            "type": Only(("RollingUpdate",)),
            "rollingUpdate": {"maxSurge": Only((1,)), "maxUnavailable": Only((0,))},
        },
    },
    "StatefulSet": {
        **_REPLICATED,
        "serviceName": READ,
        "podManagementPolicy": Only(("Parallel",)),
        "persistentVolumeClaimRetentionPolicy": Only(
            ({"whenDeleted": "Retain", "whenScaled": "Retain"},)
        ),
        "volumeClaimTemplates": READ,
    },
    "Job": {"activeDeadlineSeconds": READ, "backoffLimit": READ, "template": _TEMPLATE},
    "Pod": POD,
    "Service": {
        "type": Only(("ClusterIP", "LoadBalancer")),
        "clusterIP": Only(("None",)),
        "selector": READ,
        "ports": [
            {
                **dict.fromkeys(("name", "port", "targetPort"), READ),
                "protocol": Only(("TCP",)),
                "appProtocol": PassedOver("nobody here reads it"),
            }
        ],
    },
    "NetworkPolicy": {
        "podSelector": _SELECTOR,
        "policyTypes": READ,
        "ingress": [{"from": [_PEER], "ports": _OPENINGS}],
        "egress": [{"to": [_PEER], "ports": _OPENINGS}],
    },
    "PodDisruptionBudget": PassedOver("nobody drains nodes"),
    "Ingress": _OPERATORS,
}


def check(manifest: Mapping[str, Any]) -> None:
    """Raises UnknownField, which names all that this check does not carry out."""
    kind = manifest["kind"]
    unknown = list(_unknown(manifest.get("spec", {}), SPECIFICATIONS.get(kind, {}), kind))
    if unknown:
        raise UnknownField(f"{manifest['metadata']['name']}: {', '.join(unknown)}")


def _unknown(value: Any, plan: Any, path: str) -> Iterator[str]:
    if plan is READ or isinstance(plan, PassedOver):
        return
    if isinstance(plan, Only):
        if value not in plan.values:
            yield f"{path}={value}"
    elif isinstance(plan, list):
        for number, each in enumerate(value):
            yield from _unknown(each, plan[0], f"{path}[{number}]")
    else:
        for name, each in value.items():
            if name in plan:
                yield from _unknown(each, plan[name], f"{path}.{name}")
            else:
                yield f"{path}.{name}"
