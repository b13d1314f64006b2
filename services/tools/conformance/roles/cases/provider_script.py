"""ШЭП with the applications of citizens, for a participant that takes the place of a provider."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from services.tools.conformance.roles.cases.case_papers import (
    AUTHORITY,
    CITIZEN,
    LATE_CITIZEN,
    OTHER_CITIZEN,
    REGION,
    SERVICE,
    add_people,
    case_fields,
    case_properties,
    draft_application,
    sign_paper,
    spoil,
)
from services.tools.conformance.roles.mailbox import ScriptedMailbox, sent_messages
from services.tools.conformance.roles.samples import list_people
from shared.bus.clocks.clock import SystemClock

APPLICATION = "application/1"
GOOD, BAD = ("good", "second"), ("spoiled", "signed-by-another", "expired")


@dataclass
class ProviderScript(ScriptedMailbox):
    """The script: two good applications, one of them shown twice, and four that must not be executed."""

    tasks: ClassVar = ("handle-applications",)
    sender: ClassVar = "portal_pep"

    def __post_init__(self) -> None:
        keys = self.trace.keys
        add_people(keys, SystemClock().now())
        people = list_people()
        self._apply("good", people[0], CITIZEN, needed=2)
        self._apply("second", people[1], OTHER_CITIZEN)
        self._apply("spoiled", people[0], CITIZEN)
        self._apply("signed-by-another", people[1], CITIZEN)
        self._apply("expired", people[2], LATE_CITIZEN)
        self._apply("unknown-regulation", people[0], CITIZEN, regulation="KZ-XXX.99")
        self.trace.facts["mails"] = self.mails

    def _apply(self, probe: str, person: Any, signer: str, needed: int = 1, regulation: str | None = None) -> None:
        paper = draft_application(person)
        data, properties = case_fields("t1", "portal_pep"), case_properties("t1")
        if regulation is not None:
            paper["regulation"] = data["regulation"] = properties["regulation"] = regulation
        document = sign_paper(paper, self.trace.keys.people[signer])
        data |= {"authority": AUTHORITY, "document": spoil(document) if probe == "spoiled" else document}
        del data["step"]
        self.put_mail(
            probe, SERVICE, "REQUEST", APPLICATION, data, correlation_id=paper["application_id"], region=REGION,
            properties=properties, needed=needed,
        )  # fmt: skip

    @property
    def is_done(self) -> bool:
        """Whether the mailbox is empty and both good cases have a result."""
        finished = {request.get("correlation_id") for _, request in sent_messages(self.trace, "result/1")}
        good = {str(mail.view["correlation_id"]) for mail in self.mails if mail.probe in GOOD}
        return self.is_worked_off and good <= finished
