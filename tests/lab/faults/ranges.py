"""Faults in the ranges of virtual IPs and in the file that holds them."""

from typing import Final

from tests.lab import network
from tests.lab.addresses import VIP, VIP_RANGE
from tests.lab.commands import run, wait_for
from tests.lab.faults.fault import fault
from tests.lab.laboratory import Laboratory

ANYIP: Final = "/etc/vmware/anyip-routes.cfg"
HOST_BITS: Final = "10.10.18.18/28"


def set_ranges(lab: Laboratory, *lines: str, end: str = "\n") -> None:
    """Replace the file's one range by `lines`, in place."""
    lab.box.replace_text(ANYIP, f"{VIP_RANGE}\n", "\n".join(lines) + end)


def await_journal(lab: Laboratory, words: str) -> None:
    """Wait until the anyip-routes journal of this boot has `words`."""
    read = "journalctl -b --no-pager -o cat -u anyip-routes"
    wait_for(f"{words!r} in the journal", lambda: words in lab.box.run(read).out, seconds=10)


@fault("A01", "C01", "C10", "C12", capture="a-hostbits-boot")
def host_bits(lab: Laboratory) -> None:
    """The range is not a network address (10.10.18.18/28), as in the story."""
    set_ranges(lab, HOST_BITS)


@fault("A01", "C03", "C26", "C27", capture="a-hostbits-live", live=True)
def host_bits_live(lab: Laboratory) -> None:
    """The bad range is written into the file of a running appliance: the watcher's reader dies, nothing else does."""
    set_ranges(lab, HOST_BITS)
    await_journal(lab, "Error: Invalid prefix")
    wait_for("the reader to end", lambda: lab.box.run("pgrep -fc 'anyiproutectl.sh watch'").out == "1\n", seconds=10)


@fault("C26", live=True)
def host_bits_live_then_fixed(lab: Laboratory) -> None:
    """As host-bits-live, and then corrected in the file: nobody reads it any more."""
    host_bits_live(lab)
    lab.box.replace_text(ANYIP, HOST_BITS, VIP_RANGE)


@fault("A01", "C27", live=True)
def host_bits_restarted(lab: Laboratory) -> None:
    """The bad range is written live and anyip-routes restarted: the unit fails, the old range still works."""
    set_ranges(lab, HOST_BITS)
    lab.box.run("systemctl restart anyip-routes")


@fault("A08", capture="b-dash-range")
def dash_range(lab: Laboratory) -> None:
    """The range is written as first-last, as the wizard writes it."""
    set_ranges(lab, "10.10.18.17-10.10.18.30")


@fault("A09")
def start_and_count(lab: Laboratory) -> None:
    """The review page's start/count (10.10.18.19/11) is taken for a CIDR."""
    set_ranges(lab, "10.10.18.19/11")


@fault("A10")
def dotted_mask(lab: Laboratory) -> None:
    """The mask is dotted: it works, and can never be removed again."""
    set_ranges(lab, "10.10.18.16/255.255.255.240")


@fault("A10", "C26", live=True)
def dotted_mask_live(lab: Laboratory) -> None:
    """The mask of the good range is dotted in the file of a running appliance: the watcher's reader dies over it."""
    set_ranges(lab, "10.10.18.16/255.255.255.240")
    await_journal(lab, "File exists")
    wait_for("the reader to end", lambda: lab.box.run("pgrep -fc 'anyiproutectl.sh watch'").out == "1\n", seconds=10)


@fault("C02", live=True)
def route_deleted(lab: Laboratory) -> None:
    """Somebody deletes the route of the range by hand."""
    lab.box.must(f"ip route del local {VIP_RANGE} dev lo table local")


@fault("C02", "C10", "C12", live=True)
def route_deleted_and_haproxy_restarted(lab: Laboratory) -> None:
    """The same, and a restart of haproxy, which cannot bind its VIPs any more."""
    route_deleted(lab)
    lab.box.run("systemctl restart haproxy")


@fault("A10", live=True)
def dotted_mask_restarted(lab: Laboratory) -> None:
    """The mask is dotted, and the unit restarted: it fails over its own route, and takes the good range away."""
    set_ranges(lab, VIP_RANGE, "10.10.18.32/255.255.255.240")
    lab.reboot()
    lab.box.run("systemctl restart anyip-routes")


@fault(live=True)
def one_address_with_mask(lab: Laboratory) -> None:
    """One address with /32, and the unit restarted: it finds its route again. No fault at all."""
    set_ranges(lab, VIP_RANGE, "10.10.18.40/32")
    lab.reboot()
    lab.box.must("systemctl restart anyip-routes")


@fault("A11", live=True)
def leading_space_restarted(lab: Laboratory) -> None:
    """Blanks before a second range, and the unit restarted."""
    set_ranges(lab, VIP_RANGE, "  10.10.18.32/28")
    lab.reboot()
    lab.box.run("systemctl restart anyip-routes")


