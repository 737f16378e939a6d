"""What a template may make: nothing small becomes large before it is measured."""

import gc
import tracemalloc
from collections.abc import Iterator

import pytest
from jinja2.sandbox import ImmutableSandboxedEnvironment

from studio.chat import ChatTemplate, TemplateRefused, sandbox
from studio.chat import template as templates

MANY = "{% set ns = namespace(x='abc') %}{% for i in range(60) %}{% set ns.x = STEP %}{% endfor %}{{ ns.x|length }}"

GROWING = [
    "{{ 'x' * 10 ** 10 }}",
    "{{ 10 ** 10 * 'x' }}",
    "{{ [1] * 10 ** 10 }}",
    "{{ ['x' * 1000] * 100000 }}",
    "{{ 10 ** (10 ** 10) }}",
    "{{ '%10000000000d' % 1 }}",
    "{{ '%*d' % (10000000000, 1) }}",
    "{{ ('%s' * 100000) % (('x' * 100000,) * 100000) }}",
    "{{ '{:10000000000}'.format(1) }}",
    "{{ '{:{w}}'.format(1, w=10000000000) }}",
    "{{ '{:{w}}'.format_map({'w': 10000000000}) }}",
    "{{ ('{0}' * 100000).format('x' * 100000) }}",
    "{{ 'x'.ljust(10 ** 10) }}",
    "{{ 'x'.center(10 ** 10, 'y') }}",
    "{{ 'x'['rjust'](10 ** 10) }}",
    "{{ '1'.zfill(10 ** 10) }}",
    "{{ ('\t' * 1000).expandtabs(10 ** 8) }}",
    "{{ (1).to_bytes(10 ** 10, 'big') }}",
    "{{ ('x' * 100000).join(range(9999)) }}",
    "{{ ('x' * 100000).replace('x', 'y' * 100000) }}",
    "{{ range(9999)|join('x' * 100000) }}",
    "{{ range(9999)|map('string')|join('x' * 100000) }}",
    "{{ ('x' * 100000)|replace('x', 'y' * 100000) }}",
    "{{ ('\n' * 100000)|indent(100000) }}",
    "{{ ('\n' * 100000)|indent('x' * 100000) }}",
    "{{ range(9999)|list|tojson(indent=100000) }}",
    "{{ 'x'|center(10000000000) }}",
    "{{ lipsum(n=100000) }}",
    "{% set s = 'x' * 100000 %}{% set b %}{% for i in range(9999) %}{{ s }}{% endfor %}{% endset %}{{ b|length }}",
    "{% set s = 'x' * 100000 %}{% macro m() %}{% for i in range(9999) %}{{ s }}{% endfor %}{% endmacro %}{{ m()|length }}",  # noqa: E501
    "{{ strftime_now('%c' * 100000) }}",
    *(MANY.replace("STEP", step) for step in ("ns.x ~ ns.x", "ns.x + ns.x", "ns.x|string ~ ns.x")),
    "{% set ns = namespace(x=3) %}{% for i in range(60) %}{% set ns.x = ns.x * ns.x %}{% endfor %}{{ ns.x > 1 }}",
    "{% set ns = namespace(x=[1]) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}",
]


@pytest.fixture(autouse=True)
def _compiled_anew() -> Iterator[None]:
    templates._compiled.cache_clear()
    yield
    templates._compiled.cache_clear()


def refused(source: str) -> tuple[bool, int]:
    """Whether a template is refused, and the most memory that is held until then."""
    gc.collect()
    tracemalloc.start()
    try:
        ChatTemplate(source, name="large").run([("user", "x")], True)
    except TemplateRefused:
        return True, tracemalloc.get_traced_memory()[1]
    finally:
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    return False, most


@pytest.mark.parametrize("source", GROWING)
def test_what_would_grow_is_refused_before_it_does(source: str) -> None:
    told, most = refused(source)
    assert told and most < 48 << 20


@pytest.mark.parametrize("piece", [":", "{", "{:", "%", "% ", "%(", "1234", "{1234 ", "a"])
def test_looking_at_a_format_takes_time_that_grows_with_it_alone(piece: str) -> None:
    text = piece * (400_000 // len(piece))  # a pattern that goes back and forth would take hours here
    for wide in (sandbox._WIDE_FIELD, sandbox._WIDE_PERCENT):
        wide.search(text)


def test_without_the_measuring_it_is_made_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(templates, "Sandbox", ImmutableSandboxedEnvironment)
    _told, most = refused("{{ 'x' * 64000000 }}")
    assert most > 56 << 20


@pytest.mark.parametrize(
    ("source", "made"),
    [
        ("{{ 'ab' * 3 ~ 1 ~ none }}", "ababab1None"),
        ("{{ '%s-%02d' % ('a', 7) }}", "a-07"),
        ("{{ '**%s** of 123456' % 'a' }}", "**a** of 123456"),
        ("{{ '**{}** {{x}} of 123456: {}'.format('a', 1) }}", "**a** {x} of 123456: 1"),
        ("{{ '{}-{b:>4}'.format('a', b=7) }}", "a-   7"),
        ("{{ [1, 2]|join(', ') }} {{ ', '.join(['a', 'b']) }}", "1, 2 a, b"),
        ("{{ 'a b'.replace(' ', '_') }} {{ 'a b'|replace(' ', '+') }}", "a_b a+b"),
        ("{{ {'a': [1, 'x']}|tojson }}", '{"a": [1, "x"]}'),
        ("{{ {'a': 1}|tojson(indent=2) }}", '{\n  "a": 1\n}'),
        ("{{ 'a\nb'|indent(2) }}", "a\n  b"),
        ("{{ messages[0]['content'] + '!' }}{{ missing }}", "hello!"),
        ("{{ 2 ** 10 * 3 % 7 }}", "6"),
        ("{% set x %}{% for m in messages %}{{ m.role }}{% endfor %}{% endset %}{{ x|upper|trim }}", "USER"),
        ("{{ strftime_now('%d %b %Y') }}", "01 Jan 2026"),
        ("{{ 'x'.ljust(3, '.') }}{{ '7'.zfill(3) }}{{ 'a\tb'.expandtabs(tabsize=2) }}", "x..007a b"),
    ],
)
def test_what_templates_do_all_day_is_made_as_ever(source: str, made: str) -> None:
    assert ChatTemplate(source, name="plain").run([("user", "hello")], True) == made
