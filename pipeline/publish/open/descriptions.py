"""How other programs are told what lies here: Frictionless, Croissant, DCAT and schema.org, all from the model."""

from datetime import date, datetime
from typing import Any

from pipeline.model import TABLES
from pipeline.publish.keys import FOREIGN_KEYS, PRIMARY_KEYS
from pipeline.publish.open.files import File, Folder
from pipeline.publish.open.reading import Facts, columns
from pipeline.schema import column_types, descriptions, required_columns, table_description

NAME = "sinkrate"
TITLE = "石沉榜：公开投诉的结局 · sinkrate: what becomes of public complaints"
ABOUT = (
    "卡盟等虚拟商品卖家的公开投诉：事实、判定与链接，不含个人信息，不含投诉与回复的正文。比率以案件为单位。 · "
    "Public complaints about sellers of virtual goods: facts, verdicts and links; no personal data, no bodies. Rates are per case."
)
LICENCE = "https://creativecommons.org/licenses/by/4.0/"
KEYWORDS = ["投诉", "消费者", "卡盟", "石沉率", "complaints", "consumer protection", "response rate"]
_FRICTIONLESS: dict[type, dict[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean", "trueValues": ["1"], "falseValues": ["0"]},
    datetime: {"type": "datetime", "format": "%Y-%m-%dT%H:%M:%S%z"},
    date: {"type": "date", "format": "%Y-%m-%d"},
}
_CROISSANT: dict[type, str] = {
    str: "sc:Text",
    int: "sc:Integer",
    float: "sc:Float",
    bool: "sc:Integer",
    datetime: "sc:Text",
    date: "sc:Date",
}


def write_descriptions(facts: Facts, folder: Folder) -> None:
    """The four files below /open/; the CSVs must have been written."""
    files = {file.path: file for file in folder.files}
    folder.json("/open/datapackage.json", datapackage(facts, files))
    folder.json("/open/croissant.json", croissant(facts, files))
    folder.json("/open/dcat.jsonld", dcat(facts, files))
    folder.json("/open/dataset.jsonld", dataset(facts, files))


def _csv(table: str) -> str:
    return f"/open/csv/{table}.csv"


def datapackage(facts: Facts, files: dict[str, File]) -> dict[str, Any]:
    """Frictionless Data Package: each table with its schema, keys and digest; paths relative to the file itself."""
    return {
        "name": NAME, "id": facts.url(f"/open/#{facts.id}"), "title": TITLE, "description": ABOUT, "version": facts.id,
        "created": facts.as_of, "homepage": facts.url("/"), "keywords": KEYWORDS,
        "licenses": [{"name": "CC-BY-4.0", "path": LICENCE, "title": "Creative Commons Attribution 4.0"}],
        "resources": [_resource(table, files[_csv(table)]) for table in TABLES],
    }  # fmt: skip


def _resource(table: str, file: File) -> dict[str, Any]:
    return {
        "name": table, "type": "table", "path": f"csv/{table}.csv", "scheme": "file", "format": "csv", "mediatype": "text/csv", "encoding": "utf-8-sig",
        "description": table_description(TABLES[table]), "bytes": file.bytes, "hash": f"sha256:{file.sha256}",
        "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "quoteChar": '"', "doubleQuote": True, "header": True}, "schema": _schema(table),
    }  # fmt: skip


def _schema(table: str) -> dict[str, Any]:
    types, zh, en = column_types(TABLES[table]), descriptions(TABLES[table]), descriptions(TABLES[table], "en")
    required = required_columns(TABLES[table])
    fields = [
        {"name": name, **_FRICTIONLESS[types[name]], "title": zh[name], "description": f"{zh[name]} · {en[name]}",
         **({"constraints": {"required": True}} if name in required and types[name] is not str else {})}
        for name in columns(table)
    ]  # fmt: skip
    keys = [
        {"fields": [column], "reference": {"resource": "" if other == table else other, "fields": ["id"]}}
        for column, other in FOREIGN_KEYS.get(table, {}).items()
    ]
    schema = {"fields": fields, "missingValues": [""], "primaryKey": list(PRIMARY_KEYS[table])}
    return schema | ({"foreignKeys": keys} if keys else {})


def croissant(facts: Facts, files: dict[str, File]) -> dict[str, Any]:
    """MLCommons Croissant 1.0: one file object and one record set a table."""
    return {
        "@context": _CONTEXT, "@type": "sc:Dataset", "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": NAME, "description": ABOUT, "license": LICENCE, "url": facts.url("/open/") if facts.site_url else "https://example.invalid/open/",
        "version": f"{facts.day.replace('-', '.')}", "datePublished": facts.day, "keywords": KEYWORDS, "inLanguage": ["zh-Hans", "en"],
        "creator": {"@type": "sc:Organization", "name": "石沉榜 sinkrate"}, "citeAs": cite(facts)["text_en"],
        "isLiveDataset": False,
        "distribution": [_file_object(table, files[_csv(table)]) for table in TABLES],
        "recordSet": [_record_set(table) for table in TABLES],
    }  # fmt: skip


def _file_object(table: str, file: File) -> dict[str, Any]:
    return {"@type": "cr:FileObject", "@id": f"{table}.csv", "name": f"{table}.csv", "contentUrl": f"csv/{table}.csv",
            "encodingFormat": "text/csv", "contentSize": f"{file.bytes} B", "sha256": file.sha256}  # fmt: skip


def _record_set(table: str) -> dict[str, Any]:
    types, zh, en = column_types(TABLES[table]), descriptions(TABLES[table]), descriptions(TABLES[table], "en")
    fields = [
        {"@type": "cr:Field", "@id": f"{table}/{name}", "name": name, "description": f"{zh[name]} · {en[name]}", "dataType": _CROISSANT[types[name]],
         "source": {"fileObject": {"@id": f"{table}.csv"}, "extract": {"column": name}}}
        for name in columns(table)
    ]  # fmt: skip
    keys = [{"@id": f"{table}/{name}"} for name in PRIMARY_KEYS[table]]
    return {"@type": "cr:RecordSet", "@id": table, "name": table, "description": table_description(TABLES[table]),
            "key": keys[0] if len(keys) == 1 else keys, "field": fields}  # fmt: skip


def dcat(facts: Facts, files: dict[str, File]) -> dict[str, Any]:
    """DCAT 3 as JSON-LD: the catalogue, the edition as a dataset, each file as a distribution."""
    kinds = ("text/csv", "application/vnd.apache.parquet", "application/vnd.sqlite3")
    found = [file for file in files.values() if file.media_type in kinds and file.path.startswith("/open/")]
    own = {"@id": facts.url(f"/open/#{facts.id}"), "@type": "dcat:Dataset", "dct:identifier": facts.id, "dct:title": _both(TITLE),
           "dct:description": _both(ABOUT), "dct:issued": {"@type": "xsd:dateTime", "@value": facts.as_of},
           "dct:license": {"@id": LICENCE}, "dcat:version": facts.id, "dcat:keyword": KEYWORDS,
           "dct:accrualPeriodicity": {"@id": "http://publications.europa.eu/resource/authority/frequency/DAILY"},
           "dcat:distribution": [_distribution(facts, file) for file in found]}  # fmt: skip
    context = {"dcat": "http://www.w3.org/ns/dcat#", "dct": "http://purl.org/dc/terms/", "spdx": "http://spdx.org/rdf/terms#",
               "xsd": "http://www.w3.org/2001/XMLSchema#", "foaf": "http://xmlns.com/foaf/0.1/"}  # fmt: skip
    publisher = {"@type": "foaf:Organization", "foaf:name": "石沉榜 sinkrate"}
    return {"@context": context, "@id": facts.url("/open/"), "@type": "dcat:Catalog", "dct:title": _both(TITLE),
            "dct:publisher": publisher, "dcat:dataset": [own]}  # fmt: skip


def _both(text: str) -> list[dict[str, str]]:
    zh, en = text.split(" · ", 1)
    return [{"@language": "zh-Hans", "@value": zh}, {"@language": "en", "@value": en}]


def _distribution(facts: Facts, file: File) -> dict[str, Any]:
    checksum = {
        "@type": "spdx:Checksum",
        "spdx:algorithm": {"@id": "http://spdx.org/rdf/terms#checksumAlgorithm_sha256"},
        "spdx:checksumValue": file.sha256,
    }
    sized = (
        {} if file.path.endswith(".db") else {"dcat:byteSize": file.bytes, "spdx:checksum": checksum}
    )  # SQLite's layout is not part of an edition
    return {
        "@type": "dcat:Distribution",
        "dcat:downloadURL": {"@id": facts.url(file.path)},
        "dcat:mediaType": file.media_type,
        **sized,
    }


def dataset(facts: Facts, files: dict[str, File]) -> dict[str, Any]:
    """schema.org Dataset, for pages and search engines."""
    wanted = (
        "/open/sinkrate.db",
        "/open/datapackage.json",
        "/open/csv/scorecards.csv",
        "/open/csv/cases.csv",
        "/open/parquet/cases.parquet",
    )
    return {
        "@context": "https://schema.org", "@type": "Dataset", "@id": facts.url(f"/open/#{facts.id}"), "name": TITLE, "description": ABOUT,
        "license": LICENCE, "url": facts.url("/open/"), "identifier": facts.id, "version": facts.id, "dateModified": facts.as_of,
        "inLanguage": ["zh-Hans", "en"], "keywords": KEYWORDS, "isAccessibleForFree": True,
        "creator": {"@type": "Organization", "name": "石沉榜 sinkrate", "url": facts.url("/")},
        "measurementTechnique": facts.url("/method/"), "citation": cite(facts)["text_en"],
        "distribution": [
            {"@type": "DataDownload", "encodingFormat": files[path].media_type, "contentUrl": facts.url(path)} for path in wanted if path in files
        ],
    }  # fmt: skip


def cite(facts: Facts) -> dict[str, str]:
    """How this edition is cited; the edition id makes the numbers findable again."""
    year, as_of, method = facts.day[:4], facts.as_of[:16].replace("T", " "), facts.edition["method_version"]
    where = [facts.url("/")] if facts.site_url else []  # without an address there is nothing to point at
    fields = {"title": "石沉榜 sinkrate: what becomes of public complaints", "year": year,
              "note": f"edition {facts.id}, data as of {as_of} Beijing time, method {method}"} | ({"url": where[0]} if where else {})  # fmt: skip
    bibtex = ",\n".join([f"@misc{{sinkrate-{facts.id}", *(f"  {name} = {{{text}}}" for name, text in fields.items())])
    return {
        "edition": facts.id, "as_of": facts.as_of, "license": "CC-BY-4.0",
        "text_zh": "，".join(["石沉榜", f"第 {facts.id} 期", f"数据截至北京时间 {as_of}", f"方法版本 {method}", *where]),
        "text_en": ", ".join(["sinkrate 石沉榜", f"edition {facts.id}", f"data as of {as_of} Beijing time", f"method {method}", *where]),
        "bibtex": f"{bibtex}\n}}\n",
    }  # fmt: skip


_CONTEXT: dict[str, Any] = {
    "@language": "zh-Hans", "@vocab": "https://schema.org/", "citeAs": "cr:citeAs", "column": "cr:column", "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/", "rai": "http://mlcommons.org/croissant/RAI/", "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"}, "dct": "http://purl.org/dc/terms/", "examples": {"@id": "cr:examples", "@type": "@json"},
    "extract": "cr:extract", "field": "cr:field", "fileProperty": "cr:fileProperty", "fileObject": "cr:fileObject", "fileSet": "cr:fileSet",
    "format": "cr:format", "includes": "cr:includes", "isLiveDataset": "cr:isLiveDataset", "jsonPath": "cr:jsonPath", "key": "cr:key",
    "md5": "cr:md5", "parentField": "cr:parentField", "path": "cr:path", "recordSet": "cr:recordSet", "references": "cr:references",
    "regex": "cr:regex", "repeated": "cr:repeated", "replace": "cr:replace", "sc": "https://schema.org/", "separator": "cr:separator",
    "source": "cr:source", "subField": "cr:subField", "transform": "cr:transform", "equivalentProperty": "cr:equivalentProperty",
    "samplingRate": "cr:samplingRate",
}  # fmt: skip
