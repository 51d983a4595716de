"""The query language of searches."""

from datetime import UTC, date, datetime, time
from time import process_time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings, strategies as st

from todo_mcp.domain.query import Query, parse_query
from todo_mcp.domain.query_nodes import (
    FIELDS,
    FILTERS,
    FLAGS,
    LEVELS,
    NAMES,
    STATUSES,
    TIMES,
    And,
    AssigneeIs,
    Has,
    IdIn,
    Is,
    Leaf,
    ListIs,
    Node,
    Not,
    Or,
    ParentIs,
    PriorityIn,
    StatusIs,
    TagIs,
    TimeFilter,
    Word,
    leaves,
)
from todo_mcp.errors import LimitError, RuleError, TodoError

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)  # a Monday, 10:00 in Vienna
ZONE = "Europe/Vienna"


def parse(text: str, zone: str = ZONE) -> Query:
    return parse_query(text, now=NOW, zone=zone, week_start=0)


def root(text: str) -> Node:
    found = parse(text).root
    assert found is not None
    return found


def word(text: str, *, prefix: bool = False, exact: bool = False) -> Word:
    return Word(tuple(text.split()), prefix=prefix, exact=exact)


@pytest.mark.parametrize("text", ["", " ", "\t\n\u3000"])
def test_an_empty_query_matches_everything(text: str) -> None:
    assert parse(text) == Query()
    assert str(parse(text)) == ""


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("Milk", word("milk", prefix=True)),
        ("buy milk", And((word("buy"), word("milk", prefix=True)))),
        ('"Oat  Milk"', word("oat milk", exact=True)),
        ('buy "milk"', And((word("buy", prefix=True), word("milk", exact=True)))),
        ("-milk", Not(word("milk"))),
        ("buy -milk", And((word("buy", prefix=True), Not(word("milk"))))),
        ("a OR b c", Or((word("a"), And((word("b"), word("c", prefix=True)))))),
        ("a or b", And((word("a"), word("or"), word("b", prefix=True)))),
        ('"OR"', word("or", exact=True)),
        ("buy AND milk", And((word("buy"), word("milk", prefix=True)))),
        ("buy and milk", And((word("buy"), word("and"), word("milk", prefix=True)))),
        ("buy NOT milk", And((word("buy", prefix=True), Not(word("milk"))))),
        ("buy AND NOT (a OR b)", And((word("buy", prefix=True), Not(Or((word("a"), word("b"))))))),
        ("AND milk", And((word("and"), word("milk", prefix=True)))),
        ("buy AND", And((word("buy"), word("and", prefix=True)))),
        ("-NOT milk", And((Not(word("not")), word("milk", prefix=True)))),
        ('buy "AND" milk', And((word("buy"), word("and", exact=True), word("milk", prefix=True)))),
        ("(a OR b) c", And((Or((word("a"), word("b"))), word("c", prefix=True)))),
        ("-(a OR b)", Not(Or((word("a"), word("b"))))),
        ("-(-a)", Not(Not(word("a")))),
        ("(a (b c))", And((word("a"), word("b"), word("c", prefix=True)))),
        ("e-mail", word("e mail", prefix=True)),
        ("10:30", word("10 30", prefix=True)),
        ("http://x.org/a", word("http x org a", prefix=True)),
        ("Note: milk", And((word("note"), word("milk", prefix=True)))),
        ("buy & milk", And((word("buy"), word("milk", prefix=True)))),
        ("- milk", word("milk", prefix=True)),
        ("-& milk", word("milk", prefix=True)),
        ("--milk", Not(word("milk"))),
        ("buy(2)", word("buy 2", prefix=True)),
        ("(buy(2))", word("buy 2", prefix=True)),
        ('a"b"', And((word("a", prefix=True), word("b", exact=True)))),
        ("牛乳", word("牛乳", prefix=True)),
        ("Ärger", word("arger", prefix=True)),
        ("list:Work", ListIs("Work")),
        ("LIST:l7", ListIs("l7")),
        ('list:"Side project"', ListIs("Side project")),
        ("list:none", ListIs(None)),
        ('list:"none"', ListIs("none")),
        ("tag:#home", TagIs("home")),
        ("tag:none", TagIs(None)),
        ("parent:t5", ParentIs("t5")),
        ("assignee:me", AssigneeIs("me")),
        ("assignee:t5", AssigneeIs("t5")),  # people have no ids: it may be a name
        ("status:Done", StatusIs("done")),
        ("priority:high", PriorityIn(("high",), "high")),
        ("priority:>=medium", PriorityIn(("medium", "high"), ">=medium")),
        ("priority:<medium", PriorityIn(("none", "low"), "<medium")),
        ("priority:>low", PriorityIn(("medium", "high"), ">low")),
        ("priority:<=none", PriorityIn(("none",), "<=none")),
        ("priority:low..medium", PriorityIn(("low", "medium"), "low..medium")),
        ("is:blocked", Is("blocked")),
        ("has:Notes", Has("notes")),
        ("due:overdue", Is("overdue")),
        ("id:t1,T2,t1", IdIn((1, 2))),
        ("due:none", TimeFilter("due", "none", present=False)),
        ("completed:any", TimeFilter("completed", "any", present=True)),
    ],
)
def test_a_query_reads_as(text: str, tree: Node) -> None:
    assert root(text) == tree


