"""The lab for people.

python -m tests.lab up [--fault NAME] [--version 0.1.10] [--release bullseye]
python -m tests.lab status | faults | break NAME | run COMMAND | down [--cache]
"""

import argparse
import sys

from tests.lab import appliance, cleanup, network, packages, rootfs, slots
from tests.lab.addresses import PLAIN_USER, ROOT_PASSWORD, SUDO_USER
from tests.lab.bench import Bench
from tests.lab.box import Box
from tests.lab.commands import LabError
from tests.lab.faults import FAULTS


def up(arguments: argparse.Namespace) -> int:
    missing = packages.what_is_missing()
    if missing:
        print(f"the lab needs {' and '.join(missing)}", file=sys.stderr)
        if packages.packages_to_install():
            print(f"  apt-get install {' '.join(packages.packages_to_install())}", file=sys.stderr)
        return 1
    if arguments.fault and arguments.fault not in FAULTS:
        raise LabError(f"no fault {arguments.fault}; `python -m tests.lab faults` lists them")
    lab = Bench.build()
    try:
        lab.fresh(arguments.version, arguments.release)
        if arguments.fault:
            lab.apply(arguments.fault)
        else:
            lab.reboot()
    except BaseException:
        lab.close()
        raise
    print(_what_to_type(lab))
    lab.keep()
    return 0


def _what_to_type(lab: Bench) -> str:
    config = lab.ssh_config
    return f"""lab {lab.slot.number} is up. What to type:

  noroute -F {config} lab-appliance                seen from the jump host (on-link)
  noroute -F {config} lab-appliance-from-far       seen from the far client (routed)
  noroute check -F {config} lab-appliance --format json

  ssh -F {config} lab-appliance                    root on the appliance
  ssh -F {config} -l {SUDO_USER} lab-appliance          may use sudo; {PLAIN_USER} may not; password {ROOT_PASSWORD}
  ssh -F {config} lab-jump                         the jump host
  ssh -F {config} lab-far                          the far client
  python -m tests.lab run 'systemctl --failed'     past sshd, whatever is wrong with it

  python -m tests.lab break NAME                   see `python -m tests.lab faults`
  python -m tests.lab down"""


def down(arguments: argparse.Namespace) -> int:
    only = None if arguments.lab is None else slots.Slot(arguments.lab)
    removed = cleanup.sweep(also_kept=True, only=only)
    print(f"removed: {', '.join(f'lab {number}' for number in removed) or 'nothing was left'}")
    if arguments.cache:
        for path in rootfs.forget_all():
            print(f"removed: {path}")
    return 0


def status(_arguments: argparse.Namespace) -> int:
    for slot in slots.existing():
        power = "on" if Box(slot).is_on else "off"
        kind = "kept" if slot.kept.exists() else "of a test run"
        print(f"lab {slot.number} ({kind}): appliance {power}, {len(network.namespaces(slot))} namespaces")
    for release in rootfs.RELEASES:
        print(f"root file system {release}: {rootfs.built(release) or 'not built'}")
    return 0


def faults(_arguments: argparse.Namespace) -> int:
    width = max(map(len, FAULTS))
    for fault in FAULTS.values():
        print(f"{fault.name:<{width}}  {' '.join(fault.codes) or '-':<16}  {fault.story}")
    return 0


def break_it(arguments: argparse.Namespace) -> int:
    lab = Bench.attach(_kept_slot(arguments))
    lab.apply(arguments.name)
    lab.keep()
    return 0


def run(arguments: argparse.Namespace) -> int:
    done = Box(_kept_slot(arguments)).run(arguments.command)
    print(done.out, end="")
    print(done.err, end="", file=sys.stderr)
    return done.code


def _kept_slot(arguments: argparse.Namespace) -> slots.Slot:
    """The lab that --lab names, else the only one that is up."""
    kept = [slot for slot in slots.existing() if slot.kept.exists() and arguments.lab in (None, slot.number)]
    if not kept:
        raise LabError("no such lab is up; `python -m tests.lab up` boots one")
    if len(kept) > 1:
        raise LabError(f"labs {', '.join(str(slot.number) for slot in kept)} are up: name one with --lab")
    return kept[0]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.lab", description="A real copy of the appliance.")
    parser.add_argument("--lab", type=int, metavar="NUMBER", help="which one, where several are up")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    one = commands.add_parser("up", help="boot it and print what to type")
    one.add_argument("--fault", default="", help="boot it with this fault")
    one.add_argument("--version", default=appliance.DEFAULT_VERSION, choices=sorted(appliance.VERSIONS))
    one.add_argument("--release", default=rootfs.DEFAULT_RELEASE, choices=rootfs.RELEASES)
    one.set_defaults(act=up)
    one = commands.add_parser("down", help="stop it and remove what this and killed runs left")
    one.add_argument("--cache", action="store_true", help="remove the cached root file systems too")
    one.set_defaults(act=down)
    commands.add_parser("status", help="what is up, what is cached").set_defaults(act=status)
    commands.add_parser("faults", help="list the faults").set_defaults(act=faults)
    one = commands.add_parser("break", help="apply a fault to the lab that is up")
    one.add_argument("name", choices=sorted(FAULTS), metavar="NAME")
    one.set_defaults(act=break_it)
    one = commands.add_parser("run", help="run a shell command in the appliance")
    one.add_argument("command")
    one.set_defaults(act=run)
    arguments = parser.parse_args()
    try:
        return int(arguments.act(arguments))
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
