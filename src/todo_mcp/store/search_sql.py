"""The statements of a search: total and one page in a single round trip."""

from collections.abc import Sequence
from typing import Final

from todo_mcp.store.search_order import SCORED, Key, after, ordered
from todo_mcp.store.search_where import DUE, DUE_AT, PRIORITY, Args, Asker

EXACT: Final = 1_000
# Up to so many matches are sorted; of more, the order's index is read until the page is full. That
# reads far where matches have their place in the order for a reason: what starts late is due late.
SORTED: Final = 4_000
COUNTED: Final = 10_000
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
_BLOCKING: Final = """blocking as materialized (
 select distinct unnest(w.blocked_by) as id from tasks w where w.space_id = {space}
 and w.blocked_by <> '{{}}' and w.status in ('open', 'started') and w.deleted_at is null),"""


def by_columns(
    condition: str,
    keys: Sequence[Key],
    last: Sequence[str] | None,
    limit: int,
    args: Args,
    sorted_up_to: int = EXACT,
) -> str:
    """One page in an order that rows or indexes have."""
    names = [f"k{n}" for n, _ in enumerate(keys)]
    columns = ", ".join(f"{key.sql} as {name}" for key, name in zip(keys, names, strict=True))
    sqls = [key.sql for key in keys]
    few = "" if last is None else f" and {after(keys, names, last, args)}"
    many = "" if last is None else f" and {after(keys, sqls, last, args)}"
    shown = args.add(limit, "int")
    texts = ", ".join(f"{name}::text" for name in names)
    return f"""
with found as materialized (
 select t.id, t.space_id, {columns} from tasks t where {condition} limit {sorted_up_to + 1}),
size as materialized (
 select count(*) as total, coalesce(bool_or(space_id <> {args.space}), false) as astray from found),
page as (
 (select * from found where (select total from size) <= {sorted_up_to}{few}
  order by {ordered(keys, names)} limit {shown})
 union all
 (select t.id, t.space_id, {columns} from tasks t
  where (select total from size) > {sorted_up_to} and {condition}{many}
  order by {ordered(keys, sqls)} limit {shown}))
select size.total, size.astray, page.space_id, page.id, array[{texts}] as keys
from size left join page on true order by {ordered(keys, names)}"""


def by_relevance(
    condition: str, whole: str, wide: str, last: Sequence[str] | None, limit: int, args: Args
) -> str:
    """The newest matches, those with the words themselves in title or tags first."""
    asked = args.add(whole, "text::tsquery"), args.add(wide, "text::tsquery")
    score = f"(4 * ts_rank(t.search, {asked[0]}) + ts_rank(t.search, {asked[1]}))::float8"
    columns = "t.id, t.space_id, t.search"
    newest = (
        f"select {columns} from tasks t where {condition} order by t.created_at desc limit {EXACT}"
    )
    few = f"select {columns} from tasks t where {condition} limit {EXACT + 1}"
    return _scored(few, newest, score, last, limit, args, EXACT)


def by_urgency(
    condition: str, asker: Asker, last: Sequence[str] | None, limit: int, args: Args
) -> str:
    """By Taskwarrior's urgency.

    Of many matches those are weighed that are due first within each priority, are started, or hold
    others up: what is left out can be more urgent than what is shown by no more than its age counts.
    """
    score = _URGENCY.format(
        space=args.space,
        now=args.add(asker.now, "timestamptz"),
        today=args.add(asker.today, "date"),
        zone=args.add(asker.zone, "text"),
    )
    chosen = f"select {_WEIGHED} from tasks t where {condition}"
    streams = [
        f"({chosen} and {PRIORITY} = -{level}::smallint "
        f"order by {DUE}, {DUE_AT}, t.id limit {_PRESSING})"
        for level in (3, 2, 1, 0)
    ]
    streams.append(f"({chosen} and t.status = 'started' limit {_PRESSING})")
    streams.append(
        f"({chosen} and t.id in (select id from blocking) limit {_PRESSING})"
    )
    many = f"select distinct on (id) s.* from ({' union all '.join(streams)}) s order by id"
    few = f"{chosen} limit {EXACT + 1}"
    blocking = _BLOCKING.format(space=args.space)
    return _scored(few, many, score, last, limit, args, EXACT, blocking)


def _scored(
    few: str,
    many: str,
    score: str,
    last: Sequence[str] | None,
    limit: int,
    args: Args,
    up_to: int,
    before: str = "",
) -> str:
    """One page in an order that is computed: of all matches, or of those chosen among too many."""
    behind = "" if last is None else f" where {after(SCORED, ('score', 'id'), last, args)}"
    shown = args.add(limit, "int")
    return f"""
with {before} found as materialized ({few}),
size as materialized (
 select count(*) as total, coalesce(bool_or(space_id <> {args.space}), false) as astray from found),
chosen as materialized (
 select * from found where (select total from size) <= {up_to}
 union all
 select * from ({many}) m where (select total from size) > {up_to}),
scored as materialized (select t.id, t.space_id, {score} as score from chosen t),
page as (select * from scored{behind} order by score desc, id limit {shown})
select size.total, size.astray, page.space_id, page.id,
 array[page.score::text, page.id::text] as keys
from size left join page on true order by page.score desc, page.id"""


def counted(condition: str, group: str) -> str:
    """How many matches each value of a column has, of the first so many."""
    return f"""
with found as materialized (
 select t.space_id, {group} as name from tasks t where {condition} limit {COUNTED + 1})
select name, count(*) as n, bool_or(space_id <> $1::bigint) as astray from found
group by name order by n desc, name"""
