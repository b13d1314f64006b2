"""The printed result seen by independent programs: Poppler, ZBar, openssl, a browser."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from shared.pki.cms import signed_data
from tests.journeys.kit import Served, openssl
from tests.journeys.portal.test_printed import check_path
from tests.servers.programs import CHROMIUM, POPPLER, ZBAR, Package, obtain

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.servers]

See = Callable[..., str]
BROWSER = (
    "--headless --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --lang=ru"
)


@pytest.fixture
def see(tmp_path: Path) -> See:
    """Runs a program of a package in this test's folder; returns its output."""

    def run(package: Package, command: str) -> str:
        program, *arguments = command.split()
        path = obtain(package) / program
        done = subprocess.run(
            (path, *arguments), cwd=tmp_path, capture_output=True, text=True, check=False, timeout=100
        )
        assert done.returncode == 0, (command, done.stdout[-2000:], done.stderr[-2000:])
        return done.stdout

    return run


async def keep(served: Served, tmp_path: Path) -> None:
    (tmp_path / "output.pdf").write_bytes(await served.citizen.portal.get_output_pdf(served.case))


async def test_printed_document_has_both_languages_and_its_persons_for_a_reader(
    served: Served, see: See, tmp_path: Path
) -> None:
    await keep(served, tmp_path)
    text = see(POPPLER, "pdftotext -layout output.pdf -")
    person = served.citizen.person
    output = await served.citizen.portal.get_output(served.case)
    words = " ".join(text.split())
    for wanted in (
        "АНЫҚТАМА",
        "СПРАВКА",
        "Құжатты берген орган",
        "Орган, выдавший документ",
        "Отдел занятости и социальных программ города Шымкент",
        "справок безработным гражданам",
        "Жұмыссыз азаматтарға анықтамалар беру",
        person.iin,
        f"{person.surname} {person.name} {person.patronymic}".strip(),
        f"№ {output['document']['number']}",
        output["signer"]["name"],
    ):
        assert wanted in words, words
    column = see(POPPLER, "pdftotext -raw output.pdf -")
    assert "Осы анықтама өтініш берушінің жұмыссыз ретінде тіркелгендігі" in " ".join(column.split())
    assert "Настоящая справка выдана в том, что" in " ".join(column.split())
    assert set("әғқңөұүі") <= set(text)


async def test_qr_on_the_page_leads_to_the_check(served: Served, see: See, tmp_path: Path) -> None:
    await keep(served, tmp_path)
    see(POPPLER, "pdftoppm -r 150 -png -singlefile output.pdf page")
    read = see(ZBAR, "zbarimg --quiet --raw --nodbus page.png").strip()
    assert read == served.country.url("portal_pep") + await check_path(served)


async def test_pades_seal_is_found_whole_by_poppler(served: Served, see: See, tmp_path: Path) -> None:
    await keep(served, tmp_path)
    told = see(POPPLER, "pdfsig -nocert output.pdf")
    assert "Signature Type: ETSI.CAdES.detached" in told
    assert "Total document signed" in told
    assert "Signature Validation: Signature is Valid." in told
    changed = bytearray((tmp_path / "output.pdf").read_bytes())
    changed[changed.index(b"stream\n") + 20] ^= 1
    (tmp_path / "output.pdf").write_bytes(changed)
    assert "Signature is Valid" not in see(POPPLER, "pdfsig -nocert output.pdf")


async def test_signed_original_travels_in_the_document_and_openssl_verifies_it(
    served: Served, see: See, tmp_path: Path
) -> None:
    await keep(served, tmp_path)
    see(POPPLER, "pdfdetach -saveall output.pdf")
    number = (await served.citizen.portal.get_application(served.case))["number"]
    original, signature = (tmp_path / f"{number}.json{tail}" for tail in ("", ".p7s"))
    assert signature.read_bytes() == await served.citizen.portal.get_output_cms(served.case)
    assert original.read_bytes() == signed_data.open_signed(signature.read_bytes()).content
    (tmp_path / "anchors.pem").write_bytes(served.country.anchors())
    how = "-binary -inform DER -CAfile anchors.pem -out opened"
    done = openssl(tmp_path, f"cms -verify {how} -in {signature.name}")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "opened").read_bytes() == original.read_bytes()


async def test_browser_shows_the_check_page(served: Served, see: See, tmp_path: Path) -> None:
    url = served.country.url("portal_pep") + await check_path(served)
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    seen = await asyncio.to_thread(see, CHROMIUM, f"chromium {BROWSER} {profile} --dump-dom {url}?lang=kk")
    assert "<h2>Қолтаңба жарамды</h2>" in seen
    assert served.citizen.person.iin not in seen
    shot = f"chromium {BROWSER} {profile} --window-size=900,1100 --screenshot=page.png {url}?lang=ru"
    await asyncio.to_thread(see, CHROMIUM, shot)
    await asyncio.to_thread(see, CHROMIUM, f"chromium {BROWSER} {profile} --screenshot=blank.png about:blank")
    sizes = [(tmp_path / name).stat().st_size for name in ("page.png", "blank.png")]
    assert sizes[0] > 5 * sizes[1]  # the style is allowed, and the page is drawn
