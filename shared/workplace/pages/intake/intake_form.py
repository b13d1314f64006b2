"""The form of the intake: what the page asks, and the request that its values make."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from shared.bus.errors import BusError, Malformed
from shared.contracts.documents import Attachment, Representative
from shared.contracts.identifiers import check_iin
from shared.regulations.forms.fields import FormField, list_form_fields
from shared.regulations.model import Channel, Passport
from shared.regulations.translations import text_in
from shared.web.page_forms import FormFile, PageForm
from shared.workplace.pages.intake.service_lists import NamedText, name_service
from shared.workplace.records.applicant_choices import ALLOWED, NUCLEAR_TEST_VICTIMS
from shared.workplace.records.visits import VisitorContact
from shared.workplace.steps.intake import IntakeRequest

FIELD_PREFIX = "form_"
"""The names of the service's own fields begin so, apart from those of the intake."""
PLAIN_FIELDS = (
    *("variant", "authority", "applicant", "name", "phone", "missing", "ticket"),
    *("agent", "power", "agent_name", "agent_phone"),
)
LONGEST_NAME = 200
SAME_PERSON: Mapping[str, str] = {"iin": "applicant"}
"""The service's own fields that the intake asks for already, each with its field there."""
PHONE = "phone"
"""The intake's telephone, and the key of the service's own, which serves for both."""
FIELDS_OF_FAULTS: Mapping[str, str] = {
    "representative-same": "agent",
    "papers-missing": "missing",
    "variant-needed": "variant",
    "variant-not-found": "variant",
    "authority-unknown": "authority",
}
"""The field of the page beside which a refusal stands, by its code."""


@dataclass(frozen=True)
class IntakeSheet:
    """What the page of an intake shows besides the values typed in so far."""

    passport: Passport
    channel: Channel
    service: NamedText
    variants: Sequence[NamedText]
    departments: Sequence[NamedText]
    fields: Sequence[FormField]
    repeated: Sequence[str]
    """The keys of the service's own fields that the intake's fields fill."""
    choices: Mapping[str, Sequence[str]]
    """The choices that the act gives beside its form: the values by field."""

    @property
    def has_own_phone(self) -> bool:
        """Whether the service itself asks for the applicant's telephone."""
        return any(field.key == PHONE for field in self.fields)

    @property
    def has_choice_of_offices(self) -> bool:
        """Whether the visitor says which authority decides: at an authority itself it is that one."""
        return self.channel == "con" and len(self.departments) > 1

    @property
    def variant_options(self) -> Sequence[tuple[str, str]]:
        """The variants to choose from: value and text."""
        return [(variant.value, variant.text) for variant in self.variants]

    @property
    def department_options(self) -> Sequence[tuple[str, str]]:
        """The departments to choose from: value and text."""
        return [(office.value, office.text) for office in self.departments]

    def options_of(self, field: FormField, tag: str) -> Sequence[tuple[str, str]]:
        """The values of a choice among the service's own fields, each with its text."""
        return [(value, text.in_language(tag)) for value, text in field.options.items()]

    def choice_options(self, values: Sequence[str], say: Callable[[str], str]) -> Sequence[tuple[str, str]]:
        """The values of one of the act's further choices, each with its text."""
        return [(value, say("choice-" + value.replace("_", "-"))) for value in values]

    @property
    def titles(self) -> Mapping[str, str]:
        """The names of the page's fields that belong to the service, by field."""
        return {FIELD_PREFIX + field.key: field.field for field in self.fields}