@pytest.mark.parametrize(
    ("text", "from_on", "before_on"),
    [
        ("due:today", date(2026, 11, 23), date(2026, 11, 24)),
        ("due:2026-11-27", date(2026, 11, 27), date(2026, 11, 28)),
        ("due:<2026-11-27", None, date(2026, 11, 27)),
        ("due:<=2026-11-27", None, date(2026, 11, 28)),
        ("due:>2026-11-27", date(2026, 11, 28), None),
        ("due:>=2026-11-27", date(2026, 11, 27), None),
        ("due:2026-11-27..2026-12-01", date(2026, 11, 27), date(2026, 12, 2)),
        ("due:2026-11-27..", date(2026, 11, 27), None),
        ("due:..2026-11-27", None, date(2026, 11, 28)),
        ('due:"27 nov".."1 dec"', date(2026, 11, 27), date(2026, 12, 2)),
        ("due:week", date(2026, 11, 23), date(2026, 11, 30)),
        ("due:month", date(2026, 11, 1), date(2026, 12, 1)),
        ("created:yesterday", date(2026, 11, 22), date(2026, 11, 23)),
        ('completed:"last week"', date(2026, 11, 16), date(2026, 11, 23)),
        ("start:>=tomorrow", date(2026, 11, 24), None),
        ("deadline:overdue", None, date(2026, 11, 23)),
    ],
)
def test_days_are_half_open_in_dates_and_instants(
    text: str, from_on: date | None, before_on: date | None
) -> None:
    found = root(text)
    assert isinstance(found, TimeFilter)
    midnights = [on and datetime.combine(on, time(), ZoneInfo(ZONE)) for on in (from_on, before_on)]
    assert [found.from_on, found.before_on] == [from_on, before_on]
    assert [found.from_at, found.before_at] == midnights


