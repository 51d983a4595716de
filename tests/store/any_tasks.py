"""Tasks and queries at random, with something of everything that can be asked for."""

from datetime import timedelta
from random import Random

from tests import sowing
from tests.store.searching import NOW, TODAY, Shelf, days, local, task
from todo_mcp.domain.query_nodes import FIELDS, FLAGS, STATUSES
from todo_mcp.domain.task import Priority, Status, Task


def random_task(rng: Random, number: int) -> Task:
    due = rng.choice([None, *(TODAY + days(n) for n in (-40, -1, 0, 1, 3, 20))])
    zone = rng.choice(["Europe/Vienna", "Pacific/Kiritimati", "America/Los_Angeles"])
    timed = local(due, rng.choice((0, 9, 11, 23)), zone) if due and rng.random() < 0.5 else {}
    status = rng.choice(list(Status))
    closed = status not in (Status.OPEN, Status.STARTED)
    created = NOW - days(rng.choice((0, 1, 6, 400)))
    return task(
        number,
        " ".join(rng.sample(["milk", "bread", "report", "tax", "berry", "blueberry"], 2)),
        **{"due_on": due, **timed},
        notes=rng.choice((None, "see the report", "blueberry tea")),
        list_id=rng.choice((1, 21, 22)),
        parent_id=rng.choice((None, None, rng.randrange(1, number))) if number > 1 else None,
        status=status,
        priority=Priority(rng.randrange(4)),
        tags=tuple(rng.sample(["Home", "work", "Büro"], rng.randrange(3))),
        start_on=rng.choice((None, TODAY - days(1), TODAY, TODAY + days(1))),
        deadline_on=rng.choice((None, TODAY, TODAY + days(9))),
        estimate_seconds=rng.choice((None, 60)),
        assignee=rng.choice((None, 1)),
        blocked_by=tuple(rng.sample(range(1, number), 1)) if number > 2 and number % 3 == 0 else (),
        created_at=created,
        updated_at=created + timedelta(hours=rng.randrange(3)),
        completed_at=created if closed else None,
        deleted_at=rng.choice((None, None, None, None, NOW)),
    )


FILTERS = (
    *(f"is:{flag}" for flag in FLAGS),
    *(f"has:{field}" for field in FIELDS),
    *(f"status:{status}" for status in STATUSES),
    *(
        [
            "due:today",
            "due:<today",
            "due:>=tomorrow",
            "due:none",
            "due:any",
            "due:overdue",
            "due:week",
        ]
    ),
    *(
        [
            "due:<=2026-11-23T12:00",
            "due:>2026-11-24T00:30",
            "start:today",
            "start:>today",
            "start:none",
        ]
    ),
    *(["start:<2026-11-23T08:00", "deadline:today", "deadline:any", "deadline:>today"]),
    *(["created:today", "created:<2026-01-01", "updated:today", "updated:week"]),
    *(["completed:today", "completed:any", "completed:none", "completed:<2026-11-20"]),
    *(["priority:high", "priority:none", "priority:>=medium", "priority:<medium"]),
    *(
        [
            "tag:home",
            "tag:büro",
            "tag:none",
            "list:Work",
            "list:l22",
            "list:none",
            "parent:t1",
            "parent:none",
        ]
    ),
    *(["assignee:me", "assignee:none", "id:t1,t5,t60", "milk", "bread", "report", "tea", "berry"]),
    '"milk bread"',
    '"see the report"',
)


def combined(rng: Random) -> str:
    parts = [rng.choice(("", "-")) + rng.choice(FILTERS) for _ in range(rng.randrange(2, 5))]
    if len(parts) > 2 and rng.random() < 0.5:
        parts[:2] = [rng.choice(("", "-")) + f"({parts[0]} OR {parts[1]})"]
    return rng.choice((" ", " ", " OR ")).join(parts)


async def put_lists(shelf: Shelf) -> None:
    """Those that the tasks are in, beside the inbox."""
    await sowing.as_admin(
        shelf.database,
        "INSERT INTO lists (space_id, id, version, name, parent_id, created_at, updated_at)"
        " VALUES (1, 21, 1, 'Work', NULL, now(), now()), (1, 22, 1, 'Report', 21, now(), now())",
    )
    shelf.lists = {"Work": [21, 22], "l22": [22], "none": [1]}
