"""The website: one page = one template + one typed page object + one function registered in one list.

How to add a page
1. `site/templates/NAME.html.j2`: extends base.html.j2; text in `{% trans %}…{% endtrans %}` or `_("…")`, Chinese is the source.
2. `pipeline/publish/web/NAME.py`: a frozen dataclass with `shell` and what the template prints, already text, and a
   function `jobs(desk)` that yields one `Job` per page: its path, what makes it, and the rows it is made from.
3. Register it as one line of `KINDS` in `kinds.py` (name, template, function, scripts); link it from base.html.j2.
4. Numbers come from tables through `desk.figure`, `desk.count`, `desk.linked`: never computed here, each with its SQL.
5. Texts in Python: `desk.say("… %(n)s …", n=…)`. Names of rungs, labels, measures: `site/locale/{zh,en}.yml`.
6. Long prose: `site/content/NAME.md` and `NAME.en.md`, one line in `prose.py`.
7. `python -m pipeline.publish.web.texts` adds new texts to site/locale/en/LC_MESSAGES/messages.po;
   translate them there. A test fails on any that is empty or fuzzy, and on Chinese in /en/ outside `lang="zh-Hans"`.
8. Data as printed (names, titles, excerpts, reasons) is written `{{ text|printed }}`, which marks Chinese in /en/.
9. Scripts are modules in `site/assets/NAME.js`, one per enhancement; the page must be complete without. No inline script or style.
10. Links are `{{ at("/path/") }}` (the reader's own edition); a test follows every one.
"""
