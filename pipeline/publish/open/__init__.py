"""Open data of one edition: what other programs read. Everything lies below the site folder and is linked as shown.

Addresses (`ID` is a platform's id, `TABLE` a table of the model):

    /open/index.json                     every file: address, media type, bytes, SHA-256 (bytes and sum null for the database)
    /open/SHA256SUMS                     the same sums and the index's for `sha256sum -c`, run in /open/; index.json says what has none, and why
    /open/sinkrate.db                    the public database
    /open/csv/TABLE.csv  json/TABLE.json  parquet/TABLE.parquet
    /platforms.csv  /platforms.json      the home table           /platforms/ID.csv  /platforms/ID.json   one platform
    /open/datapackage.json               Frictionless             /open/croissant.json   /open/dcat.jsonld   /open/dataset.jsonld
    /open/feed.atom  /open/feed.json     all                      /open/feeds/ID.atom  /open/feeds/ID.json    one platform's record
    /open/badges/ID.svg                  badge                    /embed/ID/             card for an iframe
    /open/oembed/ID.json                 oEmbed answer            /open/cards/ID.png     social card (where a CJK font was at hand)
    /open/cite.json                      how to cite this edition
    /sitemap.xml  /robots.txt  /llms.txt
    /open/proofs/…                       see below

Proofs (method §10). A record is one row of one table, written as RFC 8785 canonical JSON: an object with the table's
columns, values as in SQLite (text, number, null; a whole number has no fraction part). Hashes are SHA-256, printed as hex, over bytes:

    leaf  = SHA256(0x00 ‖ utf8(canonical record))
    node  = SHA256(0x01 ‖ left ‖ right)                 the tree of RFC 6962 (an odd last node moves up unchanged)
    table root = root over the table's records in primary-key order; an empty table's root is SHA256("")
    edition root = root over leaves SHA256(0x00 ‖ utf8(canonical {"name","records","root"})), one a table, in name order

    /open/proofs/checkpoint.json         {"checkpoint": {...}, "signature": HEX}
        checkpoint: {"format": "sinkrate-checkpoint/1", "number", "edition", "as_of", "method_version", "inputs_digest", "records",
                     "root", "tables": {TABLE: {"records", "root"}}, "previous": HEX or null, "key": HEX}
        signature: Ed25519 over utf8(canonical checkpoint) by `key` (32 bytes). `previous` is the SHA-256 of the canonical
        checkpoint of the edition before, so each extends the last one.
    /open/proofs/log.ndjson              every signed checkpoint so far, oldest first, one a line
    /open/proofs/key.json                {"algorithm": "Ed25519", "public_key": HEX}
    /open/proofs/platforms/ID.json       the numbers a platform's page prints, each with its way to the edition's root:
        {"format": "sinkrate-proof/1", "edition", "table": "scorecards", "platform": ID, "root": HEX (the edition's),
         "table_leaf": canonical {"name","records","root"} as text, "table_path": PATH,
         "records": [{"record": canonical record as text, "path": PATH}, ...]}
        PATH is a list of {"side": "left" or "right", "hash": HEX}: the neighbour stands on that side, from leaf to root.

A browser checks a number so: h = SHA256(0x00 ‖ record); for each step h = SHA256(0x01 ‖ hash ‖ h) where side is left, else
SHA256(0x01 ‖ h ‖ hash). The result must equal `root` inside `table_leaf`; `table_leaf` hashed and walked along `table_path` must
equal `root`, and that the `root` of checkpoint.json, whose signature WebCrypto checks ("Ed25519") over the canonical checkpoint
(sort all keys, no spaces: it holds only texts, whole numbers, null and objects, so `JSON.stringify` of sorted objects gives it).
`checkpoint.json` is made beside the edition, not from it: all other bytes of an edition are the same on every machine.
"""
