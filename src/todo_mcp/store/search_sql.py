"""The statements of a search: total and one page in a single round trip."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from todo_mcp.domain.task import Task
from todo_mcp.store.search_order import SCORED, Key, after, ordered
from todo_mcp.store.search_parts import DUE, DUE_AT, LIVE, PRIORITY, Args, Asker
from todo_mcp.store.search_where import Where

EXACT: Final = 1_000
# Up to so many matches are sorted; of more, the order's index is read until the page is full. That
# reads far where matches have their place in the order for a reason: what starts late is due late.
SORTED: Final = 4_000
# Of those that an index has together with what they are sorted by, without a look at the rows.
SORTED_BY_INDEX: Final = 20_000
COUNTED: Final = 10_000
GROUPS: Final = 200
_GROUPED: Final = (
    "t.space_id, t.list_id, t.tags, t.status, t.priority, t.assignee, t.due_on, t.due_at"
)
_COLUMNS: Final = ", ".join(
    "left(r.notes, 1) as notes" if name == "notes" else f"r.{name}" for name in Task.model_fields
)
TASK: Final = f"""(select row_to_json(x) from (
 select {_COLUMNS} from tasks r where r.space_id = page.space_id and r.id = page.id) x)"""
_PRESSING: Final = 50

# Taskwarrior's: the due counts a fifth at 14 days ahead and rises to all at 7 days overdue.
_DUE_AT: Final = "coalesce(t.due_at, (t.due_on + 1)::timestamp at time zone {zone})"
_OVERDUE_DAYS: Final = f"extract(epoch from {{now}} - {_DUE_AT})::float8 / 86400"
_URGENCY: Final = f"""
 case t.priority when 3 then 6.0::float8 when 2 then 3.9 when 1 then 1.8 else 0 end
 + case when t.due_on is null then 0
   else 12 * (0.2 + 0.8 * least(greatest(({_OVERDUE_DAYS} + 14) / 21, 0), 1)) end
 + case when t.id in (select id from blocking) then 8 else 0 end
 - case when t.blocked_by <> '{{{{}}}}' and exists (select from tasks b where b.space_id = {{space}}
     and b.id = any(t.blocked_by) and b.status in ('open', 'started') and b.deleted_at is null) then 5 else 0 end
 + case when t.status = 'started' then 4 else 0 end
 - case when coalesce(t.start_at > {{now}}, t.start_on > {{today}}, false) then 3 else 0 end
 + 2 * least(extract(epoch from {{now}} - t.created_at)::float8 / 86400 / 365, 1)"""
_WEIGHED: Final = (
    "t.id, t.space_id, t.priority, t.due_on, t.due_at, t.start_on, t.start_at, t.status, "
    "t.blocked_by, t.created_at"
)
_WAITING: Final = (
    f"w.space_id = {{space}} and w.blocked_by <> '{{{{}}}}' and {LIVE.replace('t.', 'w.')}"
)
# Some of the tasks that others wait for; and which of the chosen ones are such.
_HOLDING_UP: Final = (
    f"select unnest(w.blocked_by) as id from tasks w where {_WAITING} order by w.id desc"
)
_BLOCKING: Final = f"""blocking as materialized (
 select unnest(w.blocked_by) as id from tasks w
 where {_WAITING} and w.blocked_by && array(select id from chosen)),"""


@dataclass(frozen=True)
class Page:
    """What matches, behind which row to go on, how many rows; parameters are added to `args`."""

    where: Where
    last: Sequence[str] | None
    limit: int
    args: Args

    def behind(self, keys: Sequence[Key], columns: Sequence[str]) -> str:
        return "true" if self.last is None else after(keys, columns, self.last, self.args)


def by_columns(page: Page, keys: Sequence[Key], up_to: int = EXACT) -> str:
    """In an order that rows and indexes have; up to `up_to` matches are sorted."""
    found = page.where.some(f"t.id, t.space_id, {_named(keys)}", up_to + 1)
    return _paged(page, keys, up_to, Source(f"found as materialized ({found}),", "found"))


def by_range(page: Page, keys: Sequence[Key]) -> str:
    """Like `by_columns`, where the order's own index holds the matches together.

    What is counted is read in the order, so that the first page is among it.
    """
    if page.last is not None:
        return by_columns(page, keys)
    order = ordered(keys, [key.sql for key in keys])
    found = f"""select t.id, t.space_id, {_named(keys)} from tasks t
 where {page.where.in_order} order by {order} limit {EXACT + 1}"""
    shown, names = page.args.add(page.limit, "int"), [f"k{n}" for n, _ in enumerate(keys)]
    return f"""
with found as materialized ({found}),
{_size(page.args, "found")},
page as (select * from found order by {ordered(keys, names)} limit {shown})
{_shown(keys, names)}"""


def _size(args: Args, rows: str) -> str:
    """The second fence beside the number: whether a row of another space is among these."""
    return f"""size as materialized (
 select count(*) as total, coalesce(bool_or(space_id <> {args.space}), false) as astray from {rows})"""


def _shown(keys: Sequence[Key], names: Sequence[str]) -> str:
    texts = ", ".join(f"{name}::text" for name in names)
    return f"""select size.total, size.astray, page.space_id, array[{texts}] as keys, {TASK} as task
