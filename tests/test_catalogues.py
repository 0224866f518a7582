"""The catalogues of translations hold every string, whole and in the shape it is used in."""

import os
import re
from gettext import GNUTranslations

import pytest
from django.conf import settings

from lumiq_portal import catalogues, messages

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd%]")
SOURCES = {source.parent.parent.name: source for source in catalogues.sources()}


def identity(message):
    words = message.id if isinstance(message.id, str) else message.id[0]
    return message.context, words, message.pluralizable


def translations():
    for language, source in SOURCES.items():
        for message in messages.read(source):
            if message.id:
                yield language, message


def texts_of(message):
    return message.string if isinstance(message.string, tuple) else (message.string,)


def test_each_language_of_the_site_but_english_has_a_catalogue():
    assert set(SOURCES) == {code for code, _name in settings.LANGUAGES} - {"en"}


@pytest.mark.parametrize("language", SOURCES)
def test_a_catalogue_holds_the_strings_of_code_and_templates_and_no_others(language):
    marked = {identity(message) for message in messages.extract() if message.id}
    listed = {identity(message) for message in messages.read(SOURCES[language]) if message.id}
    assert marked - listed == set(), "`make messages` adds them; then translate them"
    assert listed - marked == set(), "`make messages` takes them out"


def test_every_string_is_translated_in_all_its_plural_forms():
    open_ones = [
        (language, message.id)
        for language, message in translations()
        if message.fuzzy or not all(texts_of(message))
    ]
    assert open_ones == []


@pytest.mark.parametrize("language", SOURCES)
def test_a_plural_has_as_many_forms_as_the_language(language):
    catalogue = messages.read(SOURCES[language])
    for message in catalogue:
        if message.pluralizable:
            assert len(message.string) == catalogue.num_plurals, message.id


def test_translations_keep_the_placeholders():
    for language, message in translations():
        words = message.id[1] if message.pluralizable else message.id
        wanted = sorted(PLACEHOLDER.findall(words))
        for text in texts_of(message):
            found = sorted(PLACEHOLDER.findall(text))
            if message.pluralizable:  # "two credits" need not show the number
                assert set(found) <= set(wanted), (language, text)
            else:
                assert found == wanted, (language, text)


def test_translations_keep_tags_and_addresses():
    markup = re.compile(r"<[^>]+>")
    for language, message in translations():
        if isinstance(message.id, str):
            wanted, found = (sorted(markup.findall(text)) for text in (message.id, message.string))
            assert found == wanted, (language, message.string)


def test_no_translation_shouts():
    shouted = [text for _, message in translations() for text in texts_of(message) if "!" in text]
    assert shouted == []


def test_strings_are_found_in_templates(tmp_path):
    page = tmp_path / "page.html"
    page.write_text(
        '  {% translate "Plain, it’s 100 %" %}\n{% translate "Bank" context "of a river" %}\n'
        "<p>{% blocktranslate trimmed with name=x.name %}\n   Hello\n     {{ name }}\n"
        "{% endblocktranslate %}</p>\n  {% blocktranslate count number=n %}{{ number }} goal"
        '{% plural %}{{ number }} goals{% endblocktranslate %}{{ y|default:_("None yet") }}'
    )
    found = {(each.words, each.context) for each in messages.find_messages(page)}
    assert found == {
        ("Plain, it’s 100 %%", None),
        ("Bank", "of a river"),
        ("Hello %(name)s", None),
        (("%(number)s goal", "%(number)s goals"), None),
        ("None yet", None),
    }


def test_strings_are_found_in_code(tmp_path):
    module = tmp_path / "module.py"
    module.write_text(
        "# Translators: of a file\nlabel = gettext_lazy('Name')\n"
        "words = ngettext(\n    'One ' 'ball', '%(n)s balls', n\n) + pgettext('money', '%(x)s')\n"
        "same = _(label)\n"
    )
    found = [(each.words, each.context, each.comments) for each in messages.find_messages(module)]
    assert found == [
        ("Name", None, ["Translators: of a file"]),
        (("One ball", "%(n)s balls"), None, []),
        ("%(x)s", "money", []),
    ]


def test_a_catalogue_is_compiled_where_it_is_missing_or_older_than_its_source(tmp_path):
    source = tmp_path / "ar/LC_MESSAGES/django.po"
    source.parent.mkdir(parents=True)
    source.write_text(SOURCES["ar"].read_text())
    compiled = source.with_suffix(".mo")

    catalogues.compile_stale(tmp_path)
    with compiled.open("rb") as file:
        assert GNUTranslations(file).gettext("Gallery") == "المعرض"
    assert [each.name for each in source.parent.iterdir() if each.name[0] == "."] == []

    compiled.write_bytes(b"left as it is")
    catalogues.compile_stale(tmp_path)
    assert compiled.read_bytes() == b"left as it is"

    later = compiled.stat().st_mtime + 1
    os.utime(source, (later, later))
    assert catalogues.is_stale(source)
    catalogues.compile_stale(tmp_path)
    assert compiled.read_bytes() != b"left as it is"
