"""The examples of the documents run with the tools of macOS and BusyBox too, not only with those of GNU."""

from __future__ import annotations

import re

import pytest

from tests.docs_commands import papers

OF_GNU_ONLY = {
    r"\bbase64\b[^|\n)]* (-w|--wrap|--decode)": "openssl base64 -A",
    r"(?<!openssl )\bbase64 (?!-d\b)[\w./-]": "openssl base64 -A -in FILE: of macOS, base64 takes no file",
    r"\bdate (-d|--date|-I|--iso)": "date -u +FORMAT",
    r"\bsed (-i|-r|--in-place)": "sed … FILE > OTHER",
    r"\bgrep [^|\n]*-[a-zA-Z]*P": "sed -n, or grep -E",
    r"\breadlink (-f|--canonicalize)": "cd … && pwd",
    r"\bstat (-c|--format)": "wc -c",
    r"\bxargs (-r|-d|--no-run)": "a loop",
    r"\b(head|tail) -[cn] ?-\d": "sed",
    r"\b(sha256sum|md5sum|tac|timeout|shuf|nproc)\b(?= )": "openssl dgst, or nothing",
    r"\bcp [^|\n]*(--parents|--reflink)": "cp -R",
    r"\bmktemp [^|\n]*(--|-p )": "mktemp -d",
}
"""Commands of GNU's tools only, and the portable form."""
FENCED = re.compile(r"```(?:sh|bash|console)\n(.*?)```", re.DOTALL)


def test_examples_of_the_documents_need_no_gnu_tools() -> None:
    texts = {path: "\n".join(FENCED.findall(path.read_text(encoding="utf-8"))) for path in papers()}
    assert sum(map(bool, texts.values())) > 5
    strange = [
        f"{path.name}: {fault[0]!r}: {instead}"
        for path, text in texts.items()
        for pattern, instead in OF_GNU_ONLY.items()
        for fault in re.finditer(pattern, text)
    ]
    assert strange == []


@pytest.mark.parametrize(
    "command",
    [
        "base64 -w0 file",
        "date -d tomorrow",
        "sed -i s/a/b/ file",
        "grep -oP x",
        "cat x | xargs -r rm",
        "base64 file",
    ],
)
def test_search_for_gnu_tools_sees_them(command: str) -> None:
    assert any(re.search(pattern, command) for pattern in OF_GNU_ONLY)
