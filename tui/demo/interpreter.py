"""Runs what the small shell has understood, on the model of a machine and on nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field

from tui.demo.machine import Call, Input, Machine, Result, from_bytes, text
from tui.demo.shell import STATUS, Pipeline, Simple, Unreadable, Word, parse

NOT_FOUND = 127
OUTPUT_LIMIT = 2_000_000


@dataclass
class Session:
    """One login: where it is and how the last command ended. ``over`` once somebody typed ``exit``."""

    machine: Machine
    stdin: Input = field(default_factory=lambda: from_bytes(b""))
    status: int = 0
    over: bool = False

    async def run(self, source: str) -> Result:
        """Run a text of commands. Never raises for what was typed; the code is that of the last command."""
        out, err = bytearray(), bytearray()
        try:
            pipelines = parse(source)
        except Unreadable as why:
            self.status = 2
            return Result(2, b"", f"sh: {why}\n".encode("utf-8", "surrogateescape"))
        for pipeline in pipelines:
            if (pipeline.when == "&&" and self.status) or (pipeline.when == "||" and not self.status):
                continue
            if self.over:
                break
            result = await self._pipeline(pipeline)
            self.status = result.code
            out += result.out[: OUTPUT_LIMIT - len(out)]
            err += result.err[: OUTPUT_LIMIT - len(err)]
        return Result(self.status, bytes(out), bytes(err))

    async def _pipeline(self, pipeline: Pipeline) -> Result:
        stdin, out, err, code = self.stdin, b"", b"", 0
        for command in pipeline.commands:
            result = await self._simple(command, stdin)
            out, err, code = result.out, err + result.err, result.code
            stdin = from_bytes(out)
        return Result(code, out, err)

    async def _simple(self, command: Simple, stdin: Input) -> Result:
        words = (*command.words, *(one.target for one in command.redirections if one.kind != "<<"))
        if wants := next((word.wants for word in words if word.wants), ""):
            return self._none(f"{wants}: nothing is substituted in this shell")
        disk = self.machine.disk
        writes: dict[int, tuple[str, str]] = {}
        joined = False
        try:
            for redirection in command.redirections:
                name = self._filled(redirection.target)
                if redirection.kind == "<<":
                    stdin = from_bytes(redirection.body.encode("utf-8", "surrogateescape"))
                elif redirection.kind == "<":
                    stdin = from_bytes(b"" if name == "/dev/null" else disk.read(disk.path(name)))
                elif redirection.kind == "&1":
                    joined = True
                else:
                    writes[redirection.stream] = (redirection.kind, name)
                    if name != "/dev/null" and redirection.kind == ">":
                        disk.write(disk.path(name), b"")
        except OSError as error:
            return Result(1, b"", f"sh: {error.filename}: {error.strerror}\n".encode("utf-8", "surrogateescape"))
        said = [part for word in command.words for part in self._expanded(word)]
        result = await self._command(said, stdin) if said else Result()
        # "2>&1" joins the streams wherever it stands: what `> file 2>&1` and `2>&1 | grep` are used for.
        if joined:
            result = Result(result.code, result.out + result.err)
        try:
            return self._written(result, writes)
        except OSError as error:
            return Result(1, b"", f"sh: {error.filename}: {error.strerror}\n".encode("utf-8", "surrogateescape"))

    def _written(self, result: Result, writes: dict[int, tuple[str, str]]) -> Result:
        streams = {1: result.out, 2: result.err}
        for stream, (_, name) in writes.items():
            if name != "/dev/null" and streams[stream]:
                self.machine.disk.append(self.machine.disk.path(name), streams[stream])
            streams[stream] = b""
        return Result(result.code, streams[1], streams[2])

    def _filled(self, word: Word) -> str:
        return word.text.replace(STATUS, str(self.status))

    def _expanded(self, word: Word) -> list[str]:
        name = self._filled(word)
        if word.pattern:
            found = self.machine.disk.matching(self.machine.disk.path(name))
            if found:
                return found
        return [name]

    async def _command(self, words: list[str], stdin: Input) -> Result:
        self.machine.settle()
        name = words[0].rpartition("/")[2] if words[0].startswith(("/usr/", "/bin/", "/sbin/")) else words[0]
        if name == "exit":
            self.over = True
            code = words[1] if len(words) > 1 else str(self.status)
            return Result(int(code) % 256 if code.isascii() and code.isdigit() and len(code) < 6 else 2)
        command = self.machine.commands.get(name)
        if command is None:
            return self._none(f"{words[0]}: command not found")
        if "--help" in words[1:]:
            return text(f"{name}: simulated as far as the demo needs it; nothing was done.\n")
        result = await command(Call(name, tuple(words[1:]), stdin, self.machine))
        self.machine.settle()
        return result

    def _none(self, why: str) -> Result:
        """What there is not, and what there is."""
        known = " ".join(sorted({*self.machine.commands, "exit"}))
        said = f"sh: {why}\nThis machine is simulated. There is: {known}\n"
        return Result(NOT_FOUND, b"", said.encode("utf-8", "surrogateescape"))
