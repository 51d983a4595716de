"""What the walk may do next: a call of a tool, and what it must do to the world."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial
from itertools import pairwise
from random import Random
from typing import Any, Final

from tests.fuzz import rhythm
from tests.fuzz.predict import Prediction
from tests.fuzz.world import World

Predict = Callable[[Prediction], None]

WORDS: Final = ("milk", "bread", "Steuern", "crème", "call", "plant", "null")
TAGS: Final = ("home", "work", "näh")
TIMES: Final = (None, None, time(9), time(17), time(10, 30))
ACTIONS: Final = ("complete", "complete", "complete", "reopen", "reopen", "start", "cancel", "skip",
                  "skip", "end_series", "restore", "restore")  # fmt: skip


@dataclass(frozen=True)
class Move:
    tool: str
    arguments: dict[str, Any]
    predict: Predict


@dataclass(frozen=True)
class Situation:
    rng: Random
    world: World
    now: datetime
    inbox: int

    def task(self) -> int:
        """Mostly one of the newer tasks; now and then one that is not there."""
        numbers = sorted(self.world.tasks)[-25:]
        return self.rng.choice(numbers) if numbers and self.rng.random() > 0.02 else 999_999

    def tasks(self) -> list[int]:
        return [self.task() for _ in range(self.rng.choice((1, 1, 1, 2, 3)))]

    def open_one(self) -> int:
        numbers = [t.id for t in self.world.tasks.values() if t.live]
        return self.rng.choice(numbers) if numbers and self.rng.random() < 0.85 else self.task()

    def due(self) -> tuple[str, dict[str, Any]]:
        on = rhythm.today(self.now) + timedelta(days=self.rng.randint(-1, 9))
        clock = self.rng.choice(TIMES)
        if clock is None:
            return on.isoformat(), {"due_on": on}
        return f"{on}T{clock:%H:%M}", {"due_on": on, "due_time": clock}

    def reminders(self) -> list[str]:
        return self.rng.sample(list(rhythm.BEFORE), self.rng.choice((0, 1, 1, 2)))

    def moment(self) -> tuple[str, datetime]:
        on, hour = rhythm.today(self.now), self.rng.choice((8, 9, 12, 20))
        on += timedelta(days=self.rng.choice((0, 0, 1, 2)))
        return f"{on}T{hour:02}:00", rhythm.instant(on, time(hour))


def names(numbers: list[int]) -> list[str]:
    return [f"t{number}" for number in numbers]


def add(at: Situation) -> Move:
    rng = at.rng
    given: dict[str, Any] = {"title": f"{rng.choice(WORDS)} {rng.randint(1, 99)}"}
    sent = dict(given)
    if rng.random() < 0.5:
        sent["due"], due = at.due()
        given |= due
    if rng.random() < 0.3:
        given["recurrence"] = sent["recurrence"] = rng.choice(list(rhythm.RULES))
        if given["recurrence"] in ("every day", "every 3 days") and rng.random() < 0.3:
            given["anchor"] = sent["anchor"] = "completion"
    if "due_on" in given or "recurrence" in given:
        given["reminders"] = sent["reminders"] = at.reminders()
    for name, value in (("priority", rng.choice(("high", "low"))), ("tags", rng.sample(TAGS, 2)),
                        ("notes", "Notes"), ("subtasks", ["First", "Second"])):  # fmt: skip
        if rng.random() < 0.25:
            given[name] = sent[name] = value
    if rng.random() < 0.2:
        given["parent"] = at.task()
        sent["parent"] = f"t{given['parent']}"
    return Move("add_task", sent, lambda it: it.add(at.inbox, given))


def add_many(at: Situation) -> Move:
    """A few that hang together."""
    given = [
        {"title": f"{at.rng.choice(WORDS)} {number}"} for number in range(at.rng.randint(1, 3))
    ]
    sent: list[dict[str, Any]] = [{**one, "ref": f"a{n}"} for n, one in enumerate(given)]
    for number in range(1, len(sent)):
        sent[number]["parent"] = f"a{number - 1}"

    def predict(it: Prediction) -> None:
        for one in given:
            it.add(at.inbox, one)
        made = sorted((n for n in it.world.tasks if n < 0), reverse=True)
        for above, number in pairwise(made):
            it.put(number, parent=above)

    return Move("add_tasks", {"tasks": sent}, predict)


def update(at: Situation) -> Move:
    rng, numbers = at.rng, at.tasks()
    given: dict[str, Any] = {}
    sent: dict[str, Any] = {"ids": names(numbers)}
    for name, value in (("title", f"{rng.choice(WORDS)} new"), ("priority", rng.choice(("none", "medium"))),
                        ("tags_add", [rng.choice(TAGS)]), ("notes", "More")):  # fmt: skip
        if rng.random() < 0.3:
            given[name] = sent[name] = value
    drawn = rng.random()
    if drawn < 0.4:
        sent["due"], due = at.due()
        given |= due
    elif drawn < 0.6:
        given["clear"] = sent["clear"] = [rng.choice(("due", "notes", "parent"))]
    elif drawn < 0.75:
        given["parent"] = at.task()
        sent["parent"] = f"t{given['parent']}"
    if given.keys() & {"notes"} and "notes" in given.get("clear", ()):
        del given["notes"], sent["notes"]
    return Move("update_tasks", sent, lambda it: it.each(numbers, lambda n: it.update(n, given)))


def stale(at: Situation) -> Move:
    """Decided on a version that is not the task's, or is."""
    number = at.task()
    task = at.world.tasks.get(number)
    version = (task.version if task else 1) - at.rng.choice((0, 1))
    sent = {"ids": [f"t{number}"], "title": f"Version {version}", "version": version}

    def predict(it: Prediction) -> None:
        it.require(task is not None and task.version == version)
        it.update(number, {"title": sent["title"]})

    return Move("update_tasks", sent, predict)


