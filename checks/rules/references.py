"""Where the facts of the catalogue come from, as ``noroute explain`` names it."""

LAB = "reproduced in the lab"
SCRIPTS = "read in the vendor's scripts"
ARTICLE = "https://rguske.github.io/post/vsphere-with-tanzu-troubleshooting-haproxy/"
REPOSITORY = "https://github.com/haproxytech/vmware-haproxy"
VIRTUAL_IPS = f"{REPOSITORY}/blob/main/docs/virtual-ip-config.md"
UPGRADE = f"{REPOSITORY}/blob/main/docs/upgrade.md"
HOMELAB = "a public guide to a homelab with the appliance"
VSPHERE_9_LAB = "a public runbook of a vSphere 9 lab"


def issue(number: int) -> str:
    """An issue of the vendor's repository."""
    return f"{REPOSITORY}/issues/{number}"
