"""Calls that must be refused, with how the error begins, and calls just within the limits.

Names in braces stand for ids of what there is: see `furnish` in the test.
"""

from typing import Any, Final

Case = tuple[str, dict[str, Any], str]


def added(*refused: tuple[str, Any, str]) -> list[Case]:
    """add_task with one bad argument, whose name the error begins with."""
    return [
        ("add_task", {"title": "x"} | {name: value}, f"{name}{said}")
        for name, value, said in refused
    ]


def found(*refused: tuple[str, str]) -> list[Case]:
    return [("search_tasks", {"query": query}, said) for query, said in refused]


NOT_AN_ID: Final = ": 'milk' is not an id; this wants a task (t…)."

REFUSED: Final[dict[str, list[Case]]] = {
    "unknown arguments": [
        (
            "add_task",
            {"title": "x", "titel": "y"},
            "titel: unknown argument; add_task takes title, ",
        ),
        ("add_task", {"title": "x", "Title": "y"}, "Title: unknown argument; "),
        (
            "add_task",
            {"title": "x", "subtasks": [{"title": "a", "tags": []}]},
            "subtasks[0].tags: unknown",
        ),
        (
            "add_tasks",
            {"tasks": [{"title": "x", "subtasks": []}]},
            "tasks[0].subtasks: unknown argument; ",
        ),
        (
            "update_tasks",
            {"ids": ["{task}"], "recurrence": "daily"},
            "recurrence: unknown argument; ",
        ),
        ("get_context", {"a\nb": 1}, "'a\\nb': unknown argument; get_context takes include."),
        ("undo", {"ops": ["{op}"]}, "ops: unknown argument; undo takes op, last, "),
        ("delete_tasks", {"ids": ["{task}"], "all": True}, "all: unknown argument; "),
        ("get_context", {"x" * 5_000: 1}, "'" + "x" * 59 + "…': unknown argument; "),
    ],
    "wrong types": [
        ("add_task", {"title": 5}, "title: must be text, not 5."),
        ("add_task", {"title": ["a"]}, "title: must be text, not a list."),
        ("add_task", {"title": {"a": 1}}, "title: must be text, not an object."),
        ("add_task", {}, "title: missing; add_task needs it."),
        *added(
            ("tags", "home", ": must be a list, not 'home'."),
            ("tags", [5], "[0]: must be text, not 5."),
            ("due", 20261127, ": must be text, not 20261127."),
            ("priority", "High", ": 'High' is not one of"),
            ("dry_run", "perhaps", ": must be true or false, not 'perhaps'."),
        ),
        ("update_tasks", {"ids": "{task}"}, "ids: must be a list, not '{task}'."),
        ("update_tasks", {"ids": [1042]}, "ids[0]: must be text, not 1042."),
        ("update_tasks", {"ids": ["{task}"], "version": "new"}, "version: must be a whole number"),
        ("update_tasks", {"ids": ["{task}"], "version": 1.5}, "version: must be a whole number"),
        ("update_tasks", {"ids": ["{task}"], "version": True}, "version: must be a whole number"),
        (
            "update_tasks",
            {"ids": ["{task}"], "version": 10**30},
            "version: must be at most 2147483647.",
        ),
        (
            "update_tasks",
            {"ids": ["{task}"], "version": "9" * 5_000},
            "version: must be a whole number",
        ),
        (
            "update_tasks",
            {"ids": ["{task}"], "clear": ["title"]},
            "clear[0]: 'title' is not one of notes, ",
        ),
        ("search_tasks", {"limit": "many"}, "limit: must be a whole number between 0 and 100."),
        ("search_tasks", {"sort": "name"}, "sort: 'name' is not one of due, "),
        (
            "get_tasks",
            {"ids": ["{task}"], "include": ["all"]},
            "include[0]: 'all' is not one of subtasks, ",
        ),
        ("get_context", {"include": {}}, "include: must be a list, not an object."),
        (
            "complete_tasks",
            {"ids": ["{task}"], "action": "finish"},
            "action: 'finish' is not one of complete, ",
        ),
        ("set_recurrence", {"id": ["{task}"]}, "id: must be text, not a list."),
    ],
    "control characters": [
        ("add_task", {"title": "a\0b"}, "title: contains a NUL character; remove it."),
        ("add_task", {"title": "a\x07"}, "title: has the control character U+0007 at character 2."),
        ("add_task", {"title": "a\x7f"}, "title: has the control character U+007F at character 2."),
        ("add_task", {"title": "\u202e\u2066"}, "title: is empty."),
        ("add_task", {"title": " \n\t "}, "title: is empty."),
        *added(
            ("notes", "a\0", ": contains a NUL character; remove it."),
            ("tags", ["a\0"], "[0]: contains a NUL character; remove it."),
            ("tags", ["a b"], ": 'a b' is not a tag."),
            ("tags", ["#a"], ": '#a' is not a tag."),
            ("subtasks", ["a\x07"], "[0].title: has the control character U+0007"),
            ("idempotency_key", "long enough\0", ": contains a NUL character; remove it."),
        ),
        ("get_context", {"\0": 1}, "arguments: contains a NUL character; remove it."),
        *found(
            ("a\0", "query: contains a NUL character; remove it."),
            ("\x07", "query: '\\x07' has no letters or digits to search for."),
        ),
    ],
    "beyond the limits": [
        ("add_task", {"title": ""}, "title: must not be empty."),
        ("add_task", {"title": "x" * 501}, "title: at most 500 characters; this has 501."),
        *added(
            ("notes", "x" * 50_001, ": at most 50000 characters; this has 50001."),
            ("tags", ["a"] * 21, ": at most 20; you sent 21."),
            ("tags", ["x" * 51], ": 51 characters; at most 50"),
            ("subtasks", ["a"] * 51, ": at most 50; you sent 51."),
            ("subtasks", [""], "[0].title: is empty."),
            ("subtasks", ["x" * 501], "[0].title: 501 characters; at most 500"),
            ("reminders", ["in 1 hour"] * 21, ": at most 20; you sent 21."),
            ("parent", "{below}", ": tasks nest at most 8 deep."),
            ("blocked_by", [f"t{n}" for n in range(1, 102)], ": at most 100 tasks."),
            ("estimate", "0m", ": between 1m and 1000h."),
            ("estimate", "1001h", ": between 1m and 1000h."),
            (
                "due",
                "x" * 101,
                ": '" + "x" * 59 + "…' is too long for a date; at most 100 characters.",
            ),
            ("idempotency_key", "k" * 7, ": at least 8 characters; this has 7."),
            ("idempotency_key", "k" * 129, ": at most 128 characters; this has 129."),
        ),
        ("add_tasks", {"tasks": []}, "tasks: at least one."),
        ("add_tasks", {"tasks": [{"title": "x"}] * 51}, "tasks: at most 50; you sent 51."),
        ("update_tasks", {"ids": []}, "ids: at least one."),
        ("update_tasks", {"ids": ["{task}"] * 101}, "ids: at most 100; you sent 101."),
        (
            "update_tasks",
            {"ids": ["{task}"], "tags": ["a"], "tags_add": [f"t{n}" for n in range(20)]},
            "tags_add: 21 tags; a task has at most 20.",
        ),
        ("complete_tasks", {"ids": ["{task}"] * 101}, "ids: at most 100; you sent 101."),
        ("delete_tasks", {"ids": ["{task}"] * 101}, "ids: at most 100; you sent 101."),
        ("get_tasks", {"ids": ["{task}"] * 51}, "ids: at most 50; you sent 51."),
        (
            "set_reminder",
            {"ids": ["{task}"], "reminders": [f"-{n}m" for n in range(1, 21)]} | {"action": "add"},
            "reminders: a task has at most 20.",
        ),
        (
            "set_recurrence",
            {"id": "{daily}", "exceptions_add": ["2026-12-24"] * 1_001},
            "exceptions_add: a series leaves out at most 1,000 dates; ",
        ),
        ("search_tasks", {"limit": 101}, "limit: must be between 0 and 100."),
        ("search_tasks", {"limit": -1}, "limit: must be between 0 and 100."),
        ("undo", {"last": 0}, "last: must be between 1 and 20."),
        ("undo", {"last": 21}, "last: must be between 1 and 20."),
        *found(
            ("x" * 501, "query: 501 characters; at most 500"),
            ("a " * 33, "query: 33 terms; at most 32."),
        ),
    ],
    "ids of the wrong kind or of nobody": [
        *added(
            ("parent", "l1", ": l1 is a list; this wants a task (t…)."),
            ("parent", "milk", NOT_AN_ID),
            ("parent", "t999999", ": there is no task t999999."),
            ("parent", "{gone}", ": {gone} is in the trash."),
            ("list", "{task}", ": {task} is a task; this wants a list (its id l… or its name)."),
            ("list", "l999999", ": there is no list 'l999999'. There is Inbox."),
            ("list", "Nowhere", ": there is no list 'Nowhere'. There is Inbox."),
            ("assignee", "nobody", ": there is no member 'nobody'. There is me, ada."),
            ("blocked_by", ["t999999"], ": there is no task t999999."),
            ("blocked_by", ["r1"], ": r1 is a reminder;"),
            ("blocked_by", ["{gone}"], ": there is no task {gone}."),
        ),
        (
            "add_tasks",
            {"tasks": [{"title": "x", "parent": "c"}]},
            "tasks[0].parent: 'c' is not an id;",
        ),
        (
            "add_tasks",
            {"tasks": [{"title": "x", "ref": "t5"}]},
            "tasks[0].ref: 't5' has the form of an id;",
        ),
        (
            "add_tasks",
            {"tasks": [{"title": "x", "ref": "a"}, {"title": "y", "ref": "a"}]},
            "tasks[1].ref: 'a' is used twice.",
        ),
        (
            "add_tasks",
            {
                "tasks": [
                    {"title": "x", "ref": "a", "parent": "b"},
                    {"title": "y", "ref": "b", "parent": "a"},
                ]
            },
            "tasks[0]: parent and blocked_by lead round in a circle.",
        ),
        ("update_tasks", {"ids": ["r1"]}, "ids: r1 is a reminder; this wants a task (t…)."),
        ("update_tasks", {"ids": ["milk"]}, "ids" + NOT_AN_ID),
        ("update_tasks", {"ids": ["t0"]}, "ids: 't0' is not an id;"),
        ("update_tasks", {"ids": ["t" + "9" * 30]}, "ids: 't" + "9" * 30 + "' is not an id;"),
        (
            "update_tasks",
            {"ids": ["{task}"], "parent": "{below}"},
            "parent: {below} is this task or lies below it.",
        ),
        (
            "update_tasks",
            {"ids": ["{task}"], "parent": "{task}"},
            "parent: {task} is this task or lies below it.",
        ),
        (
            "update_tasks",
            {"ids": ["{done}"], "blocked_by": ["{waits}"]},
            "blocked_by: {waits} already waits for {done}",
        ),
        ("update_tasks", {"ids": ["{gone}"], "title": "y"}, "ids: {gone} is in the trash."),
        (
            "complete_tasks",
            {"ids": ["t999999"]},
            "ids: there is no task t999999. Find ids with search_tasks.",
        ),
        ("complete_tasks", {"ids": ["n1"]}, "ids: n1 is a notification;"),
        ("set_recurrence", {"id": "l1", "recurrence": "daily"}, "id: l1 is a list;"),
        (
            "set_reminder",
            {"ids": ["n999999"], "action": "dismiss"},
            "ids: there is no notification n999999 of yours.",
        ),
        (
            "set_reminder",
            {"ids": ["r999999"], "action": "remove"},
            "ids: there is no reminder r999999",
        ),
        ("set_reminder", {"ids": ["l1"], "reminders": ["-1d"]}, "ids: l1 is a list;"),
        ("delete_tasks", {"ids": ["op1"]}, "ids: op1 is an operation;"),
        ("delete_tasks", {}, "ids: missing; name the tasks to delete."),
        (
            "delete_tasks",
            {"ids": ["{task}"], "purge": True, "confirm": True},
            "ids: {task} is not in the trash.",
        ),
        ("undo", {"op": "op999999"}, "op: there is no operation op999999."),
        ("undo", {"op": "{task}"}, "op: {task} is a task; this wants an operation (op…)."),
        *found(
            ("id:l7", "query, id: l7 is a list;"),
            ("list:nowhere", "query, list: there is no list 'nowhere'."),
            ("assignee:nobody", "query, assignee: there is no member 'nobody'."),
        ),
        ("search_tasks", {"saved": "nothing"}, "saved: there is no filter 'nothing'."),
    ],
    "zones": added(
        (
            "zone",
            "Europe/Viena",
            ": 'Europe/Viena' is not a time zone I know. Did you mean Europe/Vienna?",
        ),
        *(
            (("zone", name, f": '{name}' is not a time zone I know."))
            for name in (
                "Mars",
                "",
                "+02:00",
                "../../etc/passwd",
                "/etc/localtime",
                "localtime",
                "Europe",
            )
        ),
        ("due", "tomorrow 9am Mars/Olympus", ": 'mars/olympus' is not a time zone I know"),
    ),
    "dates": [
        *added(
            ("due", "30 feb", ": '30 feb' does not exist: February has 29 days at most."),
            ("due", "2026-02-30", ": '2026-02-30' does not exist: February 2026 has 28 days."),
            ("due", "2027-02-29", ": '2027-02-29' does not exist: February 2027 has 28 days."),
            ("due", "the 32nd", ": 'the 32nd' does not exist: months have at most 31 days."),
            ("due", "25:00", ": '25:00' names no time of day;"),
            (
                "due",
                "2027-03-28T02:30",
                ": '2027-03-28T02:30' does not exist in Europe/Vienna: clocks are put forward",
            ),
            ("start", "2027-03-28T02:30", ": '2027-03-28T02:30' does not exist in Europe/Vienna"),
            (
                "reminders",
                ["2027-03-28T02:30"],
                ": '2027-03-28T02:30' does not exist in Europe/Vienna",
            ),
            (
                "due",
                "next friday",
                ": 'next friday' is ambiguous on a Monday: 2026-11-27 (in 4 days) or 2026-12-04",
            ),
            ("due", "03/04", ": '03/04' is ambiguous: 2027-04-03 or 2027-03-04."),
            ("due", "tomorrow at 5", ": 'tomorrow at 5' may mean 05:00 or 17:00."),
            ("due", "yesterday", ": 'yesterday' looks back."),
            ("due", "fryday", ": 'fryday' is not a date"),
            ("due", "", ": '' is not a date"),
            ("due", "2h", ": '2h' is a length of time."),
            ("due", "every day", ": 'every day' is not one date; what repeats is a recurrence."),
            ("due", "0000-01-01", ": '0000-01-01' lies outside the years 1970 to 2200."),
            (
                "due",
                "in 99999999 days",
                ": 'in 99999999 days' lies outside the years 1970 to 2200.",
            ),
            ("due", "2026-11-27T17:00+99:00", ": '2026-11-27T17:00+99:00' names no offset;"),
            ("deadline", "fri 5pm", ": is a date without a time."),
            ("reminders", ["-30m"], ": -30m counts back from the due, and there is none."),
            ("reminders", ["30m"], ": '30m' may mean before the due or from now."),
            ("reminders", ["soonish"], ": 'soonish' is not a date"),
            ("estimate", "1d", ": give hours or minutes of work"),
            ("estimate", "90", ": '90' is not a duration."),
        ),
        (
            "add_tasks",
            {"tasks": [{"title": "x"}, {"title": "y", "due": "30 feb"}]},
            "tasks[1].due: '30 feb' does not",
        ),
        (
            "update_tasks",
            {"ids": ["{task}"], "clear": ["due"], "due": "fri"},
            "clear: due is set and cleared",
        ),
        ("complete_tasks", {"ids": ["{task}"], "at": "tomorrow"}, "at: 2026-11-24 lies ahead."),
        ("complete_tasks", {"ids": ["{task}"], "at": "30 feb"}, "at: '30 feb' does not exist"),
        (
            "set_reminder",
            {"ids": ["{task}"], "action": "snooze", "until": "20m"},
            "ids: no reminder of {task} has fired.",
        ),
        ("set_reminder", {"ids": ["{task}"], "action": "snooze"}, "until: missing;"),
    ],
    "rules": [
        *added(
            *(
                ("recurrence", text, f": {said}")
                for text, said in (
                    (
                        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
                        "BYMONTHDAY does not go with FREQ=DAILY",
                    ),
                    ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", ""),
                    ("FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=31", ""),
                    ("FREQ=SECONDLY", "FREQ=SECONDLY is not supported"),
                    ("FREQ=MINUTELY", "FREQ=MINUTELY is not supported"),
                    ("FREQ=DAILY;INTERVAL=0", "INTERVAL is 0"),
                    ("FREQ=DAILY;COUNT=0", "COUNT is 0"),
                    (
                        "FREQ=DAILY;INTERVAL=99999999999",
                        "INTERVAL is 99999999999; it goes from 1 to 36500",
                    ),
                    ("FREQ=DAILY;UNTIL=20200101", "it ends before it begins"),
                    ("FREQ=YEARLY;BYEASTER=0", "BYEASTER is not"),
                    ("RRULE:FREQ=DAILY\nEXRULE:FREQ=DAILY", "EXRULE is not supported"),
                    ("FREQ=FOO", ""),
                    ("FREQ=", ""),
                    ("DTSTART:19000101T000000Z\nRRULE:FREQ=DAILY", "DTSTART is not supported"),
                    ("x" * 201, "'" + "x" * 59 + "…': no recurrence."),
                    ("", "'': how often?"),
                    ("every 0 days", "'every 0 days'"),
                    ("sometimes", "'sometimes': no recurrence."),
                )
            ),
            ("anchor", "completion", ": goes with a recurrence;"),
        ),
        (
            "add_task",
            {"title": "x", "recurrence": "weekdays", "anchor": "completion"},
            "recurrence: FREQ=WEEKLY",
        ),
        ("set_recurrence", {"id": "{task}"}, "recurrence: missing; this task does not repeat yet."),
        ("set_recurrence", {"id": "{done}", "recurrence": "daily"}, "id: {done} is done."),
        ("set_recurrence", {"id": "{gone}", "recurrence": "daily"}, "id: {gone} is in the trash."),
        (
            "set_recurrence",
            {"id": "{daily}", "exceptions_add": ["yesterday"]},
            "exceptions_add: 'yesterday' looks back.",
        ),
        (
            "set_recurrence",
            {"id": "{daily}", "exceptions_add": ["2026-11-23"]},
            "exceptions_add: '2026-11-23' is no occurrence from now on. Near ones: 2026-11-24, 2026-11-25",
        ),
        (
            "set_recurrence",
            {"id": "{daily}", "exceptions_remove": ["tomorrow"]},
            "exceptions_remove: 'tomorrow'",
        ),
        ("complete_tasks", {"ids": ["{task}"], "action": "skip"}, "ids: {task} does not repeat;"),
        ("complete_tasks", {"ids": ["{daily}"], "action": "cancel"}, "ids: {daily} repeats: skip"),
    ],
    "moves and previews": [
        ("reschedule_tasks", {"ids": ["{task}"]}, "to: missing; give to or by"),
        ("reschedule_tasks", {"ids": ["{task}"], "by": "tomorrow"}, "by: 'tomorrow' is not a"),
        ("reschedule_tasks", {"ids": ["{task}"], "to": "30 feb"}, "to: '30 feb'"),
        ("reschedule_tasks", {"ids": ["{done}"], "to": "friday"}, "ids: {done} is done."),
        ("reschedule_tasks", {"ids": ["{gone}"], "to": "friday"}, "ids: {gone} is in the trash."),
        ("reschedule_tasks", {"ids": ["{daily}"], "by": "+40000d"}, "by: '+40000d' is too long"),
        ("reschedule_tasks", {"ids": ["{task}"], "scope": "all"}, "scope: "),
        ("preview_schedule", {}, "when: missing; give when, recurrence or reminders."),
        ("preview_schedule", {"when": "9999-12-31"}, "when: '9999-12-31'"),
        ("preview_schedule", {"recurrence": "daily", "after": "9999-01-01"}, "after: '9999-01-01'"),
        (
            "preview_schedule",
            {"recurrence": "FREQ=DAILY;COUNT=1;UNTIL=20270101"},
            "recurrence: COUNT",
        ),
        ("preview_schedule", {"recurrence": "daily", "count": 0}, "count: "),
        ("preview_schedule", {"when": "friday", "zone": "Mars"}, "zone: 'Mars' is not a time zone"),
    ],
    "queries": [
        *found(
            ("foo:bar", "query: 'foo:' is not a filter; there are list:, "),
            ("due:", "query: 'due:' has no value."),
            ("due:30feb", "query, due: '30feb' does not exist"),
            ("(", "query: OR and brackets need"),
            ("a OR", "query: OR and brackets need"),
            ('"', "query: the quote at '\"' is not closed."),
            ("(" * 400, "query: brackets are nested deeper than 8."),
            ("-" * 400, "query: '" + "-" * 59 + "…' has no letters"),
            ("priority:urgent", "query: 'urgent' is not a value of priority:."),
            ("is:happy", "query: 'happy' is not a value"),
            ("due:5..4", "query, due: '5' is not a date"),
            ("tag:nowhere", "query, tag: no task has the tag 'nowhere'."),
            ("a & b:*", "query: 'b:' is not a filter;"),
        ),
        ("search_tasks", {"cursor": "garbage"}, "cursor: is not one of this search."),
        ("search_tasks", {"cursor": "x" * 5000}, "cursor: is not one of this search."),
        ("search_tasks", {"cursor": "x", "count_by": "day"}, "cursor: counts come whole"),
    ],
    "stale versions and used keys": [
        (
            "update_tasks",
            {"ids": ["{task}"], "title": "y", "version": 1},
            "version: {task} is at version 3, you sent 1; title changed since, by ada.",
        ),
        (
            "update_tasks",
            {"ids": ["{task}"], "title": "y", "version": 99},
            "version: {task} is at version 3, you sent 99.",
        ),
        (
            "update_tasks",
            {"ids": ["{task}"], "title": "y", "version": -1},
            "version: {task} is at version 3, you sent -1;",
        ),
        (
            "update_tasks",
            {"ids": ["{task}", "{done}"], "version": 1},
            "version: goes with one id only.",
        ),
        (
            "add_task",
            {"title": "Other", "idempotency_key": "known-key"},
            "idempotency_key: was used for another call.",
        ),
        (
            "add_tasks",
            {"tasks": [{"title": "Keyed"}], "idempotency_key": "known-key"},
            "idempotency_key: was used",
        ),
        ("undo", {"op": "{op}", "last": 1}, "last: give op or last, not both."),
    ],
}