from size left join page on true order by {ordered(keys, [f"page.{name}" for name in names])}"""


def by_index(page: Page, keys: Sequence[Key]) -> str:
    """Like `by_columns`, where an index holds condition and order.

    Its entries are read once to count and once to sort, which costs less than keeping them.
    """
    found = f"({page.where.some('t.space_id', SORTED_BY_INDEX + 1)}) f"
    # `offset 0`: else it would be read in the order, which the index of the condition does not have.
    again = f"""(select t.id, t.space_id, {_named(keys)} from tasks t
  where {page.where.in_order} offset 0) f"""
    return _paged(page, keys, SORTED_BY_INDEX, Source("", found, again))


@dataclass(frozen=True)
class Source:
    """Where matches are counted and sorted: `before` the statement, then as tables."""

    before: str
    counted: str
    sorted: str = "found"


def _named(keys: Sequence[Key]) -> str:
    return ", ".join(f"{key.sql} as k{n}" for n, key in enumerate(keys))


def _paged(page: Page, keys: Sequence[Key], up_to: int, source: Source) -> str:
    args = page.args
    names = [f"k{n}" for n, _ in enumerate(keys)]
    sqls = [key.sql for key in keys]
    shown = args.add(page.limit, "int")
    return f"""
with {source.before} {_size(args, source.counted)},
page as (
 (select * from {source.sorted} where (select total from size) <= {up_to} and {page.behind(keys, names)}
  order by {ordered(keys, names)} limit {shown})
 union all
 (select t.id, t.space_id, {_named(keys)} from tasks t
  where (select total from size) > {up_to} and {page.where.in_order} and {page.behind(keys, sqls)}
  order by {ordered(keys, sqls)} limit {shown}))
{_shown(keys, names)}"""


def by_relevance(page: Page, whole: str, wide: str) -> str:
    """The newest matches, those with the words themselves in title or tags first.

    Up to `SORTED` matches are read once, for their number and for the newest among them.
    """
    args = page.args
    score = f"ts_rank(t.search, {args.add(whole, 'text::tsquery')})"
    if wide != whole:
        score = f"4 * {score} + ts_rank(t.search, {args.add(wide, 'text::tsquery')})"
    score = f"({score})::float8"
    ranked = "t.id, t.space_id, t.search, t.created_at"
    few = page.where.some(ranked, SORTED + 1)
    newest = f"""select {ranked} from tasks t where {page.where.in_order}
 order by t.created_at desc limit {EXACT}"""
    first = f"order by created_at desc limit {EXACT}"
    return _scored(page, Choice(few, newest, SORTED, first=first), score)


def by_urgency(page: Page, levels: Sequence[int], asker: Asker) -> str:
    """By Taskwarrior's urgency.

    Of many matches those are weighed that are due first within each priority, are started, or hold
    others up: what is left out can be more urgent than what is shown by no more than its age counts.
    """
    args = page.args
    score = _URGENCY.format(
        space=args.space,
        now=args.add(asker.now, "timestamptz"),
        today=args.add(asker.today, "date"),
        zone=args.add(asker.zone, "text"),
    )
    chosen = f"select {_WEIGHED} from tasks t where {page.where.in_order}"
    streams = [
        f"({chosen} and {PRIORITY} = -{level}::smallint "
        f"order by {PRIORITY}, {DUE}, {DUE_AT}, t.id limit {_PRESSING})"
        for level in levels
    ]
    streams.append(f"({chosen} and t.status = 'started' limit {_PRESSING})")
    streams.append(
        f"(select {_WEIGHED} from ({_HOLDING_UP.format(space=args.space)}) b"
        f" join tasks t on t.id = b.id where {page.where.in_order} limit {_PRESSING})"
    )
    many = f"select distinct on (id) s.* from ({' union all '.join(streams)}) s order by id"
    blocking = _BLOCKING.format(space=args.space)
    few = page.where.some(_WEIGHED, EXACT + 1)
    return _scored(page, Choice(few, many, EXACT, weighed_by=blocking), score)


@dataclass(frozen=True)
class Choice:
    """Which rows to score: the `first` of `few`, where those are all; else `many` chooses them.

    `few` brings one more than `up_to`, where there are more.
    """

    few: str
    many: str
    up_to: int
    weighed_by: str = ""
    first: str = ""


def _scored(page: Page, choice: Choice, score: str) -> str:
    """In an order that is computed."""
    shown = page.args.add(page.limit, "int")
    return f"""
with found as materialized ({choice.few}),
{_size(page.args, "found")},
chosen as materialized (
 (select * from found where (select total from size) <= {choice.up_to} {choice.first})
 union all
 select * from ({choice.many}) m where (select total from size) > {choice.up_to}),
{choice.weighed_by}
scored as materialized (select t.id, t.space_id, {score} as score from chosen t),
page as (select * from scored where {page.behind(SCORED, ("score", "id"))}
 order by score desc, id limit {shown})
select size.total, size.astray, page.space_id, array[page.score::text, page.id::text] as keys,
 {TASK} as task
from size left join page on true order by page.score desc, page.id"""


def counted(where: Where, group: str, args: Args) -> str:
    """How many matches each value has, of the first so many matches."""
    return f"""
with found as materialized ({where.some(_GROUPED, COUNTED + 1)}),
{_size(args, "found")}
select size.total, size.astray, g.name, g.n from size left join (
 select name, count(*) as n from found f cross join lateral ({group}) as v(name)
 group by name order by n desc, name limit {GROUPS + 1}) g on true order by g.n desc, g.name"""
