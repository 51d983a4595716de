"""Who is to be told of a notification, and where."""

from typing import Final
from uuid import UUID

from todo_mcp.store.commit import Commit, commit
from todo_mcp.store.database import Database

# What the user has dealt with needs no telling; what is under way is not started twice.
_OPEN: Final = """
SELECT now() AS now, n.id, EXISTS (
    SELECT FROM consumed c WHERE c.consumer = $3 AND c.event_id = $4) AS seen,
  ARRAY(SELECT ch.id FROM channels ch WHERE ch.user_id = n.user_id AND NOT EXISTS (
    SELECT FROM deliveries d WHERE d.space_id = n.space_id AND d.notification_id = n.id
      AND d.channel_id = ch.id) ORDER BY ch.id) AS channels
FROM notifications n
WHERE n.space_id = $1 AND n.id = $2 AND n.acknowledged_at IS NULL
"""


async def open_deliveries(
    database: Database, space: int, notification: int, consumer: str, event_id: UUID
) -> int:
    """One delivery per channel of the user; answers how many are new.

    Raises:
        LostRaceError: the same event is being handled elsewhere.
    """
    rows = await database.worker(_OPEN, space, notification, consumer, event_id)
    if not rows or rows[0]["seen"]:
        return 0
    [row] = rows
    numbers = await database.ids("delivery", len(row["channels"]))
    made = [
        {
            "id": number,
            "notification_id": notification,
            "channel_id": channel,
            "next_try_at": row["now"].isoformat(),
        }
        for number, channel in zip(numbers, row["channels"], strict=True)
    ]
    consumed = [{"consumer": consumer, "event_id": str(event_id)}]
    await commit(
        database, Commit(space, rows={"deliveries": made, "consumed": consumed}), worker=True
    )
    return len(made)