def lay_out(passport: Passport, channel: Channel, tag: str, variant_words: Mapping[str, str]) -> IntakeSheet:
    """The form of a service for a channel; ``variant_words`` name the variants of the acts."""
    departments = passport.directories.offices_for(channel)
    fields = list_form_fields(passport, channel) or list_form_fields(passport)
    return IntakeSheet(
        passport=passport,
        channel=channel,
        service=name_service(passport, tag),
        variants=[NamedText(code, variant_words.get(code, code), tag) for code in passport.variants],
        departments=[NamedText(office.code, text_in(tag, office.name), tag) for office in departments],
        fields=[field for field in fields if field.key not in SAME_PERSON],
        repeated=[field.key for field in fields if field.key in SAME_PERSON],
        choices={name: sorted(values) for name, values in _choices_of(passport).items()},
    )


def compose_request(form: PageForm, sheet: IntakeSheet) -> IntakeRequest:
    """The request of the workplace's API for the values of a form.

    Malformed ``request-malformed`` for values that the API does not take.
    """
    values = {name: form.text(name) for name in PLAIN_FIELDS}
    try:
        return IntakeRequest(
            regulation=sheet.passport.id,
            channel=sheet.channel,
            variant=values["variant"] or None,
            applicant=values["applicant"],
            authority=values["authority"] or None,
            fields=dict(_filled_fields(form, sheet)),
            attachments=[_attach(file) for file in form.chosen_files("papers")],
            representative=_name_agent(values),
            missing=[line.strip() for line in values["missing"].splitlines() if line.strip()],
            contact=VisitorContact(name=values["name"], phone=values["phone"] or form.text(FIELD_PREFIX + PHONE)),
            representative_contact=VisitorContact(name=values["agent_name"], phone=values["agent_phone"]),
            ticket=values["ticket"] or None,
        )
    except ValidationError as error:
        raise Malformed("request-malformed", "a value is too long or has another form") from error


def find_form_faults(form: PageForm, sheet: IntakeSheet) -> dict[str, str]:
    """The fields of the page that are wrong before the API sees them, each with the code of its fault."""
    faults = {name: error.code for name, error in _find_iin_faults(form).items()}
    if form.text("agent") and not form.text("power"):
        faults["power"] = "power-needed"
    if sheet.has_choice_of_offices and not form.text("authority"):
        faults["authority"] = "authority-needed"
    if not form.is_on("consent"):
        faults["consent"] = "consent-needed"
    return faults


def _find_iin_faults(form: PageForm) -> dict[str, BusError]:
    people = {"applicant": form.text("applicant"), "agent": form.text("agent")}
    faults: dict[str, BusError] = {}
    for name, iin in people.items():
        if name == "agent" and not (iin or form.text("power")):
            continue
        try:
            check_iin(iin)
        except Malformed as error:
            faults[name] = error
    return faults


def locate_faults(error: BusError, tag: str) -> dict[str, str]:
    """The faults of the service's own fields that ``form-invalid`` lists, by field of the page."""
    return {
        _name_of_page(str(fault.get("key", fault.get("field")))): str(fault.get("texts", {}).get(tag, error.code))
        for fault in error.details.get("fields", ())
    }


def _name_of_page(key: str) -> str:
    """The field of the page for one of the service's own."""
    return SAME_PERSON.get(key, FIELD_PREFIX + key)


def _filled_fields(form: PageForm, sheet: IntakeSheet) -> Iterator[tuple[str, str]]:
    for key in (*(field.key for field in sheet.fields), *sheet.choices):
        if value := form.text(FIELD_PREFIX + key):
            yield key, value
    for key in sheet.repeated:
        if value := form.text(SAME_PERSON[key]):
            yield key, value


def _choices_of(passport: Passport) -> Mapping[str, frozenset[str]]:
    return ALLOWED if passport.service_type == NUCLEAR_TEST_VICTIMS else {}


def _attach(file: FormFile) -> Attachment:
    return Attachment(
        name=file.name[:LONGEST_NAME], media_type=file.media_type, content=b64encode(file.content).decode()
    )


def _name_agent(values: Mapping[str, str]) -> Representative | None:
    if not (values["agent"] or values["power"]):
        return None
    return Representative(iin=values["agent"], power_number=values["power"])
