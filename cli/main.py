"""The command line: `meridian COMMAND`. Only here is the environment read.

Exit codes: 0 all is well; 1 it went wrong while running; 2 it cannot be run as it is configured.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence

from chassis.configuration import parse
from chassis.environment import SettingsError
from chassis.settings import SERVICES, Settings
from cli.failure import Failure

_CANNOT_RUN = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Gives the exit code."""
    chosen = _parser().parse_args(arguments)
    try:
        settings = parse(_variables(chosen.command, os.environ))
        _warn_of_misspelt(settings)
        return _COMMANDS[chosen.command](settings, chosen) or 0
    except (SettingsError, Failure) as error:
        print(f"meridian: {error}", file=sys.stderr)
        return _CANNOT_RUN


def _variables(command: str, environment: Mapping[str, str]) -> Mapping[str, str]:
    """People watch `up` and one-off commands; machines read the logs of all else."""
    if command in ("serve", "work", "gateway"):
        return environment
    return {"MERIDIAN_LOG_FORMAT": "console", **environment}


def _warn_of_misspelt(settings: Settings) -> None:
    for name in settings.unread:
        print(f"meridian: {name} is set but means nothing here", file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="meridian", description="The Meridian CRM platform.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, text in (
        ("serve", "answer gRPC calls for services"),
        ("work", "publish and handle events, and run the timers of services"),
        ("migrate", "bring the databases of services to the present"),
        ("reconcile", "make streams agree with databases that were restored"),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument("services", nargs="+", choices=SERVICES, metavar="SERVICE")
    commands.add_parser("gateway", help="answer the public REST API")
    region = commands.add_parser("up", help="run a whole region, or several, on this machine")
    region.add_argument("--regions", metavar="NAMES", help="several, for instance na,emea,apac")
    region.add_argument("--hub", help="which of them writes for all; by default the first")
    region.add_argument("--without-sample", action="store_true", help="do not make sample people")
    first = commands.add_parser("administrator", help="make the first person who can log in")
    first.add_argument("--email", required=True)
    first.add_argument("--name", required=True)
    token = commands.add_parser("token", help="print an access token, for scripts")
    who = token.add_mutually_exclusive_group(required=True)
    who.add_argument("--user", metavar="EMAIL", help="its password is read from stdin")
    who.add_argument("--service", choices=SERVICES)
    smoke = commands.add_parser(
        "smoke", help="ask a region whether it answers, through its gateway"
    )
    smoke.add_argument("gateway_url", metavar="URL", help="for instance http://127.0.0.1:8080")
    smoke.add_argument("--service", choices=SERVICES, required=True, help="on whose behalf")
    _add_backup(commands)
    _add_deadletters(commands.add_parser("deadletters", help="events that could not be handled"))
    commands.add_parser("check-config", help="show the configuration, or what is wrong with it")
    commands.add_parser("reset", help="remove all data of the platform on this machine")
    return parser


def _add_backup(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    backup = commands.add_parser("backup", help="back up the databases of this machine's region")
    backup.add_argument("--to", metavar="FOLDER", help="default: MERIDIAN_BACKUP_FOLDER")
    backup.add_argument("--keep", type=int, metavar="N", help="then remove all but the newest N")
    instead = backup.add_mutually_exclusive_group()
    instead.add_argument("--list", action="store_true", help="show the backups instead")
    instead.add_argument(
        "--verify", nargs="?", const="", metavar="ID", help="check one instead, or all"
    )
    restore = commands.add_parser("restore", help="restore the databases from a backup")
    restore.add_argument("--from", dest="origin", metavar="FOLDER", help="as --to of backup")
    restore.add_argument(
        "--at", metavar="TIME", help="a moment, 2026-11-22T10:00:00Z; default: the latest"
    )
    restore.add_argument("--replace", action="store_true", help="put the data that is there aside")


def _add_deadletters(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, text in (
        ("list", "those that nobody has settled"),
        ("show", "one of them in full"),
        ("replay", "handle one now"),
        ("discard", "settle one without handling it"),
    ):
        action = actions.add_parser(name, help=text)
        action.add_argument("service", choices=SERVICES, metavar="SERVICE")
        if name != "list":
            action.add_argument("id")
        if name == "discard":
            action.add_argument("reason")


def _serve(settings: Settings, chosen: argparse.Namespace) -> None:
    from cli.serve import serve

    serve(_connected(settings, chosen.services), chosen.services)


def _work(settings: Settings, chosen: argparse.Namespace) -> None:
    from cli.work import work

    work(_connected(settings, chosen.services), chosen.services)


def _deadletters(settings: Settings, chosen: argparse.Namespace) -> None:
    from cli import deadletters

    connected = _connected(settings, [chosen.service])
    match chosen.action:
        case "list":
            deadletters.list_unsettled(connected, chosen.service)
        case "show":
            deadletters.show(connected, chosen.service, chosen.id)
        case "replay":
            deadletters.replay(connected, chosen.service, chosen.id)
        case "discard":
            deadletters.discard(connected, chosen.service, chosen.id, chosen.reason)


def _backup(settings: Settings, chosen: argparse.Namespace) -> int | None:
    from cli.backup import commands

    if chosen.list:
        commands.list_backups(settings, chosen.to)
        return None
    if chosen.verify is not None:
        return commands.verify(settings, chosen.to, chosen.verify)
    commands.backup(settings, chosen.to, chosen.keep)
    return None


def _restore(settings: Settings, chosen: argparse.Namespace) -> None:
    from cli.backup import commands

    commands.restore(settings, chosen.origin, chosen.at, replace=chosen.replace)


def _gateway(settings: Settings, _chosen: argparse.Namespace) -> None:
    from cli.gateway import run_gateway

    run_gateway(settings)


def _migrate(settings: Settings, chosen: argparse.Namespace) -> None:
    from cli import assembly
    from cli.migrate import migrate

    connected = _connected(settings, chosen.services)
    assembly.begin(settings, "migrate", (), None)
    migrate(connected, chosen.services)


def _reconcile(settings: Settings, chosen: argparse.Namespace) -> None:
    from cli.reconcile import reconcile

    reconcile(_connected(settings, chosen.services), chosen.services)


def _up(settings: Settings, chosen: argparse.Namespace) -> None:
    from cli.company import settings_of_regions
    from cli.up import up

    regions = [settings]
    if chosen.regions:
        variables = _variables("up", os.environ)
        names = chosen.regions.split(",")
        regions = settings_of_regions(variables, settings, names, chosen.hub or names[0])
    up(regions, with_sample=not chosen.without_sample)


def _administrator(settings: Settings, chosen: argparse.Namespace) -> None:
    from cli import administrator

    connected = _connected(settings, ["directory"])
    administrator.ensure(connected, chosen.email, chosen.name, administrator.ask_password())


def _token(settings: Settings, chosen: argparse.Namespace) -> None:
    from cli import token

    if chosen.user:
        print(token.of_user(settings, chosen.user))
    else:
        print(token.of_service(settings, chosen.service))


def _smoke(settings: Settings, chosen: argparse.Namespace) -> None:
    from cli.smoke import smoke

    smoke(settings, chosen.gateway_url, chosen.service)


def _check_config(settings: Settings, _chosen: argparse.Namespace) -> None:
    for name, value in settings.effective.items():
        print(f"{name}={value}")


def _reset(settings: Settings, _chosen: argparse.Namespace) -> None:
    from cli.home import Home

    for home in Home(settings.home).with_regions():
        home.empty()
    print(f"{settings.home} is empty now")


def _connected(settings: Settings, services: Sequence[str]) -> Settings:
    """The settings with the addresses that these services need."""
    from cli import assembly, embedded

    connected = embedded.connected(settings)
    assembly.check_connected(connected, services)
    return connected


_COMMANDS = {
    "serve": _serve,
    "work": _work,
    "gateway": _gateway,
    "backup": _backup,
    "restore": _restore,
    "reconcile": _reconcile,
    "deadletters": _deadletters,
    "migrate": _migrate,
    "up": _up,
    "administrator": _administrator,
    "token": _token,
    "smoke": _smoke,
    "check-config": _check_config,
    "reset": _reset,
}


if __name__ == "__main__":
    sys.exit(main())
