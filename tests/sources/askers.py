"""Persons for tests: they answer as told and remember what they were asked."""

from __future__ import annotations

from collections.abc import Callable

from checks.prompts import ChangedHostKey, HostKey, Secret


class Person:
    """Accepts new keys if ``trusting``; answers questions from ``answers`` by kind, or by a function."""

    def __init__(
        self, trusting: bool = True, answers: dict[str, str] | Callable[[Secret], str | None] | None = None
    ) -> None:
        self.trusting = trusting
        self.answers = answers or {}
        self.keys: list[HostKey] = []
        self.accepted: list[HostKey] = []
        self.changed: list[ChangedHostKey] = []
        self.questions: list[Secret] = []

    async def host_key(self, key: HostKey) -> bool:
        self.keys.append(key)
        return self.trusting

    async def accepted_host_key(self, key: HostKey) -> None:
        self.accepted.append(key)

    async def changed_host_key(self, key: ChangedHostKey) -> None:
        self.changed.append(key)

    async def secret(self, question: Secret) -> str | None:
        self.questions.append(question)
        if callable(self.answers):
            return self.answers(question)
        return self.answers.get(question.kind)
