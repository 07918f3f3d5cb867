"""The least command line: one option, one answer."""

import argparse

parser = argparse.ArgumentParser(prog="hello")
parser.add_argument("--version", action="version", version="hello 1.0")
parser.parse_args()
