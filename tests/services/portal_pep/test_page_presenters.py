"""What the portal's pages show of passports, forms and cases, without a browser."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from services.portal_pep.form_drafts import FormDraft
from services.portal_pep.pages.cabinet import case_presenter
from services.portal_pep.pages.catalogue import presenter as catalogue
from services.portal_pep.pages.filing import presenter as filing
from services.portal_pep.pages.site import WORDS
from shared.contracts.cases import DecisionOutcome
from shared.contracts.statuses import list_coded_statuses
from shared.regulations.forms.fields import TOPICS, list_form_fields
from shared.regulations.forms.valid_form import make_valid_form
from shared.regulations.model import Passport
from shared.regulations.process.graph import ProcessGraph
from tests.pki.pki_centre import IIN, NOW
from tests.services.portal_pep.filing import Desk, book, portal_graphs

LANGUAGES = ("ru", "kk", "en")
PASSPORTS = catalogue.list_passports(book())
GRAPHS = {str(graph.passport_id) + " " + graph.variant: graph for graph in portal_graphs()}


def passport(name: str) -> Passport:
    return book().get_passport(name)


@pytest.mark.parametrize("tag", LANGUAGES)
@pytest.mark.parametrize("service", PASSPORTS, ids=lambda service: service.id)
def test_service_is_told_whole_in_every_language(service: Passport, tag: str) -> None:
    page = catalogue.describe_service(service, book(), tag)
    assert page.card.title
    assert page.results
    assert page.offices
    assert len(page.papers) == sum("portal" in ground.channels for ground in service.grounds)
    assert len(page.refusals) == sum("portal" in refusal.channels for refusal in service.refusals)


def test_service_that_the_portal_does_not_take_has_a_page_too() -> None:
    others = [service for service in book().passports if service not in PASSPORTS]
    assert len(others) == 26
    assert all(
        catalogue.describe_service(service, book(), tag).card.title for service in others for tag in LANGUAGES
    )


def test_catalogue_is_narrowed_by_region_situation_and_words_together() -> None:
    def ids(**filters: str) -> list[str]:
        return [card.id for card in catalogue.list_cards(book(), "ru", **filters)]

    assert len(ids()) == 18
    assert ids(region="KZ-SEV") == ["KZ-SEV.1"]
    assert ids(situation="child", region="KZ-YUZ") == ["KZ-YUZ.1", "KZ-YUZ.4"]
    assert ids(situation="child", region="KZ-YUZ", words="ОЧЕРЕДЬ") == ["KZ-YUZ.1"]
    assert ids(situation="no such situation") == []


def test_every_service_of_the_portal_helps_in_some_situation_of_life() -> None:
    helping = {service for services in catalogue.SITUATIONS.values() for service in services}
    assert helping == {service.service_type for service in PASSPORTS}


def test_longest_term_is_that_of_the_longest_step() -> None:
    assert catalogue.find_longest_term(passport("KZ-AKM.17"), book(), "ru").replace("\u00a0", " ") == "5 минут"


@pytest.mark.parametrize("service", PASSPORTS, ids=lambda service: service.id)
def test_topics_hold_every_field_of_the_form_once(service: Passport) -> None:
    topics = [topic for topic in filing.list_topics(service) if topic in TOPICS]
    asked = [question.key for topic in topics for question in filing.list_questions(service, topic, {}, "ru")]
    assert sorted(asked) == sorted(field.key for field in list_form_fields(service))
    assert len(topics) == len(set(topics))


def test_newcomer_is_asked_every_topic_in_order_and_is_then_at_the_check() -> None:
    service, asked = passport("KZ-AKM.12"), []
    draft = filing.begin_draft(service, IIN, {})
    while (topic := filing.find_missing_topic(service, draft)) is not None:
        asked.append(topic)
        keys = {field.key for field in list_form_fields(service) if field.topic == topic}
        form = {key: value for key, value in make_valid_form(service, IIN).items() if key in keys}
        draft = draft.fill_topic(topic, fields={**draft.fields, **form})
    assert asked == ["contact", "work"] == filing.list_topics(service)


def test_known_answers_are_not_asked_again_and_faulty_ones_are() -> None:
    service = passport("KZ-AKM.17")
    known = make_valid_form(service, IIN)
    assert filing.find_missing_topic(service, filing.begin_draft(service, IIN, known)) is None
    faulty = filing.begin_draft(service, IIN, {**known, "phone": "no digits"})
    assert "phone" not in faulty.fields
    assert filing.find_missing_topic(service, faulty) == "contact"


def test_applicants_own_number_is_filled_in_and_never_an_earlier_one() -> None:
    draft = filing.begin_draft(passport("KZ-YUZ.3"), IIN, {"iin": "850101100022"})
    assert draft.fields["iin"] == IIN


def test_place_is_asked_where_there_are_several_departments_or_kinds() -> None:
    assert filing.list_topics(passport("KZ-YUZ.3"))[0] == filing.PLACE
    assert filing.list_topics(passport("KZ-ATY.2"))[0] == filing.PLACE
    assert filing.PLACE not in filing.list_topics(passport("KZ-AKM.17"))


def test_choice_is_shown_in_words_and_an_empty_answer_as_not_given() -> None:
    draft = FormDraft("KZ-AKM.12", fields={"education": "higher"})
    topics = filing.list_answers(passport("KZ-AKM.12"), draft, "kk")
    answers = {label: text for topic in topics for label, text, _ in topic.answers}
    assert answers["Білімі"] == "жоғары"
    assert answers["Кәсібі"] == WORDS["not-given"]["kk"]


@pytest.mark.parametrize("name", GRAPHS)
@pytest.mark.parametrize("tag", LANGUAGES)
def test_path_of_a_new_case_tells_what_is_done_who_has_it_and_what_follows(
    tmp_path: Path, name: str, tag: str
) -> None:
    case = Desk.at(tmp_path).file(GRAPHS[name])
    view = case_presenter.describe_case(case, book(), tag, NOW + timedelta(seconds=10))
    states = [step.state for step in view.path]
    assert states == sorted(states, key=["done", "current", "ahead"].index)
    assert {"done", "current", "ahead"} <= set(states)
    assert all(step.title and step.remark for step in view.path)
    assert view.is_open


def test_decided_case_has_no_step_ahead_and_says_the_reason(tmp_path: Path) -> None:
    desk = Desk.at(tmp_path)
    case = desk.file(GRAPHS["KZ-AKM.17 main"])
    refused = replace(case, outcome=DecisionOutcome.NEGATIVE.value, reason="нет документов", status="отказано")
    view = case_presenter.describe_case(refused, book(), "ru", NOW)
    assert ({step.state for step in view.path}, view.reason, view.card.tone) == ({"done"}, "нет документов", "bad")


def test_every_status_of_an_act_has_a_title_in_english() -> None:
    for coded in list_coded_statuses():
        for words in coded.words:
            assert case_presenter.say_status(words, "en") == coded.titles["en"]


def test_every_step_of_every_case_is_said_in_words() -> None:
    nodes = [node for graph in GRAPHS.values() for node in graph.nodes if node.end is None]
    assert {case_presenter.say_operation(node, tag) for node in nodes for tag in LANGUAGES} > {
        "Решение",
        "Decision",
    }


def test_question_about_a_place_offers_yes_and_no() -> None:
    graph: ProcessGraph = GRAPHS["KZ-YUZ.1 main"]
    node = next(node for node in graph.nodes if node.op == "answer" and node.chooses)
    question = case_presenter.describe_question(node, graph, "en")
    assert [code for code, _ in question.answers] == ["met", "unmet"]
    assert all(title for _, title in question.answers)
