"""The text block of an answer: the facts of the structured content in lines a person could read."""

from typing import Any, Final, cast

Answer = dict[str, Any]
# Stored text may have lines of its own; behind this none of them passes for one of an answer.
WITHIN: Final = "\n    | "


def wrote(answer: Answer) -> str:
    """`✓ t1042 Buy milk · due Fri 27 Nov 2026, 17:00, in 4 days · op881`."""
    lines = [_written(task) for task in answer.get("tasks", ())]
    lines += [f"✗ {one(failure)}" for failure in answer.get("failures", ())]
    lines += _warnings(answer)
    if unblocked := answer.get("unblocked"):
        lines.append(f"ready now: {', '.join(unblocked)}")
    if "rule" in answer:
        lines.append(repeating(answer["text"], answer))
    if purged := answer.get("purged"):
        lines.append(f"deleted for good: {purged}")
    if undone := answer.get("undone"):
        lines.append(f"undone: {', '.join(undone)}")
    return "\n".join([*lines, _outcome(answer)])


def _outcome(answer: Answer) -> str:
    if answer.get("dry_run"):
        return "dry run: nothing was written"
    if "op" not in answer:
        return "nothing changed"
    return f"{answer['op']}{' (replayed: done before)' if answer.get('replayed') else ''}"


def _written(task: Answer) -> str:
    title = shown(task["title"])
    parts = [f"✓ {task['id']} {title}" if "id" in task else f"✓ {title}"]
    if "due_text" in task:
        parts.append(f"due {task['due_text']} ({task['due']})")
    if "rule" in task:
        parts.append(repeating(task["recurrence"], task))
    parts += [
        f"{name}: {shown(old)} → {shown(new)}"
        for name, (old, new) in task.get("changed", {}).items()
    ]
    if "reminders" in task:
        parts.append(f"reminders {shown(task['reminders'])}")
    if "next_occurrence" in task:
        parts.append(f"next {task['next_occurrence']}")
    if "subtasks" in task:
        parts.append(f"subtasks {shown(task['subtasks'])}")
    parts.append(f"version {task['version']}")
    return " · ".join(parts)


def repeating(sentence: str, told: Answer) -> str:
    return f"repeats {sentence} ({told['rule']}); next: {', '.join(told['next'])}"


def one(failure: Answer) -> str:
    name = failure.get("id") or failure.get("ref") or ""
    return f"{name} {failure['error']}".strip()


def shown(value: Any) -> str:
    if value is None or value == []:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(shown(item) for item in cast("list[Any]", value))
    return WITHIN.join(str(value).splitlines())


def row(task: Answer) -> str:
    """One task of a list."""
    rest = [f"{name} {shown(task[name])}" for name in task if name not in ("id", "title")]
    return " · ".join([f"{task['id']} {shown(task['title'])}", *rest])


def found(answer: Answer) -> str:
    """A line for each match or count, and how many there are in all."""
    lines = [row(task) for task in answer.get("tasks", ())]
    lines += [f"{shown(name)}: {number}" for name, number in answer.get("counts", {}).items()]
    lines += _warnings(answer)
    if better := answer.get("did_you_mean"):
        lines.append(f"did you mean {better}?")
    if near := answer.get("near"):
        lines += ["nothing matches; near are:", *(row(task) for task in near)]
    total = f"{'at least ' if answer.get('at_least') else ''}{answer['total']} in all"
    if cursor := answer.get("next_cursor"):
        total += f"; more with cursor={cursor}"
    return "\n".join([*lines, f"{total}, now {answer['now']} {answer['zone']}"])


def full(answer: Answer) -> str:
    """Every task with all its fields; what has rows of its own, a line each."""
    lines = [line for task in answer["tasks"] for line in _block(task, "")]
    lines += [f"✗ {one(failure)}" for failure in answer["failures"]]
    return "\n".join([*lines, f"now {answer['now']} {answer['zone']}"])


def _block(task: Answer, indent: str) -> list[str]:
    inner = {name: value for name, value in task.items() if _has_rows(value)}
    flat = {name: value for name, value in task.items() if name not in inner}
    lines = [indent + row(flat)]
    for name, items in inner.items():
        lines.append(f"{indent}  {name}:")
        for item in items:
            below = (
                _block(item, f"{indent}    ")
                if "title" in item
                else [f"{indent}    {_pairs(item)}"]
            )
            lines.extend(below)
    return lines


def _has_rows(value: Any) -> bool:
    return isinstance(value, list) and any(
        isinstance(item, dict) for item in cast("list[Any]", value)
    )


def preview(answer: Answer) -> str:
    """What it means, a line for each moment."""
    lines = [f"when: {_moment(answer['when'])}"] if "when" in answer else []
    if "rule" in answer:
        lines.append(f"repeats {answer['text']} ({answer['rule']})")
    for part in ("next", "reminders"):
        lines += [f"{part}: {_moment(item)}" for item in answer.get(part, ())]
    lines += _warnings(answer)
    return "\n".join([*lines, f"now {answer['now']} {answer['zone']}"])


def _warnings(answer: Answer) -> list[str]:
    return [f"! {warning}" for warning in answer.get("warnings", ())]


def _moment(item: Answer) -> str:
    utc = f" ({item['utc']})" if "utc" in item else ""
    return f"{item['weekday']} {item['local']}{utc}"


def context(answer: Answer) -> str:
    """Now, and a line for every part that is there."""
    part = ", of the first 10,000 open tasks" if answer.get("at_least") else ""
    counts = f"overdue {answer['overdue']}, due today {answer['today']}{part}"
    lines = [f"{answer['weekday']} {answer['now']} {answer['zone']}, {counts}"]
    if others := answer.get("other_spaces"):
        lines.append(f"space {shown(answer['space'])}; others: {shown(others)}")
    lines += [
        f"{part}: {'; '.join(_pairs(item) for item in answer[part]) or 'none'}"
        for part in ("lists", "tags", "filters", "members", "notifications")
        if part in answer
    ]
    if settings := answer.get("settings"):
        lines.append(f"settings: {_pairs(settings)}")
    if more := answer.get("more"):
        lines.append("more: " + ", ".join(f"{count} {part}" for part, count in more.items()))
    return "\n".join(lines)


def _pairs(item: Answer) -> str:
    return ", ".join(f"{name} {shown(value)}" for name, value in item.items())
