"""What deploy/ names is there: settings, commands, metrics, files; and what it promises of containers is said in it."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import get_commands
from django.test import Client

from config.management.commands.runconsole import Command as RunConsole

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file())
SETTINGS = "\n".join(path.read_text() for path in (ROOT / "config/settings.py", ROOT / "config/env.py"))
OWN = re.compile(r"\b(?:ZOETROPE_[A-Z_]+|(?:DATABASE|BROKER|STORAGE|CACHE)_URL|DJANGO_SECRET_KEY)(?:_FILE)?\b")


def documents(name: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((DEPLOY / name).read_text()))


def kubernetes() -> list[dict[str, Any]]:
    names = documents("kubernetes/kustomization.yaml")[0]["resources"]
    on_disk = {path.name for path in (DEPLOY / "kubernetes").iterdir()} - {"kustomization.yaml"}
    assert set(names) == on_disk
    return [document for name in names for document in documents(f"kubernetes/{name}")]


def pods() -> Iterator[tuple[str, dict[str, Any]]]:
    for document in kubernetes():
        if document["kind"] in ("Deployment", "Job"):
            yield document["metadata"]["name"], document["spec"]["template"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_setting_that_is_named_exists_and_is_documented(path: Path) -> None:
    page = (ROOT / "docs/operations.md").read_text()
    for name in set(OWN.findall(path.read_text())):
        plain = name.removesuffix("_FILE")
        assert f'"{plain}"' in SETTINGS, f"{path.name} names {name}, which nothing reads"
        assert f"`{plain}`" in page, f"{plain} isn't in docs/operations.md"


def test_every_environment_variable_is_ours_or_its_images() -> None:
    """A misspelt prefix would be set and never read."""
    foreign = ("POSTGRES_", "RABBITMQ_", "MINIO_", "MC_HOST_", "PYTHON")
    given = {name for service in documents("compose.yaml")[0]["services"].values() for name in _given(service)}
    given |= {one["name"] for _, pod in pods() for one in pod["spec"]["containers"][0].get("env", [])}
    given |= {name for document in kubernetes() if document["kind"] == "ConfigMap" for name in document["data"]}
    given |= set(re.findall(r"(?m)^ENV (\w+)=", (DEPLOY / "Containerfile").read_text()))
    for unit in DEPLOY.glob("*.service"):
        given |= set(re.findall(r"(?m)^Environment=(\w+)=", unit.read_text()))
    assert {name for name in given if not OWN.fullmatch(name) and not name.startswith(foreign)} == set()
    assert len(given) > 20


def _given(service: dict[str, Any]) -> set[str]:
    return set(service.get("environment", {}))


def test_the_image_compiles_the_translations_that_the_build_leaves_out() -> None:
    """Where they are missing every page would be English, and nothing would say so."""
    lines = (DEPLOY / "Containerfile").read_text().splitlines()
    assert lines.index("COPY console console") < lines.index("RUN .venv/bin/python -m config.catalogues")
    assert "**/*.mo" in (ROOT / ".dockerignore").read_text().splitlines()


def test_the_image_has_what_is_read_beside_the_code() -> None:
    """`manage.py doctor` said that its versions couldn't be examined: they stand in pyproject.toml."""
    lines = (DEPLOY / "Containerfile").read_text().splitlines()
    copied = {name for line in lines if line.startswith("COPY ") for name in line.split()[1:-1]} | {"node_modules"}
    code = [path for room in copied if (ROOT / room / "__init__.py").exists() for path in (ROOT / room).rglob("*.py")]
    read = {name for path in code for name in re.findall(r'BASE_DIR\)? / "([^"/]+)', path.read_text())}
    assert {"pyproject.toml", "static", "docs"} <= read
    assert read - {"var"} <= copied


def test_images_are_of_one_version_each() -> None:
    found = re.findall(r"(?m)^\s*(?:FROM|(?:- )?image:) (\S+)", "\n".join(path.read_text() for path in FILES))
    assert len(found) >= 12
    for image in found:
        name, _, tag = image.partition(":")
        assert re.search(r"\d+\.\d+|\d{4}-\d\d-\d\d", tag), f"{name} isn't pinned: {tag!r}"


def test_what_runs_is_there() -> None:
    text = "\n".join(path.read_text() for path in FILES)
    named = {*re.findall(r"manage\.py[\"', ]+([a-z_]+)", text), *re.findall(r"args: \[([a-z_]+)", text)}
    assert (
        {"alive", "runconsole"} <= named <= set(get_commands()) | {"and", "animator"}
    )  # compileall takes its name after manage.py
    assert "--only-migrate" in RunConsole().create_parser("manage.py", "runconsole").format_help()


def test_the_autoscalers_go_by_metrics_and_queues_that_exist() -> None:
    figures = (ROOT / "config/observing/figures.py").read_text()
    queues = set(re.findall(r'"(\w+)",\n', SETTINGS[SETTINGS.index("ZOETROPE_QUEUES = {") :][:400]))
    queries = [
        trigger["metadata"]["query"]
        for document in kubernetes()
        if document["kind"] == "ScaledObject"
        for trigger in document["spec"]["triggers"]
    ]
    assert len(queries) == 4
    for query in queries:
        metric, queue = re.findall(r'(zoetrope_\w+){queue="(\w+)"}', query)[0]
        assert f'"{metric}"' in figures
        assert queue in queues


