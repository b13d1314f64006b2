"""ШЭП with the questions of other systems, for a participant that takes the place of НР ИИН."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from services.tools.conformance.roles.mailbox import ScriptedMailbox, contract_of, sent_messages
from services.tools.conformance.roles.samples import NOBODY, PERSON_SERVICE, WRONG_IIN, list_people

QUERY, ANSWER = "person-query/1", "person-answer/1"
ANSWERED = ("known", "first-of-two", "second-of-two", "nobody", "extra-property")
"""The questions that must have an answer."""


@dataclass
class RegisterScript(ScriptedMailbox):
    """The script: people that the register knows, nobody, a wrong number, a repeated question, two at once, and a
    contract of tomorrow.
    """

    tasks: ClassVar = ("answer-questions",)
    sender: ClassVar = "is_mio"

    def __post_init__(self) -> None:
        people = list_people()
        self._ask("known", people[0].iin, needed=2)
        self._ask("first-of-two", people[1].iin)
        self._ask("second-of-two", people[2].iin)
        self._ask("nobody", NOBODY)
        self._ask("wrong-number", WRONG_IIN)
        self._ask("extra-property", people[0].iin, properties={"case": "c-1", "regulation": "KZ-YUZ.3"})
        self.put_mail("unknown-contract", PERSON_SERVICE, "REQUEST", "person-query/99", {"iin": people[0].iin})

    def _ask(self, probe: str, iin: str, **fields: Any) -> None:
        self.put_mail(probe, PERSON_SERVICE, "REQUEST", QUERY, {"iin": iin}, **{"region": "KZ-YUZ", **fields})

    @property
    def is_done(self) -> bool:
        """Whether the mailbox is empty and every question has its answer."""
        chains = {
            request.get("correlation_id")
            for _, request in sent_messages(self.trace)
            if contract_of(request) == ANSWER
        }
        wanted = {str(mail.view["correlation_id"]) for mail in self.mails if mail.probe in ANSWERED}
        self.trace.facts["mails"] = self.mails
        return self.is_worked_off and wanted <= chains
