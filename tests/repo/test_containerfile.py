"""The Containerfile, read as text: `tools/container/check.py` builds and runs it where buildah is."""

from __future__ import annotations

import json
import re

from lenet.cli.main import parser
from repository import ROOT

FILE = ROOT / "tools" / "container" / "Containerfile"
KNOWN = {
    "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "RUN", "STOPSIGNAL",
    "USER", "VOLUME", "WORKDIR",
}  # fmt: skip


def instructions() -> list[tuple[str, str]]:
    """Each instruction with its arguments; lines that end with a backslash are joined."""
    lines = [line for line in FILE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [
        (word, rest.strip())
        for word, _, rest in (line.partition(" ") for line in joined.splitlines())
        if word
    ]


def of(name: str) -> list[str]:
    return [rest for word, rest in instructions() if word == name]


def test_only_known_instructions_are_used() -> None:
    """ADD is not: it fetches addresses, and unpacks archives."""
    assert {word for word, _ in instructions()} <= KNOWN


def test_the_base_has_a_tag_and_a_registry() -> None:
    (base,) = [rest.removeprefix("BASE=") for rest in of("ARG") if rest.startswith("BASE=")]
    assert re.fullmatch(r"[a-z.]+/[a-z/]+:\d+\.\d+-[a-z-]+", base)
    version = tuple(map(int, re.findall(r":(\d+)\.(\d+)", base)[0]))
    assert version >= (3, 11)
    assert of("FROM") == ["${BASE} AS build", "${BASE}"]


def test_the_last_user_is_a_number_without_privileges() -> None:
    """A number, so that `runAsNonRoot` can be checked."""
    last = [word for word, _ in instructions()]
    assert of("USER") == ["10001:10001"]
    assert "RUN" not in last[last.index("USER") :]
    assert "COPY" not in last[last.index("USER") :]


def test_files_come_from_the_checkout_or_the_first_stage() -> None:
    for copied in of("COPY"):
        assert re.fullmatch(
            r"(--from=build /opt/lenet /opt/lenet|constraints\.txt \S+|dist/\*\.whl \S+)", copied
        )
    assert (ROOT / "constraints.txt").is_file()


def test_pip_installs_the_wheel_itself_with_the_constraints() -> None:
    """By its path: a package of the same name from an index would be another program."""
    (command,) = [rest for rest in of("RUN") if "pip install" in rest]
    assert '"$(ls /build/lenet-*.whl)[serve,collect]"' in command
    assert "--constraint /build/constraints.txt" in command
    assert "--no-cache-dir" in command
    assert not re.search(r"https?://|--trusted-host|--extra-index-url|curl|wget", command)


def test_the_command_is_one_of_this_version() -> None:
    (entry,), (command,) = of("ENTRYPOINT"), of("CMD")
    words = [*json.loads(entry), *json.loads(command)]
    args = parser().parse_args(words[1:])
    assert words[0] == "lenet"
    assert (args.host, args.port, args.no_browser) == ("0.0.0.0", int(of("EXPOSE")[0]), True)
    assert args.log_format == "json"


def test_the_health_check_asks_the_port() -> None:
    (check,) = of("HEALTHCHECK")
    assert f"http://127.0.0.1:{of('EXPOSE')[0]}/v2/health/ready" in check
    assert re.search(r"--timeout=\d+s", check)
    assert of("STOPSIGNAL") == ["SIGTERM"]