def test_no_container_of_ours_has_root_or_a_capability_or_a_file_system_to_write() -> None:
    for name, pod in pods():
        spec = pod["spec"]
        inside = spec["containers"][0]["securityContext"]
        assert spec["securityContext"]["runAsNonRoot"], name
        assert inside["readOnlyRootFilesystem"], name
        assert not inside["allowPrivilegeEscalation"], name
        assert inside["capabilities"] == {"drop": ["ALL"]}, name
    ours = [one for one in documents("compose.yaml")[0]["services"].values() if one["image"].startswith("zoetrope:")]
    assert len(ours) == 3
    assert all(one["read_only"] and one["cap_drop"] == ["ALL"] for one in ours)
    assert "\nUSER 10001:10001\n" in (DEPLOY / "Containerfile").read_text()


def test_what_selects_pods_finds_them_and_all_but_jobs_have_a_budget() -> None:
    labels = {name: pod["metadata"]["labels"] for name, pod in pods()}
    for document in kubernetes():
        spec, name = document.get("spec", {}), document["metadata"]["name"]
        if document["kind"] in ("Deployment", "PodDisruptionBudget"):
            assert labels[name] == spec["selector"]["matchLabels"]
        if document["kind"] == "Service":
            assert spec["selector"] in labels.values()
        if document["kind"] == "ScaledObject":
            assert spec["scaleTargetRef"]["name"] in labels
    budgets = {document["metadata"]["name"] for document in kubernetes() if document["kind"] == "PodDisruptionBudget"}
    assert budgets == {name for name in labels if not name.endswith("-migration")}


def test_together_the_workers_serve_every_queue() -> None:
    wanted = set(re.findall(r'"(\w+)",\n', SETTINGS[SETTINGS.index("ZOETROPE_QUEUES = {") :][:400]))
    in_compose = [
        one["environment"].get("ZOETROPE_WORKER_QUEUES", "")
        for one in documents("compose.yaml")[0]["services"].values()
        if "environment" in one
    ]
    in_pods = [
        variable["value"]
        for _, pod in pods()
        for variable in pod["spec"]["containers"][0]["env"]
        if variable["name"] == "ZOETROPE_WORKER_QUEUES"
    ]
    for named in (in_compose, in_pods):
        assert {queue for names in named for queue in names.split(",") if queue} == wanted


@pytest.mark.parametrize("unit", sorted(DEPLOY.glob("*.service")), ids=lambda path: path.name)
def test_a_unit_runs_what_is_in_the_checkout(unit: Path) -> None:
    parsed = ConfigParser(strict=False, interpolation=None)
    parsed.optionxform = str  # type: ignore[assignment, method-assign]
    parsed.read_string(unit.read_text())
    service = parsed["Service"]
    assert service["ExecStart"] == "/opt/zoetrope/.venv/bin/python manage.py runconsole"
    assert service["WorkingDirectory"] == "/opt/zoetrope"
    assert service["KillMode"] == "mixed"  # SIGTERM to the supervisor alone


@pytest.mark.skipif(not shutil.which("kubectl"), reason="kubectl isn't installed")
def test_kustomize_puts_all_of_it_together() -> None:
    rendered = subprocess.run(
        ["kubectl", "kustomize", str(DEPLOY / "kubernetes")], capture_output=True, text=True, check=True
    )
    assert rendered.stderr == ""
    found = sorted((one["kind"], one["metadata"]["name"]) for one in yaml.safe_load_all(rendered.stdout))
    assert found == sorted((one["kind"], one["metadata"]["name"]) for one in kubernetes())


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd isn't installed")
def test_systemd_knows_every_line_of_the_units(tmp_path: Path) -> None:
    """As if this checkout were in /opt; an unknown directive is a warning, and the unit runs without it."""
    units = [*DEPLOY.glob("*.service"), *DEPLOY.glob("*.socket")]
    for unit in units:
        (tmp_path / unit.name).write_text(unit.read_text().replace("/opt/zoetrope", str(ROOT)))
    paths = [str(tmp_path / unit.name) for unit in units]
    verified = subprocess.run(["systemd-analyze", "verify", *paths], capture_output=True, text=True)
    assert (verified.returncode, verified.stderr) == (0, "")


@pytest.mark.django_db
def test_what_probes_ask_for_answers_under_the_name_that_they_give(client: Client) -> None:
    """Kubernetes kills a pod whose probe is answered 400 or 404."""
    kinds = ("startupProbe", "readinessProbe", "livenessProbe")
    probes = [pod["spec"]["containers"][0].get(kind, {}).get("httpGet") for _, pod in pods() for kind in kinds]
    asked = [probe for probe in probes if probe]
    assert len(asked) == 3
    for probe in asked:
        headers = {one["name"]: one["value"] for one in probe["httpHeaders"]}
        assert client.get(probe["path"], headers=headers).status_code == 200