@fault("A12")
def comma_list(lab: Laboratory) -> None:
    """Two ranges on one line."""
    set_ranges(lab, f"{VIP_RANGE},10.10.18.32/28")


@fault("A13")
def carriage_returns(lab: Laboratory) -> None:
    """The file was edited on Windows."""
    text = lab.box.read(ANYIP).decode()
    lab.box.write(ANYIP, text.replace("\n", "\r\n").encode())


@fault("A14", capture="c4-no-final-newline")
def no_final_newline(lab: Laboratory) -> None:
    """The last line has no newline and is not read, and nobody says so."""
    set_ranges(lab, VIP_RANGE, end="")


@fault("A15")
def trailing_comment(lab: Laboratory) -> None:
    """A comment behind the range."""
    set_ranges(lab, f"{VIP_RANGE} # VIPs for Tanzu")


@fault("A13")
def carriage_return_alone(lab: Laboratory) -> None:
    """An empty line of a file that was edited on Windows: a carriage return, and nothing else."""
    set_ranges(lab, VIP_RANGE, "\r")


@fault("A15")
def blank_before_comment(lab: Laboratory) -> None:
    """Blanks before a comment: the script takes it for a range."""
    set_ranges(lab, "  # VIPs", VIP_RANGE)


@fault("A15")
def blanks_alone(lab: Laboratory) -> None:
    """A line of blanks."""
    set_ranges(lab, VIP_RANGE, "  ")


@fault("A15")
def trailing_space(lab: Laboratory) -> None:
    """Blanks behind the range."""
    set_ranges(lab, f"{VIP_RANGE}  ")


@fault("A11")
def leading_space(lab: Laboratory) -> None:
    """Blanks before the range: it comes up and is never removed."""
    set_ranges(lab, f"  {VIP_RANGE}")


@fault("A16", "A06", "C10", "C12")
def bare_address(lab: Laboratory) -> None:
    """A range without a mask: one address."""
    set_ranges(lab, "10.10.18.16")


@fault("A06", "A16")
def bare_address_elsewhere(lab: Laboratory) -> None:
    """One address that starts no range with the VIP in it."""
    set_ranges(lab, "10.10.18.20")


@fault("A17")
def mask_too_long(lab: Laboratory) -> None:
    """A mask that no address has."""
    set_ranges(lab, "10.10.18.16/33")


@fault("A17", "C10", "C12")
def leading_zero(lab: Laboratory) -> None:
    """A number with a leading 0: ip takes it for base 8, and routes 8.10.18.16/28."""
    set_ranges(lab, f"0{VIP_RANGE}")


@fault("A17")
def leading_zero_refused(lab: Laboratory) -> None:
    """The same with a number that is none to base 8."""
    set_ranges(lab, "10.10.018.16/28")


@fault("A17")
def leading_zero_in_length(lab: Laboratory) -> None:
    """A length with a leading 0 that is none to base 8: ip takes it neither for a number nor for a mask."""
    set_ranges(lab, "10.10.18.16/028")


@fault("A17", live=True)
def leading_zero_restarted(lab: Laboratory) -> None:
    """A range that is right to base 8, beside the good one, and the unit restarted: it fails over its own route."""
    set_ranges(lab, VIP_RANGE, "10.10.022.040/28")
    lab.reboot()
    lab.box.run("systemctl restart anyip-routes")


@fault()
def harmless_lines(lab: Laboratory) -> None:
    """What looks like a mistake and is none: a commented list, a carriage return behind a comment, empty lines, one
    address by itself, ranges next to the gateway and to the appliance's own address."""
    comments = ("# 10.10.18.64/28, 10.10.18.80/28 # not yet\r", "", "#10.10.18.018/33")
    set_ranges(lab, *comments, "10.10.18.2/31", "10.10.18.6/31", VIP_RANGE, "10.10.18.40")


@fault("A18")
def ipv6_range(lab: Laboratory) -> None:
    """A range of IPv6. The kernel takes it where IPv6 is on, as in the lab; the appliance has it off."""
    set_ranges(lab, VIP_RANGE, "fd00:10::/64")


@fault("A06")
def no_ranges(lab: Laboratory) -> None:
    """Only comments in the file."""
    lab.box.replace_text(ANYIP, f"{VIP_RANGE}\n", "")


@fault("A01", capture="d-good-bad-good")
def one_bad_of_three(lab: Laboratory) -> None:
    """One bad range between two good ones takes all three down."""
    set_ranges(lab, VIP_RANGE, "10.10.18.34/28", "10.10.18.48/28")


@fault("A02")
def own_address_in_range(lab: Laboratory) -> None:
    """A range holds the appliance's own frontend address; harmless by itself."""
    set_ranges(lab, "10.10.18.4/30", VIP_RANGE)


@fault("A03", capture="f-gateway-in-range")
def gateway_in_range(lab: Laboratory) -> None:
    """A range holds the gateway: the appliance answers ARP for it and takes its packets for its own."""
    set_ranges(lab, "10.10.18.0/30", VIP_RANGE)