@pytest.mark.parametrize(
    ("text", "from_on", "before_on"),
    [
        # A whole day is due when it is over, and starts when it begins.
        ("due:<2026-11-27T17:00", None, date(2026, 11, 27)),
        ("due:>=2026-11-27T17:00", date(2026, 11, 27), None),
        ("start:<2026-11-27T17:00", None, date(2026, 11, 28)),
        ("start:>=2026-11-27T17:00", date(2026, 11, 28), None),
        ("start:<2026-11-27T00:00", None, date(2026, 11, 27)),
    ],
)
def test_times_have_dates_for_what_has_no_time(
    text: str, from_on: date | None, before_on: date | None
) -> None:
    found = root(text)
    assert isinstance(found, TimeFilter)
    assert (found.from_on, found.before_on) == (from_on, before_on)
    edge = found.from_at or found.before_at
    assert edge is not None
    assert edge.astimezone(ZoneInfo(ZONE)).isoformat() == (
        text.split("2026-11-27")[1] and f"2026-11-27{text[-6:]}:00+01:00"
    )


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/St_Johns", "Asia/Kathmandu"])
def test_days_begin_in_the_zone_of_the_user(zone: str) -> None:
    found = parse("due:2026-11-27", zone).root
    assert isinstance(found, TimeFilter)
    assert found.from_at == datetime(2026, 11, 27, tzinfo=ZoneInfo(zone))
    assert found.from_at
    assert found.from_at.tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "only_open"),
    [
        ("milk", True),
        ("", True),
        ("due:today is:blocked", True),
        ("status:open", False),
        ("-status:done", False),
        ("completed:today", False),
        ("milk OR (tag:a status:any)", False),
    ],
)
def test_only_open_tasks_are_meant_unless_the_status_is_spoken_of(
    text: str,
    only_open: bool,  # noqa: FBT001 (a case of the table)
) -> None:
    assert parse(text).only_open is only_open


def test_the_names_to_look_up_are_known() -> None:
    query = parse("list:Work -list:Work (tag:a OR parent:t3) assignee:me tag:none")
    assert query.names() == [
        ("list", "Work"),
        ("tag", "a"),
        ("parent", "t3"),
        ("assignee", "me"),
    ]


def test_a_saved_filter_is_combined_with_a_query() -> None:
    both = parse("a OR b").joined(parse("tag:x c"))
    assert str(both) == "(a OR b) tag:x c"
    assert parse("").joined(parse("a")) == parse("a")
    assert parse("").joined(parse("")) == Query()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("foo:bar", r"query: 'foo:' is not a filter; there are list:.* put it in quotes"),
        ("lists:work", r"query: 'lists:' is not a filter.*Did you mean list:\?"),
        ("due:", r"query: 'due:' has no value"),
        ("due: today", r"query: 'due:' has no value"),
        ('list:""', r"query: 'list:' has no value"),
        ("due:..", r"query: 'due:' has no value"),
        ('"milk', r"query: the quote at '\"milk' is not closed"),
        ("milk)", r"query: a \) has no \( before it"),
        ("(milk", r"query: a \( is not closed"),
        ("()", r"query: OR and brackets need a word"),
        ("a OR", r"query: OR and brackets need a word"),
        ("-OR a", r"query: a - stands right before"),
        ("!!!", r"query: '!!!' has no letters or digits"),
        ("is:late", r"query: 'late' is not a value of is:\. It takes overdue, "),
        ("status:closed", r"query: 'closed' is not a value of status:"),
        ("has:due..start", r"query: has: takes .* no comparison or range"),
        ("list:<a", r"query: list: takes a name"),
        ("list:t5", r"query, list: t5 is a task; this wants a list"),
        ("parent:l7", r"query, parent: l7 is a list; this wants a task"),
        ("id:l7", r"query, id: l7 is a list; this wants a task"),
        ("id:x", r"query, id: 'x' is not an id"),
        ("tag:a,b", r"query, tag: 'a,b' is not a tag"),
        ("due:fryday", r"query, due: 'fryday' is not a date"),
        ("due:2026-02-30", r"query, due: "),
        ("due:2026-11-27..2026-11-01", r"query: due:'2026-11-27..2026-11-01' ends before"),
        ("priority:>high", r"query: no priority is >high"),
        ("priority:high..low", r"query: no priority is"),
        ("priority:urgent", r"query: 'urgent' is not a value of priority:"),
        ("start:overdue", r"query, start: 'overdue'"),
    ],
)
def test_a_query_that_cannot_be_read_says_what_to_do(text: str, message: str) -> None:
    with pytest.raises(RuleError, match=f"^{message}"):
        parse(text)


