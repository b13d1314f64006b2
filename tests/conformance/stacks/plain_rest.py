"""A participant of the REST door in Python alone (urllib): it repeats what failed, and takes what it knows."""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen
from uuid import uuid4


def take_part(url: str, token: str, iins: list[str]) -> None:
    messages = f"{url}/api/v1/messages"

    def call(method: str, address: str, value: Any = None, key: str = "") -> Any:
        """The answer; what the other side could not do now is tried again, everything else is final."""
        body = None if value is None else json.dumps(value, ensure_ascii=False).encode()
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json; charset=utf-8"}
        if key:
            headers["Idempotency-Key"] = key
        for attempt in range(5):
            try:
                with urlopen(Request(address, body, headers, method=method)) as answer:  # noqa: S310 - the kit
                    return json.load(answer)
            except HTTPError as error:
                with error:
                    if error.code not in (429, 502, 503, 504) or attempt == 4:
                        return None
                    time.sleep(float(error.headers.get("Retry-After", 0.1)))
        return None

    passed = None
    for iin in iins:
        content = {"contract": "person-query/1", "data": {"iin": iin}}
        question = {"service_id": "nr-iin-person", "message_id": str(uuid4()), "content": content}
        passed = call("POST", messages, question, str(uuid4())) or passed
    while mails := call("GET", f"{messages}?limit=50"):
        for mail in mails:
            is_known = mail["content"]["contract"] in ("person-answer/1", "delivery-state-changed/1")
            verdict = {"status": "accepted"} if is_known else {"status": "refused", "code": "contract-unknown"}
            call("PUT", f"{messages}/{quote(mail['message_id'], safe='')}/delivery", verdict)
    if passed is not None:
        call("GET", f"{messages}/{quote(passed['message_id'], safe='')}/deliveries")
