"""The names platforms are found by: a page that lists them, and the lists the search reads in the browser."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, partial

from opencc import OpenCC
from pypinyin import lazy_pinyin, load_phrases_dict

from pipeline.publish.web import frame
from pipeline.publish.web.figures import Desk
from pipeline.publish.web.page import FileSet, Job, Shell
from pipeline.publish.web.reading import Row

ONE_PAGE = 1_000
"""Up to this many platforms stand on one page; more are split by first letter."""
_OTHER = "0"
_T2S = OpenCC("t2s")
# a shop's 发卡 is no hairpin
load_phrases_dict({"发卡": [["fa"], ["ka"]], "自动发卡": [["zi"], ["dong"], ["fa"], ["ka"]]})


@dataclass(frozen=True)
class NameRow:
    name: str
    href: str
    aliases: str
    legal_name: str
    credit_code: str
    domains: str
    invented: bool


@dataclass(frozen=True)
class NamesPage:
    """`letters` as (letter, address, platforms), empty where all stand on this page."""

    shell: Shell
    rows: tuple[NameRow, ...]
    letters: tuple[tuple[str, str, int], ...]


def jobs(desk: Desk) -> Iterator[Job]:
    rows = sorted(desk.data.platforms.values(), key=lambda row: (sound(row["name"]), row["id"]))
    if len(rows) <= ONE_PAGE:
        yield Job("/names/", partial(_page, desk, rows, ()), partial(_made_from, desk, rows))
        return
    letters: dict[str, list[Row]] = {}
    for row in rows:
        letters.setdefault(_letter(row), []).append(row)
    listed = tuple((letter, desk.at(f"/names/{letter}/"), len(own)) for letter, own in sorted(letters.items()))
    yield Job("/names/", partial(_page, desk, (), listed), lambda: listed)
    for letter, own in letters.items():
        yield Job(
            f"/names/{letter}/", partial(_page, desk, own, listed, letter), partial(_made_from, desk, own, listed)
        )


def _made_from(desk: Desk, rows: Iterable[Row], listed: Iterable[object] = ()) -> Iterator[object]:
    yield from listed
    for row in rows:
        yield tuple(row), [tuple(fact) for fact in desk.data.facts.get(row["id"], [])]


def _letter(row: Row) -> str:
    first = sound(row["name"])[:1]
    return first if first.isascii() and first.isalpha() else _OTHER


def _page(desk: Desk, rows: Iterable[Row], letters: tuple[tuple[str, str, int], ...], letter: str = "") -> NamesPage:
    title = desk.say("平台名录：%(letter)s", letter=letter.upper()) if letter else desk.say("平台名录")
    shell = frame.shell(
        desk, title=title, section="search", path=f"/names/{letter}/" if letter else "/names/",
        description=desk.say("全部平台按拼音排列：名称、门户上印的别名、登记名称、统一社会信用代码、域名。"),
    )  # fmt: skip
    return NamesPage(shell, tuple(_row(desk, row) for row in rows), letters)


def _row(desk: Desk, row: Row) -> NameRow:
    comma = desk.words("list", "comma")
    return NameRow(
        name=row["name"],
        href=frame.platform_href(desk, row["id"]),
        aliases=comma.join(_aliases(row)) or "—",
        legal_name=row["legal_name"] or "—",
        credit_code=comma.join(_stated(desk, row, "credit_code")) or "—",
        domains=comma.join(_stated(desk, row, "domain")) or "—",
        invented=bool(row["invented"]),
    )


def _aliases(row: Row) -> list[str]:
    return [alias for alias in row["aliases"].split("|") if alias and alias != row["name"]]


def _stated(desk: Desk, row: Row, kind: str) -> list[str]:
    """What registers say of a platform, each value once."""
    own = [row["credit_code"]] if kind == "credit_code" and row["credit_code"] else []
    facts = [fact["value"] for fact in desk.data.facts.get(row["id"], []) if fact["kind"] == kind]
    return list(dict.fromkeys([*own, *facts]))


# ---------------------------------------------------------------- what the browser reads


def files(desk: Desk) -> FileSet:
    """What the search reads in the browser; the same in every language."""
    return FileSet("names", partial(_files, desk), partial(_made_from, desk, desk.data.platforms.values()))


def _files(desk: Desk) -> Iterator[tuple[str, bytes]]:
    """`names.json` id, name, aliases; `registers.json` codes, domains and legal names by place in it; `hanzi.json` sounds."""
    rows = sorted(desk.data.platforms.values(), key=lambda row: row["id"])
    yield "search/names.json", _json([_named(row) for row in rows])
    yield "search/registers.json", _json([_registered(desk, row) for row in rows])
    yield "search/hanzi.json", hanzi("".join(f"{row['name']}{row['aliases']}" for row in rows))


def _named(row: Row) -> list[str]:
    """id, name, then aliases that say more than the name; a reading that its characters alone do not give comes after `=`."""
    plain = simplified(row["name"])
    aliases = [alias for alias in _aliases(row) if simplified(alias) != plain and alias != row["legal_name"]]
    reading = " ".join(lazy_pinyin(plain))
    alone = " ".join(sound for char in plain for sound in lazy_pinyin(char))
    return [row["id"], row["name"], *aliases, *([f"={reading}"] if reading != alone else [])]


def _registered(desk: Desk, row: Row) -> list[list[str]]:
    legal = [row["legal_name"]] if row["legal_name"] else []
    legal += [value for value in _stated(desk, row, "legal_name") if value not in legal]
    return [_stated(desk, row, "credit_code"), _stated(desk, row, "domain"), legal]


def simplified(text: str) -> str:
    return str(_T2S.convert(text))


def sound(text: str) -> str:
    """萤鲸卡盟 → yingjingkameng; other letters stay, small."""
    return "".join(lazy_pinyin(simplified(text))).lower()


def hanzi(names: str = "") -> bytes:
    """Syllable → its characters, of the common ones and those of `names`; and traditional characters, each before its simplified one."""
    common, pairs = _characters()
    syllables: dict[str, str] = {}
    for char in dict.fromkeys(common + simplified(names)):
        syllable = lazy_pinyin(char)[0]
        if syllable != char and syllable.isascii():
            syllables[syllable] = syllables.get(syllable, "") + char
    return _json({"sounds": dict(sorted(syllables.items())), "traditional": pairs})


@cache
def _characters() -> tuple[str, str]:
    """The 6,763 characters of GB 2312, and the traditional ones beside those."""
    common = "".join(_gb2312(high, low) for high in range(0xB0, 0xF8) for low in range(0xA1, 0xFF))
    pairs = ((char, simplified(char)) for char in map(chr, range(0x4E00, 0xA000)))
    held = set(common)
    return common, "".join(f"{char}{plain}" for char, plain in pairs if char != plain and plain in held)


def _gb2312(high: int, low: int) -> str:
    return bytes((high, low)).decode("gb2312", "ignore")


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