ACCEPTED: Final[tuple[tuple[str, dict[str, Any]], ...]] = (
    ("add_task", {"title": "x" * 500, "notes": "x" * 50_000, "idempotency_key": "k" * 128}),
    ("add_task", {"title": "x", "subtasks": ["a"] * 50, "idempotency_key": "k" * 8}),
    (
        "add_task",
        {"title": "x", "tags": [f"{n}".rjust(50, "x") for n in range(20)], "estimate": "1000h"},
    ),
    ("add_task", {"title": "x", "due": "fri 5pm", "reminders": [f"-{n}m" for n in range(20)]}),
    ("add_task", {"title": "tab\tand\nline", "notes": "\x07", "estimate": "1m"}),
    ("add_tasks", {"tasks": [{"title": "x"}] * 50}),
    ("update_tasks", {"ids": ["{task}"] * 100, "title": "y"}),
    ("update_tasks", {"ids": ["{task}"], "title": "y", "version": 3}),
    ("update_tasks", {"ids": ["{below}"], "clear": ["parent"]}),
    ("get_tasks", {"ids": ["{task}"] * 50}),
    ("set_reminder", {"ids": ["{task}"], "reminders": [f"-{n}m" for n in range(1, 20)]}),
    ("search_tasks", {"query": "a " * 32, "limit": 100}),
    ("search_tasks", {"query": "x" * 500, "limit": 0}),
    ("undo", {"last": 20}),
)
