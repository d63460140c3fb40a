"""Takes MT940 messages apart: one row per statement, one row per movement, every value as the bank wrote it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from dlt_sources.protocols.folder_documents import PROBLEM, FolderDocumentsReader, UnreadableDocument
from dlt_sources.protocols.reader import Row
from dlt_sources.spec import ResourceSpec

_TAG = re.compile(r":(\d{2}[A-Z]?):")
_BALANCE = re.compile(r"(?P<mark>[CD])(?P<date>\d{6})(?P<currency>[A-Z]{3})(?P<amount>[\d,]{1,15})")
_MOVEMENT = re.compile(
    r"(?P<value_date>\d{6})(?P<entry_date>\d{4})?(?P<mark>R?[CD]|E[CD])(?P<funds_code>[A-Z])?(?P<amount>\d[\d,]{0,14})"
    r"(?P<transaction_type>[A-Z][A-Z0-9]{3})(?P<customer_reference>.{0,16}?)(?://(?P<bank_reference>.{0,16}))?"
)
_ORIGINAL = re.compile(r"/OCMT/(?P<original_currency>[A-Z]{3})(?P<original_amount>[\d,]+)")
# A German `:86:` begins with the code of the business case; its subfields begin with ?nn.
_STRUCTURED = re.compile(r"(?P<case>\d{3})(?P<mark>[^\w\s])(?=\d\d)")
_REMITTANCE = (*(f"{number}" for number in range(20, 30)), *(f"{number}" for number in range(60, 64)))
_KEYWORD = re.compile(r"(EREF|KREF|MREF|CRED|DEBT|SVWZ|ABWA|ABWE)\+")


@dataclass
class Message:
    """The fields of one statement, in their order; a movement stands with what follows it."""

    fields: dict[str, str] = field(default_factory=dict)
    movements: list[tuple[str, str]] = field(default_factory=list)


class Mt940Reader(FolderDocumentsReader):
    """Reads statements with or without the blocks of a SWIFT message around them."""

    def rows(self, resource: ResourceSpec, content: bytes) -> Iterator[Row]:
        """Yield the rows of one file. Amounts are without sign and have a decimal comma; the mark says which way."""
        messages = _messages(_text(content))
        if resource.name == "statements":
            return (_statement_row(place, message) for place, message in enumerate(messages, start=1))
        return (
            {"statement_place": str(place), "entry_place": str(entry_place), **_movement_row(line, information)}
            for place, message in enumerate(messages, start=1)
            for entry_place, (line, information) in enumerate(message.movements, start=1)
        )


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Banks that send more than SWIFT's own characters send these; the five bytes that mean nothing become a mark.
        return content.decode("cp1252", errors="replace")


def _messages(text: str) -> list[Message]:
    messages: list[Message] = []
    tag = ""
    for line in text.splitlines():
        match = _TAG.match(line)
        if match:
            tag, rest = match[1], line[match.end() :]
            if tag == "20":
                messages.append(Message())
            _begin(messages, tag, rest)
        elif line.startswith("-") or line.startswith("{"):
            tag = ""  # the end of a message, or the blocks around it
        elif tag and messages:
            _go_on(messages[-1], tag, line)
    if not messages:
        raise UnreadableDocument("it holds no statement (field 20)")
    return messages


def _begin(messages: list[Message], tag: str, rest: str) -> None:
    if not messages:
        raise UnreadableDocument(f"field {tag} stands before the first statement (field 20)")
    message = messages[-1]
    if tag == "61":
        message.movements.append((rest, ""))
    elif tag == "86" and message.movements and "62F" not in message.fields and "62M" not in message.fields:
        line, _ = message.movements[-1]
        message.movements[-1] = (line, rest)
    else:
        message.fields[tag] = rest


def _go_on(message: Message, tag: str, line: str) -> None:
    """A further line of the field: what a movement says is one text, whatever lines it is cut into."""
    if tag == "61":
        movement, information = message.movements[-1]
        message.movements[-1] = (f"{movement}\n{line}", information)
    elif tag == "86" and message.movements and tag not in message.fields:
        movement, information = message.movements[-1]
        message.movements[-1] = (movement, information + line)
    else:
        message.fields[tag] = message.fields.get(tag, "") + line


def _statement_row(place: int, message: Message) -> Row:
    number, _, part = message.fields.get("28C", message.fields.get("28", "")).partition("/")
    return {
        "statement_place": str(place),
        "transaction_reference": message.fields.get("20"),
        "account_id": message.fields.get("25"),
        "statement_number": number or None,
        "sequence_number": part or None,
        **_balance(message, "opening", ("60F", "60M")),
        **_balance(message, "closing", ("62F", "62M")),
        "entry_count": str(len(message.movements)),
    }


def _balance(message: Message, name: str, tags: tuple[str, ...]) -> Row:
    tag = next((tag for tag in tags if tag in message.fields), None)
    match = _BALANCE.match(message.fields[tag]) if tag else None
    parts = match.groupdict() if match else dict.fromkeys(("mark", "date", "currency", "amount"))
    return {f"{name}_tag": tag, **{f"{name}_{part}": value for part, value in parts.items()}}


def _movement_row(lines: str, information: str) -> Row:
    line, _, supplement = lines.partition("\n")
    match = _MOVEMENT.fullmatch(line.strip())
    if not match:
        return {PROBLEM: "field 61 cannot be read"}
    original = _ORIGINAL.search(supplement)
    return {
        **match.groupdict(),
        "customer_reference": match["customer_reference"] or None,
        "supplement": supplement.strip() or None,
        "original_currency": original["original_currency"] if original else None,
        "original_amount": original["original_amount"] if original else None,
        **_information(information),
    }


def _information(text: str) -> Row:
    """What a bank says of a movement: the subfields of a structured text, or the text."""
    structured = _STRUCTURED.match(text)
    if not structured:
        return {"remittance_text": text.strip() or None}
    subfields = {part[:2]: part[2:] for part in text[structured.end("case") :].split(structured["mark"])[1:]}
    remittance = "".join(subfields.get(number, "") for number in _REMITTANCE)
    said = _keywords(remittance)
    return {
        "case_code": structured["case"],
        "posting_text": subfields.get("00"),
        "end_to_end_id": said.get("EREF"),
        "mandate_id": said.get("MREF"),
        "remittance_text": said.get("SVWZ", remittance).strip() or None,
        "counterparty_bank": subfields.get("30"),
        "counterparty_account": subfields.get("31"),
        "counterparty_name": (subfields.get("32", "") + subfields.get("33", "")).strip() or None,
    }


def _keywords(remittance: str) -> dict[str, str]:
    """EREF+…SVWZ+… as keywords and what follows each."""
    parts = _KEYWORD.split(remittance)
    return {keyword: value.strip() for keyword, value in zip(parts[1::2], parts[2::2], strict=True)}
