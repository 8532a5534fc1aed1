"""Wrong values are refused in words that say what to do, before anything is made."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.deploy.rendering import (
    CHART,
    NAMESPACE,
    PROFILES,
    Refused,
    identity,
    named,
    release,
    text,
)
from tools.kubernetes import helm


def refusal(*arguments: str, region: str = "na", profile: str = "small") -> str:
    """What Helm says to these values."""
    with pytest.raises(Refused) as refused:
        text(region, profile, *arguments)
    return str(refused.value)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("region=NA", "at '/region': 'NA' does not match pattern"),
        ("regoin=na", "additional properties 'regoin' not allowed"),
        ("workloads.sales.replicas=3", "at '/workloads/sales': additional properties 'replicas'"),
        ("processes.serve.replicas=0", "at '/processes/serve/replicas': minimum: got 0, want 1"),
        ("settings.FOO=bar", "'FOO' does not match pattern '^MERIDIAN_"),
        ("databases.provider=mysql", "at '/databases/provider': value must be one of 'external'"),
        ("networkPolicy.clients=null", "at '/networkPolicy': missing property 'clients'"),
        ("processes.work.resources.limits=null", "missing property 'limits'"),
        ("topologySpread.zones=Never", "value must be one of 'ScheduleAnyway', 'DoNotSchedule'"),
        ("image.digest=latest", "at '/image/digest'"),
        ("peers[0].gatewayUrl=crm.example.com", "at '/peers/0/gatewayUrl'"),
        ("peers[0].gatewayUrl=https://ada:secret@crm.example.com", "at '/peers/0/gatewayUrl'"),
        ("files.matchKeys.optional=true", "value must be one of 'always', 'withoutPeers'"),
    ],
)
def test_the_schema_refuses(wrong: str, said: str) -> None:
    assert said in refusal("--set", wrong)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("hub=emea2", "hub is emea2, which is neither this region nor one of peers"),
        ("peers[0].region=na", "peers names na, which is this region itself"),
        ("peers[0].region=apac", "peers names a region more than once"),
        ("image.tag=latest", "an image with the tag latest is another one tomorrow"),
        ("exposure.host=", "exposure.host is empty: name the host by which clients reach"),
        ("exposure.gatewayApi.enabled=true,exposure.gatewayApi.className=", "needs className"),
        ("workloads.sales.calls={warehouse}", "workloads.sales.calls names warehouse"),
        ("workloads.sales.files={letters}", "workloads.sales.files names letters"),
        ("workloads.directory=null", "workloads needs the directory, which every service asks"),
        ("smoke.service=warehouse", "smoke.service is warehouse, which is no service"),
        (
            "databases.cloudnativePg.backup.enabled=true,databases.cloudnativePg.backup.destinationPath=",
            "name the bucket",
        ),
        ("nats.streamReplicas=3", "the NATS of this release is one server"),
        ("processes.work.keda.enabled=true", "keda is enabled for na-marketing-work"),
        ("processes.serve.autoscaling.maxReplicas=1", "minReplicas above maxReplicas"),
    ],
)
def test_contradictions_are_refused(wrong: str, said: str) -> None:
    assert said in refusal("--set", wrong)


def test_a_region_needs_the_address_of_the_hub() -> None:
    said = refusal("--set", "nats.border.hubAddress=", region="emea")
    assert "name host:port where the hub's NATS awaits other regions" in said


def test_all_contradictions_are_said_at_once() -> None:
    said = refusal("--set", "smoke.service=warehouse,exposure.host=")
    assert len(re.findall(r"^  - ", said, re.MULTILINE)) == 2


def test_a_region_without_others_is_its_own_hub() -> None:
    objects = release("emea", "small", "--set-json", "peers=[]", "--set", "hub=")
    names = {identity(each) for each in objects}
    assert "Service/emea-nats-border" not in names
    assert {"ConfigMap/emea-nats", "StatefulSet/emea-nats"} <= names


def test_every_value_is_explained_by_the_schema() -> None:
    """Whatever values.yaml sets is known to the schema; the profiles set nothing else."""
    known = set(yaml.safe_load((CHART / "values.schema.json").read_text())["properties"])
    for file in [CHART / "values.yaml", *sorted((CHART / "values").rglob("*.yaml"))]:
        assert set(yaml.safe_load(file.read_text())) <= known, file.name


@pytest.mark.parametrize("profile", PROFILES)
def test_the_notes_name_what_is_there(profile: str) -> None:
    notes = installation(profile, "--namespace", NAMESPACE)
    names = {identity(each) for each in release("na", profile)}

    named = re.findall(r"deploy/([\w-]+)", notes)
    assert named == ["na-directory-serve"]
    assert f"Deployment/{named[0]}" in names
    assert "https://crm.na.example.com/docs" in notes
    assert ("WARNING: the databases are not backed up" in notes) == (profile == "small")


def test_the_notes_of_an_unexposed_gateway_tell_how_to_try_it() -> None:
    notes = installation("small", "--set", "exposure.ingress.enabled=false")
    assert "port-forward service/na-gateway 8080:8080" in notes


def installation(profile: str, *arguments: str) -> str:
    """What `helm install` prints for people."""
    values: list[str | Path] = []
    for file in (f"profiles/{profile}.yaml", "regions/na.yaml"):
        values += ["--values", CHART / "values" / file]
    command = [helm(), "install", "na", CHART, "--dry-run=client", *values, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.partition("\nNOTES:\n")[2]


@pytest.mark.parametrize(
    ("url", "ports"),
    [
        ("https://crm.emea.example.com", ["443"]),
        ("https://crm.emea.example.com:8443", ["443", "8443"]),
        ("http://10.1.2.3", ["443", "80"]),
    ],
)
def test_other_regions_are_reached_at_the_ports_of_their_gateways(
    url: str, ports: list[str]
) -> None:
    objects = release("na", "small", "--set", f"peers[0].gatewayUrl={url}")
    policy = named(objects, "NetworkPolicy", "na-gateway-gateway")
    (outside,) = [rule for rule in policy["spec"]["egress"] if "ipBlock" in rule["to"][0]]
    assert [str(each["port"]) for each in outside["ports"]] == ports
