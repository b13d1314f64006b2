"""Texts are data: read once when first needed, in every language, with the same places to fill in."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.texts.catalog import TextCatalog, TextFileInvalid, read_texts, select_texts, texts_beside

WHOLE = """
iin-unknown:
  ru: "НР ИИН не знает номера {iin}: проверьте"
  kk: "ЖСН ҰТ {iin} нөмірін білмейді"
  en: "НР ИИН knows no {iin}"
"""


def written(folder: Path, text: str, name: str = "texts.yaml") -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def test_texts_of_a_file_are_told_by_code_and_language(tmp_path: Path) -> None:
    texts = read_texts(written(tmp_path, WHOLE))
    assert texts["iin-unknown"]["ru"].format(iin="7") == "НР ИИН не знает номера 7: проверьте"
    assert list(texts["iin-unknown"]) == ["ru", "kk", "en"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "no codes"),
        ("- a", "no codes"),
        ("a: [", "texts.yaml"),
        ("a:\n  ru: x\n  kk: y\n", "a text in ru, kk, en"),
        ("a:\n  ru: x\n  kk: y\n  en: z\n  de: w\n", "nothing else"),
        ("a: x", "a text in"),
        ("a:\n  ru: x\n  kk: ' '\n  en: z\n", "empty"),
        ("a:\n  ru: x\n  kk: 7\n  en: z\n", "no text"),
        ("a:\n  ru: '{number}'\n  kk: '{nomer}'\n  en: '{number}'\n", "placeholders"),
        ("a:\n  ru: '{number}'\n  kk: 'x'\n  en: '{number}'\n", "placeholders"),
        ("a:\n  ru: '{'\n  kk: 'x'\n  en: 'y'\n", "brace"),
        ("A_b:\n  ru: x\n  kk: y\n  en: z\n", "small letters"),
        ("1:\n  ru: x\n  kk: y\n  en: z\n", "small letters"),
        ("a:\n  ru: x\n  kk: y\n  en: z\n  en: w\n", "en stands there twice"),
        ("a: {ru: x, kk: y, en: z}\na: {ru: x, kk: y, en: z}\n", "a stands there twice"),
        ("a: !!python/object/apply:os.getcwd []", "texts.yaml"),
    ],
)
def test_texts_of_a_file_that_does_not_hold_are_refused_with_the_place(
    tmp_path: Path, text: str, fault: str
) -> None:
    with pytest.raises(TextFileInvalid, match=fault) as refused:
        read_texts(written(tmp_path, text))
    assert f"{tmp_path.name}/texts.yaml" in str(refused.value)
    assert str(tmp_path.parent) not in str(refused.value), "no path of the machine"


def test_texts_are_read_when_one_is_asked_for_and_once(tmp_path: Path) -> None:
    catalog = texts_beside(str(tmp_path / "texts.py"))
    together = TextCatalog(catalog, {"other": {"ru": "x", "kk": "y", "en": "z"}})
    path = written(tmp_path, WHOLE)  # was not there when the catalogues were made
    assert set(together) == {"iin-unknown", "other"}
    path.unlink()
    assert together["iin-unknown"]["en"] == catalog["iin-unknown"]["en"] == "НР ИИН knows no {iin}"
    assert together.get("nobody") is None


def test_texts_of_a_system_go_before_shared_ones(tmp_path: Path) -> None:
    written(tmp_path, "a: {ru: own, kk: own1, en: own2}")
    shared = {"a": {"ru": "shared"}, "b-c": {"ru": "shared"}, "b": {"ru": "x"}}
    catalog = texts_beside(str(tmp_path / "texts.py"), shared)
    assert (catalog["a"]["ru"], catalog["b-c"]["ru"], len(catalog)) == ("own", "shared", 3)
    assert dict(select_texts(shared, "b-")) == {"b-c": {"ru": "shared"}}


def test_texts_cannot_be_changed_by_a_reader(tmp_path: Path) -> None:
    catalog = texts_beside(str(tmp_path / "texts.py"))
    written(tmp_path, WHOLE)
    assert not hasattr(catalog, "__setitem__")
    assert not hasattr(catalog["iin-unknown"], "__setitem__")