@fault("A03", "C04", live=True)
def range_shrunk(lab: Laboratory) -> None:
    """The range that holds the gateway is taken out of the file and the unit restarted: its route is still there."""
    gateway_in_range(lab)
    lab.reboot()
    lab.box.replace_text(ANYIP, "10.10.18.0/30\n", "")
    lab.box.must("systemctl restart anyip-routes")


@fault("A02", "A03", "A15")
def whole_subnet_with_comment(lab: Laboratory) -> None:
    """The whole frontend subnet, and a comment behind it: written right, it would take the gateway."""
    set_ranges(lab, "10.10.18.0/24 # VIPs")


@fault("A02", "A03")
def whole_subnet_in_range(lab: Laboratory) -> None:
    """The range is the whole frontend subnet."""
    set_ranges(lab, "10.10.18.0/24")


@fault("E15")
def client_in_range(lab: Laboratory) -> None:
    """A range holds an on-link client."""
    set_ranges(lab, VIP_RANGE, "10.10.18.48/28")


@fault("E15", live=True)
def client_seen_in_range(lab: Laboratory) -> None:
    """The same, appended while that client was being served: the kernel still remembers it."""
    lab.vantage(network.JUMP).tcp(VIP, 443, 2)
    lab.box.append(ANYIP, "10.10.18.48/28\n")
    await_journal(lab, "adding route for 10.10.18.48/28")
    # The client still knows the VIP's MAC address for a while; when it asks again, nobody answers.
    run(["ip", "-n", lab.slot.namespace(network.JUMP), "neigh", "flush", "to", VIP])


@fault("A05", capture="f5-range-covers-workload-node")
def nodes_in_range(lab: Laboratory) -> None:
    """A range holds the Supervisor's servers: haproxy connects to itself."""
    set_ranges(lab, VIP_RANGE, "10.10.17.8/29")


@fault("A05", "C04", live=True)
def nodes_left_in_route(lab: Laboratory) -> None:
    """The range that holds the Supervisor's servers is taken out of the file: its route goes on holding them."""
    nodes_in_range(lab)
    lab.reboot()
    lab.box.replace_text(ANYIP, "10.10.17.8/29\n", "")
    lab.box.must("systemctl restart anyip-routes")


@fault("E15", "C04", live=True)
def client_left_in_route(lab: Laboratory) -> None:
    """The range that holds a client which was served is taken out of the file: its route goes on holding it."""
    client_seen_in_range(lab)
    lab.box.replace_text(ANYIP, "10.10.18.48/28\n", "")
    lab.box.must("systemctl restart anyip-routes")


@fault(live=True)
def range_appended(lab: Laboratory) -> None:
    """A good range is appended in place: the watcher adds it. No fault at all."""
    lab.box.append(ANYIP, "10.10.18.32/28\n")
    await_journal(lab, "adding route for 10.10.18.32/28")


@fault("C04", live=True)
def range_removed(lab: Laboratory) -> None:
    """A range is taken out of the file and the unit restarted: the kernel keeps it."""
    range_appended(lab)
    lab.box.replace_text(ANYIP, "10.10.18.32/28\n", "")
    lab.box.must("systemctl restart anyip-routes")


@fault("C02", capture="m2-sed-i", live=True)
def edited_with_sed(lab: Laboratory) -> None:
    """`sed -i` replaces the file, and the watcher keeps watching the old one, whatever is appended later."""
    lab.box.must(rf"sed -i 's|^{VIP_RANGE}|&\n10.10.18.32/28|' {ANYIP}; echo 10.10.18.48/28 >> {ANYIP}")


@fault("C02", live=True)
def one_range_with_sed(lab: Laboratory) -> None:
    """`sed -i` brings one range in, of addresses that are nobody's."""
    lab.box.must(rf"sed -i 's|^{VIP_RANGE}|&\n10.10.18.32/28|' {ANYIP}")


@fault()
def overlapping_ranges(lab: Laboratory) -> None:
    """Two ranges that overlap; both are added without complaint."""
    set_ranges(lab, VIP_RANGE, "10.10.18.16/29")


@fault()
def range_twice(lab: Laboratory) -> None:
    """The same range twice."""
    set_ranges(lab, VIP_RANGE, VIP_RANGE)


@fault("C05d", "C12", capture="u1-fixed-restart-anyip-only", live=True)
def fixed_but_haproxy_down(lab: Laboratory) -> None:
    """The story's range is corrected and anyip-routes restarted: haproxy stays failed."""
    set_ranges(lab, HOST_BITS)
    lab.reboot()
    lab.box.replace_text(ANYIP, HOST_BITS, VIP_RANGE)
    lab.box.must("systemctl restart anyip-routes")


@fault(capture="u3-fixed-then-reboot", live=True)
def fixed_by_reboot(lab: Laboratory) -> None:
    """The story's range is corrected and the appliance rebooted: healthy."""
    set_ranges(lab, HOST_BITS)
    lab.reboot()
    lab.box.replace_text(ANYIP, HOST_BITS, VIP_RANGE)
    lab.reboot()