def test_the_argument_that_held_the_query_is_named() -> None:
    with pytest.raises(RuleError, match=r"^saved: 'x:'"):
        parse_query("x:y", now=NOW, zone=ZONE, week_start=0, argument="saved")


def test_size_is_bounded() -> None:
    assert parse("x" * 500)
    assert len(parse("a " * 32).words()) == 32
    assert parse("(" * 8 + "a" + ")" * 8)
    with pytest.raises(LimitError, match=r"^query: 501 characters"):
        parse("x" * 501)
    with pytest.raises(LimitError, match=r"^query: 33 terms"):
        parse("a " * 33)
    with pytest.raises(LimitError, match=r"^query: brackets are nested deeper than 8"):
        parse("(" * 9 + "a" + ")" * 9)
    with pytest.raises(LimitError, match=r"^query: id: names 101 ids"):
        parse("id:" + ",".join(f"t{n}" for n in range(1, 102)))


VALUES = ("a", "today", "none", "me", "t1", "l2", "high", "done", "notes", "blocked", "2026-11-27")
BITS = st.one_of(
    st.sampled_from([*(f"{name}:" for name in FILTERS), *VALUES]),
    st.sampled_from([" ", '"', "(", ")", "-", " OR ", "<", ">=", "..", ":", ",", "\0", "\ud800"]),
    st.text(max_size=3),
)
ANYTHING = st.lists(BITS, max_size=24).map("".join)


@pytest.mark.many
@settings(max_examples=400)
@given(ANYTHING)
@example("due:12.." * 30)
@example('list:"a"..' * 40)
@example("-(" * 200)
def test_any_text_is_a_query_or_an_error_within_milliseconds(text: str) -> None:
    parse("due:today")  # the grammar of dates is compiled at its first use
    begun = process_time()
    told = "query"
    try:
        parse(text)
    except TodoError as error:
        told = str(error)
    assert told.startswith("query")
    assert told.encode()
    assert process_time() - begun < 0.1


NAME = st.text(st.sampled_from('aB ü-_/.:<>()牛1"'), min_size=1, max_size=6)


def _choices() -> st.SearchStrategy[str]:
    times = ("today", "none", "any", "<=2026-11-27", '>"last week"', "fri..2027-01-02", "month")
    return st.one_of(
        st.sampled_from([f"is:{flag}" for flag in FLAGS]),
        st.sampled_from([f"has:{field}" for field in FIELDS]),
        st.sampled_from([f"status:{status}" for status in STATUSES]),
        st.sampled_from([f"priority:{op}{level}" for level in LEVELS for op in ("", "<=", ">=")]),
        st.builds("{}:{}".format, st.sampled_from(TIMES), st.sampled_from(times)),
        st.builds('{}:"{}"'.format, st.sampled_from(NAMES), NAME),
        st.builds("{}:{}".format, st.sampled_from(NAMES), NAME),
        NAME,
        NAME.map('"{}"'.format),
        st.just("id:t4,t12"),
    )


def _combined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        inner.map("-{}".format),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: f"({' '.join(parts)})"),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({' OR '.join(parts)})"),
    )


QUERIES = st.lists(st.recursive(_choices(), _combined, max_leaves=6), max_size=4).map(" ".join)


@pytest.mark.many
@settings(max_examples=600)
@given(QUERIES)
def test_a_query_written_out_reads_the_same(text: str) -> None:
    try:
        query = parse(text)
    except TodoError:
        return
    assert parse(str(query)) == query


def test_written_out_queries_are_queries_often_enough() -> None:
    """The property above must not pass because everything is refused."""
    kinds: set[type[Leaf]] = set()
    for text in (
        'a "b c" -list:"x y" tag:t parent:t1 assignee:me status:any priority:<=low due:month',
        "is:ready has:notes id:t1,t2 created:>=yesterday OR start:none",
    ):
        query = parse(text)
        assert parse(str(query)) == query
        kinds.update(type(leaf) for leaf in leaves(query.root or Or(())))
    assert len(kinds) == 11