def act(at: Situation) -> Move:
    numbers, action = at.tasks(), at.rng.choice(ACTIONS)
    sent: dict[str, Any] = {"ids": names(numbers), "action": action}
    below = at.rng.random() < 0.2
    if below:
        sent["with_subtasks"] = True
    return Move(
        "complete_tasks",
        sent,
        lambda it: it.each(numbers, partial(it.act, action=action, with_subtasks=below)),
    )


def delete(at: Situation) -> Move:
    numbers = at.tasks()
    sent = {"ids": names(numbers), "confirm": True}
    return Move("delete_tasks", sent, lambda it: it.each(numbers, it.trash))


def purge(at: Situation) -> Move:
    trashed = [task.id for task in at.world.tasks.values() if task.trashed]
    number = at.rng.choice(trashed) if trashed else at.task()
    sent = {"ids": [f"t{number}"], "purge": True, "confirm": True}
    return Move("delete_tasks", sent, lambda it: it.each([number], it.purge))


def repeat(at: Situation) -> Move:
    number = at.open_one()
    if at.rng.random() < 0.25:
        return Move(
            "set_recurrence", {"id": f"t{number}", "stop": True}, lambda it: it.stop(number)
        )
    words = at.rng.choice(list(rhythm.RULES))
    sent = {"id": f"t{number}", "recurrence": words}
    return Move("set_recurrence", sent, lambda it: it.repeat(number, words, "schedule"))


def remind(at: Situation) -> Move:
    numbers, drawn = at.tasks(), at.rng.random()
    sent: dict[str, Any] = {"ids": names(numbers)}
    if drawn < 0.2:
        return Move(
            "set_reminder", sent | {"action": "remove"}, lambda it: it.each(numbers, it.unset)
        )
    if drawn < 0.5:
        text, at_once = at.moment()
        sent["reminders"] = [text]
        return Move(
            "set_reminder", sent, lambda it: it.each(numbers, partial(it.remind, specs=[at_once]))
        )
    specs = at.reminders()
    sent["reminders"] = specs
    return Move("set_reminder", sent, lambda it: it.each(numbers, partial(it.remind, specs=specs)))


def answer(at: Situation) -> Move:
    """Snooze or dismiss, mostly something that fired."""
    fired = [r.task for r in at.world.reminders.values() if r.state == "fired"]
    number = at.rng.choice(fired) if fired else at.task()
    sent: dict[str, Any] = {"ids": [f"t{number}"], "action": "dismiss"}
    if at.rng.random() < 0.5:
        return Move("set_reminder", sent, lambda it: it.each([number], it.dismiss))
    until = at.now + timedelta(minutes=20)
    sent |= {"action": "snooze", "until": "20m"}
    return Move("set_reminder", sent, lambda it: it.each([number], partial(it.snooze, at=until)))


WRITES: Final[tuple[tuple[Callable[[Situation], Move], int], ...]] = (
    (add, 16), (add_many, 3), (update, 14), (stale, 3), (act, 24), (delete, 5),(purge, 2), (repeat, 8), (remind, 9),
    (answer, 7),
)  # fmt: skip
