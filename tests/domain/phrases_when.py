"""The phrases for days and times that must be understood, and those that must be refused.

A group is a zone, an instant of now, and lines `phrase -> result`. A result is a day, a wall time with
its offset (so that the instant is held too), or `refused: ` and a part of what the refusal says.
After the result: `all day`, `fixed` (given with an offset), `in ZONE` (another than the group's).
"""

from typing import Final

GROUPS: Final[list[tuple[str, str, str]]] = [
    (
        "Europe/Vienna",
        "2026-11-23T10:00:00+01:00",  # a Monday
        """
        today -> 2026-11-23
        Today -> 2026-11-23
        tod -> 2026-11-23
        tomorrow -> 2026-11-24
        TOMORROW -> 2026-11-24
        tmr -> 2026-11-24
        tmrw 9am -> 2026-11-24 09:00 +01:00
        tomorrow 9am -> 2026-11-24 09:00 +01:00
        tomorrow 9 am -> 2026-11-24 09:00 +01:00
        tomorrow at 9 -> 2026-11-24 09:00 +01:00
        tomorrow at nine -> 2026-11-24 09:00 +01:00
        tomorrow by 9:15 -> 2026-11-24 09:15 +01:00
        tomorrow @ 9am -> 2026-11-24 09:00 +01:00
        tomorrow@9am -> 2026-11-24 09:00 +01:00
        9am tomorrow -> 2026-11-24 09:00 +01:00
        at 9 o'clock tomorrow -> 2026-11-24 09:00 +01:00
        tomorrow 9 o’clock -> 2026-11-24 09:00 +01:00
        tomorrow, 9 a.m. -> 2026-11-24 09:00 +01:00
        tomorrow at 5 -> refused: may mean 05:00 or 17:00
        tomorrow at seven -> refused: may mean 07:00 or 19:00
        tomorrow at 12 -> 2026-11-24 12:00 +01:00
        tomorrow 5:00 -> 2026-11-24 05:00 +01:00
        tomorrow 12am -> 2026-11-24 00:00 +01:00
        tomorrow 12pm -> 2026-11-24 12:00 +01:00
        tomorrow 12:30am -> 2026-11-24 00:30 +01:00
        day after tomorrow -> 2026-11-25
        the day after tomorrow at noon -> 2026-11-25 12:00 +01:00
        mon -> 2026-11-30
        monday -> 2026-11-30
        next monday -> 2026-11-30
        tue -> 2026-11-24
        tues -> 2026-11-24
        weds -> 2026-11-25
        thurs 8am -> 2026-11-26 08:00 +01:00
        fri -> 2026-11-27
        fri 5pm -> 2026-11-27 17:00 +01:00
        Fri 5PM -> 2026-11-27 17:00 +01:00
        Friday, 5 p.m. -> 2026-11-27 17:00 +01:00
        friday at 17:00 -> 2026-11-27 17:00 +01:00
        friday at 17.00 -> 2026-11-27 17:00 +01:00
        friday 5.30pm -> 2026-11-27 17:30 +01:00
        5pm on friday -> 2026-11-27 17:00 +01:00
        at 5pm on friday -> 2026-11-27 17:00 +01:00
        on friday -> 2026-11-27
        by friday -> 2026-11-27
        due friday -> 2026-11-27
        for friday -> 2026-11-27
        by friday noon -> 2026-11-27 12:00 +01:00
          friday    5pm  -> 2026-11-27 17:00 +01:00
        fri. 5pm -> 2026-11-27 17:00 +01:00
        fri all day -> 2026-11-27 all day
        all-day friday -> 2026-11-27 all day
        this friday -> 2026-11-27
        coming friday -> 2026-11-27
        the coming friday -> 2026-11-27
        this monday -> 2026-11-23
        next friday -> refused: ambiguous on a Monday: 2026-11-27 (in 4 days) or 2026-12-04 (in 11 days)
        next tuesday -> refused: 2026-11-24 (in 1 day) or 2026-12-01 (in 8 days)
        next friday 5pm -> refused: ambiguous on a Monday
        next sunday -> refused: 2026-11-29 (in 6 days) or 2026-12-06 (in 13 days)
        friday next week -> 2026-12-04
        friday of next week -> 2026-12-04
        next week friday -> 2026-12-04
        friday this week -> 2026-11-27
        friday week -> 2026-12-04
        a week from friday -> 2026-12-04
        week from friday 3pm -> 2026-12-04 15:00 +01:00
        a week after friday -> 2026-12-04
        two weeks from tomorrow -> 2026-12-08
        2 days after 27 nov -> 2026-11-29
        3 days before 24 december -> 2026-12-21
        next week -> 2026-11-30
        next month -> 2026-12-01
        next quarter -> 2027-01-01
        next year -> 2027-01-01
        weekend -> 2026-11-28
        this weekend -> 2026-11-28
        on the weekend -> 2026-11-28
        next weekend -> refused: 2026-11-28 (in 5 days) or 2026-12-05 (in 12 days)
        this week -> refused: a whole week, from 2026-11-23 to 2026-11-29
        week -> refused: a whole week
        this month -> refused: a whole month, from 2026-11-01 to 2026-11-30
        december -> refused: a whole month, from 2026-12-01 to 2026-12-31
        in december -> refused: a whole month
        2026-12 -> refused: a whole month
        2027 -> refused: a whole year, from 2027-01-01 to 2027-12-31
        next 7 days -> refused: a row of days, from 2026-11-23 to 2026-11-29
        now -> 2026-11-23 10:00 +01:00
        in 45 minutes -> 2026-11-23 10:45 +01:00
        in 45 min -> 2026-11-23 10:45 +01:00
        in 45m -> 2026-11-23 10:45 +01:00
        45 minutes from now -> 2026-11-23 10:45 +01:00
        +45m -> 2026-11-23 10:45 +01:00
        in an hour -> 2026-11-23 11:00 +01:00
        in half an hour -> 2026-11-23 10:30 +01:00
        in an hour and a half -> 2026-11-23 11:30 +01:00
        in 1.5 hours -> 2026-11-23 11:30 +01:00
        in two and a half hours -> 2026-11-23 12:30 +01:00
        in 1h30m -> 2026-11-23 11:30 +01:00
        in 1 hour and 15 minutes -> 2026-11-23 11:15 +01:00
        in a quarter of an hour -> 2026-11-23 10:15 +01:00
        in 24 hours -> 2026-11-24 10:00 +01:00
        in 1 day and 2 hours -> 2026-11-24 12:00 +01:00
        in 1 month and 2 hours -> 2026-12-23 12:00 +01:00
        in a day -> 2026-11-24
        in 3 days -> 2026-11-26
        in three days -> 2026-11-26
        3 days from now -> 2026-11-26
        +3d -> 2026-11-26
        in 3 days at 5pm -> 2026-11-26 17:00 +01:00
        at 5pm in 3 days -> 2026-11-26 17:00 +01:00
        in a couple of days -> 2026-11-25
        in a week -> 2026-11-30
        in 2 weeks -> 2026-12-07
        in 2 wks -> 2026-12-07
        in a fortnight -> 2026-12-07
        in 1 week and 2 days -> 2026-12-02
        in a month -> 2026-12-23
        in 6 months -> 2027-05-23
        in a year -> 2027-11-23
        in 0 days -> 2026-11-23
        in 3 business days -> 2026-11-26
        in 5 workdays -> 2026-11-30
        in ten working days -> 2026-12-07
        next business day -> 2026-11-24
        3 days -> refused: Write 'in 3 days'
        45m -> refused: Write 'in 45m'
        end of week -> 2026-11-29
        end of the week -> 2026-11-29
        by the end of this week -> 2026-11-29
        end of next week -> 2026-12-06
        eow -> 2026-11-29
        end of month -> 2026-11-30
        end of the month -> 2026-11-30
        eom 5pm -> 2026-11-30 17:00 +01:00
        last day of the month -> 2026-11-30
        end of next month -> 2026-12-31
        end of december -> 2026-12-31
        beginning of december -> 2026-12-01
        start of next month -> 2026-12-01
        first day of next year -> 2027-01-01
        end of quarter -> 2026-12-31
        eoq -> 2026-12-31
        end of year -> 2026-12-31
        eoy -> 2026-12-31
        end of day -> 2026-11-23 all day
        eod -> 2026-11-23 all day
        tomorrow eod -> 2026-11-24 all day
        eod friday -> 2026-11-27 all day
        first monday of december -> 2026-12-07
        1st monday of next month -> 2026-12-07
        last friday of the month -> 2026-11-27
        first monday of the month -> 2026-12-07
        first monday of this month -> 2026-11-02
        first monday of november -> 2027-11-01
        last monday of the month -> 2026-11-30
        start of the month -> 2026-12-01
        start of this month -> 2026-11-01
        start of week -> 2026-11-23
        beginning of november -> 2027-11-01
        third thursday in january -> 2027-01-21
        fifth monday of november -> 2026-11-30
        fifth tuesday of november -> refused: there are not that many
        noon -> 2026-11-23 12:00 +01:00
        midday -> 2026-11-23 12:00 +01:00
        at noon -> 2026-11-23 12:00 +01:00
        tomorrow noon -> 2026-11-24 12:00 +01:00
        tomorrow at 12 noon -> 2026-11-24 12:00 +01:00
        lunchtime -> 2026-11-23 12:00 +01:00
        after lunch -> 2026-11-23 13:00 +01:00
        midnight -> 2026-11-24 00:00 +01:00
        midnight tonight -> 2026-11-24 00:00 +01:00
        today at midnight -> 2026-11-24 00:00 +01:00
        friday midnight -> refused: 2026-11-27T00:00, as the day begins, or 2026-11-28T00:00, as it ends
        tonight -> 2026-11-23 20:00 +01:00
        tonight at 9 -> 2026-11-23 21:00 +01:00
        9pm tonight -> 2026-11-23 21:00 +01:00
        tonight at 9am -> refused: 09:00 is not in the night
        tonight at 1 -> refused: not in the night
        this evening -> 2026-11-23 19:00 +01:00
        this afternoon -> 2026-11-23 15:00 +01:00
        this afternoon at 4 -> 2026-11-23 16:00 +01:00
        this morning -> refused: means 09:00, which has passed
        in the morning -> 2026-11-24 09:00 +01:00
        in the evening -> 2026-11-23 19:00 +01:00
        monday morning -> 2026-11-30 09:00 +01:00
        friday afternoon -> 2026-11-27 15:00 +01:00
        saturday evening -> 2026-11-28 19:00 +01:00
        saturday night -> 2026-11-28 20:00 +01:00
        tomorrow morning at 9 -> 2026-11-24 09:00 +01:00
        tomorrow evening at 8 -> 2026-11-24 20:00 +01:00
        tomorrow at 8 in the evening -> 2026-11-24 20:00 +01:00
        tomorrow at 5 in the morning -> 2026-11-24 05:00 +01:00
        tomorrow 10 at night -> 2026-11-24 22:00 +01:00
        friday morning at 17:00 -> refused: 17:00 is not in the morning
        9am -> 2026-11-24 09:00 +01:00
        10:00 -> 2026-11-24 10:00 +01:00
        10:01 -> 2026-11-23 10:01 +01:00
        5pm -> 2026-11-23 17:00 +01:00
        at 17:00 -> 2026-11-23 17:00 +01:00
        17:00:30 -> 2026-11-23 17:00:30 +01:00
        5:30pm -> 2026-11-23 17:30 +01:00
        half past nine -> 2026-11-24 09:30 +01:00
        half past 4 pm -> 2026-11-23 16:30 +01:00
        quarter to 6pm -> 2026-11-23 17:45 +01:00
        quarter past 11 -> 2026-11-23 11:15 +01:00
        20 to 8pm tomorrow -> 2026-11-24 19:40 +01:00
        half past 5 -> refused: may mean 05:30 or 17:30
        at 9 -> 2026-11-24 09:00 +01:00
        at 11 -> 2026-11-23 11:00 +01:00
        at 5 -> refused: may mean 05:00 or 17:00
        at 23 -> 2026-11-23 23:00 +01:00
        9 -> refused: not a date or a phrase
        friday 17 -> refused: not a date or a phrase
        24:00 -> refused: names no time of day
        25:00 -> refused: names no time of day
        10:60 -> refused: names no time of day
        13pm -> refused: with pm hours run from 1 to 12
        0am -> refused: with am hours run from 1 to 12
        27 nov -> 2026-11-27
        nov 27 -> 2026-11-27
        27 Nov. -> 2026-11-27
        27th nov -> 2026-11-27
        27th of november -> 2026-11-27
        the 27th of november at 5pm -> 2026-11-27 17:00 +01:00
        november 27th -> 2026-11-27
        november the 27th -> 2026-11-27
        27. november -> 2026-11-27
        27nov -> 2026-11-27
        27-nov-2026 -> 2026-11-27
        27 november 2027 14:00 -> 2027-11-27 14:00 +01:00
        nov 27, 2027 -> 2027-11-27
        Friday, November 27, 2026 at 5 p.m. -> 2026-11-27 17:00 +01:00
        Fri 27 Nov 2026, 17:00 -> 2026-11-27 17:00 +01:00
        friday 27 nov -> 2026-11-27
        friday the 27th -> 2026-11-27
        monday 27 nov -> refused: 2026-11-27 is a Friday
        tomorrow tuesday -> 2026-11-24
        tomorrow friday -> refused: 2026-11-24 is a Tuesday
        23 nov -> 2026-11-23
        23 nov 5pm -> 2026-11-23 17:00 +01:00
        23 nov 9am -> refused: leaves open whether 2026-11-23T09:00 is meant
        22 nov -> 2027-11-22
        1 jan -> 2027-01-01
        first of december -> 2026-12-01
        may 5 -> 2027-05-05
        sept 3 -> 2027-09-03
        29 feb -> 2028-02-29
        29 feb 2028 -> 2028-02-29
        29 feb 2027 -> refused: February 2027 has 28 days
        30 february -> refused: February has 29 days at most
        31 nov -> refused: November has 30 days at most
        0 nov -> refused: does not exist
        christmas -> 2026-12-25
        christmas eve at 6pm -> 2026-12-24 18:00 +01:00
        new year's eve -> 2026-12-31
        the 12th -> 2026-12-12
        12th -> 2026-12-12
        the 12th at 5pm -> 2026-12-12 17:00 +01:00
        the 23rd -> 2026-11-23
        the 24th -> 2026-11-24
        the 31st -> 2026-12-31
        the 1st of next month -> 2026-12-01
        the 31st of next month -> 2026-12-31
        the 31st of this month -> refused: November 2026 has 30 days
        the 32nd -> refused: months have at most 31 days
        12 -> refused: not a date or a phrase
        2026-11-27 -> 2026-11-27
        2026-11-7 -> 2026-11-07
        2026/11/27 -> 2026-11-27
        20261127 -> 2026-11-27
        2020-01-01 -> 2020-01-01
        2026-11-27 all day -> 2026-11-27 all day
        2026-11-27T17:00 -> 2026-11-27 17:00 +01:00
        2026-11-27 17:00 -> 2026-11-27 17:00 +01:00
        2026-11-27t17:00:30 -> 2026-11-27 17:00:30 +01:00
        2026-11-27 5pm -> 2026-11-27 17:00 +01:00
        2026-11-27T16:00Z -> 2026-11-27 17:00 +01:00 fixed
        2026-11-27 16:00 UTC -> 2026-11-27 17:00 +01:00 fixed
        2026-11-27T17:00+01:00 -> 2026-11-27 17:00 +01:00 fixed
        2026-11-27T17:00+0100 -> 2026-11-27 17:00 +01:00 fixed
        2026-11-27T17:00:00.000+01 -> 2026-11-27 17:00 +01:00 fixed
        2026-11-27T23:30-05:00 -> 2026-11-28 05:30 +01:00 fixed
        2026-11-27T17:00-00:00 -> 2026-11-27 18:00 +01:00 fixed
        20261127T160000Z -> 2026-11-27 17:00 +01:00 fixed
        20261127T170000 -> 2026-11-27 17:00 +01:00
        2026-11-27T17:00+15:00 -> refused: names no offset
        2026-11-27T17:00+01:60 -> refused: names no offset
        2026-11-27T24:00 -> refused: names no time of day
        2026-11-27T17 -> refused: not a date or a phrase
        17:00+01:00 -> refused: not a date or a phrase
        2026-02-30 -> refused: February 2026 has 28 days
        2026-13-01 -> refused: names no month
        2026-00-10 -> refused: names no month
        1969-12-31 -> refused: outside the years 1970 to 2200
        2201-01-01 -> refused: outside the years 1970 to 2200
        9999-12-31 -> refused: outside the years
        0000-01-01 -> refused: outside the years
        27 nov 1400 -> refused: outside the years
        03/04 -> refused: ambiguous: 2027-04-03 or 2027-03-04
        03/04/2026 -> refused: ambiguous: 2026-04-03 or 2026-03-04
        03.04.2026 -> refused: ambiguous: 2026-04-03 or 2026-03-04
        13/04 -> 2027-04-13
        04/13 -> 2027-04-13
        13.04.2026 -> 2026-04-13
        12/13/2026 -> 2026-12-13
        12/12 -> 2026-12-12
        27.11. -> 2026-11-27
        30/02 -> refused: February has 29 days at most
        13/13 -> refused: names no month
        27/11/26 -> refused: a year of two digits
        tomorrow 9am Asia/Tokyo -> 2026-11-24 09:00 +09:00 in Asia/Tokyo
        2026-11-27T17:00 America/New_York -> 2026-11-27 17:00 -05:00 in America/New_York
        2026-11-27T17:00+01:00[Europe/Vienna] -> 2026-11-27 17:00 +01:00
        friday 5pm utc -> 2026-11-27 18:00 +01:00 fixed
        tomorrow 23:30 GMT -> 2026-11-25 00:30 +01:00 fixed
        friday 17:00 +02:00 -> 2026-11-27 16:00 +01:00 fixed
        17:00 -0500 tomorrow -> 2026-11-24 23:00 +01:00 fixed
        friday utc -> refused: not a date or a phrase
        5pm utc -> refused: has an offset and no day
        friday 17:00 +25:00 -> refused: names no offset
        friday 5pm utc Asia/Tokyo -> 2026-11-28 02:00 +09:00 in Asia/Tokyo
        friday 5pm EST -> refused: has a zone that letters do not name for sure
        tomorrow 9am Asia/Tokio -> refused: 'asia/tokio' is not a time zone I know. Did you mean Asia/Tokyo?
        yesterday -> refused: looks back. If that is meant, give the date: 2026-11-22
        3 days ago -> refused: give the date: 2026-11-20
        last friday -> refused: give the date: 2026-11-20
        last week -> refused: looks back
        monday last week -> refused: give the date: 2026-11-16
        2 hours ago -> refused: give the date: 2026-11-23T08:00
        every friday -> refused: what repeats is a recurrence
        weekdays -> refused: what repeats is a recurrence
        fryday -> refused: Use 2026-11-27, 2026-11-27T17:00 or e.g. 'friday 5pm'. Did you mean 'friday'?
        tommorow 5pm -> refused: Did you mean 'tomorrow 5pm'?
        wensday -> refused: Did you mean 'wednesday'?
        friday friday -> refused: names two dates or two times
        tomorrow 5pm 6pm -> refused: names two dates or two times
        friday 5pm all day -> refused: names a time and a whole day
        all day -> refused: names no day
        in 2 hours on friday -> refused: mixes a time from now with a date
        2 hours before friday -> refused: counts hours from a day
        in 1.5 months -> refused: counts part of a month
        in 999999999999 weeks -> refused: outside the years
        in 999999999 minutes -> refused: outside the years
        in 180 years -> refused: outside the years
        soon -> refused: not a date or a phrase
        later today -> refused: not a date or a phrase
        before friday -> refused: not a date or a phrase
        friday to sunday -> refused: not a date or a phrase
        in -3 days -> refused: not a date or a phrase
        at -> refused: not a date or a phrase
        in -> refused: not a date or a phrase
        next -> refused: not a date or a phrase
        Europe/Vienna -> refused: not a date or a phrase
        60 past 9 -> refused: an hour has 60 minutes
        a week from week -> refused: counts from more than one day
        a week from 5pm -> refused: not a date or a phrase
        . -> refused: not a date or a phrase
        """,
    ),
    (
        "Europe/Vienna",
        "2026-11-24T21:30:00+01:00",  # a Tuesday evening
        """
        next monday -> 2026-11-30
        next tuesday -> 2026-12-01
        next wednesday -> refused: ambiguous on a Tuesday
        monday -> 2026-11-30
        tonight -> refused: means 20:00, which has passed
        tonight at 11 -> 2026-11-24 23:00 +01:00
        midnight -> 2026-11-25 00:00 +01:00
        today 9am -> 2026-11-24 09:00 +01:00
        this evening -> refused: which has passed
        in the evening -> 2026-11-25 19:00 +01:00
        in 3 hours -> 2026-11-25 00:30 +01:00
        noon -> 2026-11-25 12:00 +01:00
        noon today -> 2026-11-24 12:00 +01:00
        """,
    ),
    (
        "Europe/Vienna",
        "2026-11-27T15:00:00+01:00",  # a Friday
        """
        friday -> 2026-12-04
        this friday -> 2026-11-27
        this friday 5pm -> 2026-11-27 17:00 +01:00
        next friday -> 2026-12-04
        next monday -> 2026-11-30
        next saturday -> refused: 2026-11-28 (in 1 day) or 2026-12-05 (in 8 days)
        friday week -> 2026-12-11
        weekend -> 2026-11-28
        in 2 business days -> 2026-12-01
        next working day -> 2026-11-30
        27 nov -> 2026-11-27
        the 27th -> 2026-11-27
        the 27th at 9am -> refused: leaves open whether 2026-11-27T09:00 is meant
        the 26th -> 2026-12-26
        26 nov -> 2027-11-26
        """,
    ),
    (
        "Europe/Vienna",
        "2026-11-28T15:00:00+01:00",  # a Saturday
        """
        27 nov -> 2027-11-27
        this weekend -> 2026-11-28
        next weekend -> 2026-12-05
        next monday -> 2026-11-30
        end of week -> 2026-11-29
        end of month -> 2026-11-30
        in 1 workday -> 2026-11-30
        """,
    ),
    (
        "Europe/Vienna",
        "2026-11-29T15:00:00+01:00",  # a Sunday
        """
        next sunday -> 2026-12-06
        next monday -> 2026-11-30
        next week -> 2026-11-30
        end of week -> 2026-11-29
        this weekend -> 2026-11-29
        next weekend -> 2026-12-05
        weekend -> 2026-11-29
        """,
    ),
    (
        "Europe/Vienna",
        "2027-03-27T20:00:00+01:00",  # the evening before clocks go forward
        """
        tomorrow 1:59 -> 2027-03-28 01:59 +01:00
        tomorrow 2:00 -> refused: Use 2027-03-28T01:00 or 2027-03-28T03:00
        tomorrow 2:30 -> refused: does not exist in Europe/Vienna
        2:30 -> refused: Use 2027-03-28T01:30 or 2027-03-28T03:30
        2027-03-28T02:30 -> refused: Use 2027-03-28T01:30 or 2027-03-28T03:30
        2027-03-28T02:59:59 -> refused: does not exist
        2027-03-28T02:30+01:00 -> 2027-03-28 03:30 +02:00 fixed
        2027-03-28T00:30Z -> 2027-03-28 01:30 +01:00 fixed
        tomorrow 3am -> 2027-03-28 03:00 +02:00
        tomorrow 9am -> 2027-03-28 09:00 +02:00
        in 24 hours -> 2027-03-28 21:00 +02:00
        in 6 hours -> 2027-03-28 03:00 +02:00
        in 1 day and 1 hour -> 2027-03-28 21:00 +02:00
        midnight -> 2027-03-28 00:00 +01:00
        3 days after tomorrow -> 2027-03-31
        """,
    ),
    (
        "Europe/Vienna",
        "2027-10-30T20:00:00+02:00",  # the evening before clocks go back
        """
        tomorrow 2:30 -> 2027-10-31 02:30 +02:00
        2:30 -> 2027-10-31 02:30 +02:00
        2027-10-31T02:30+02:00 -> 2027-10-31 02:30 +02:00 fixed
        2027-10-31T02:30+01:00 -> 2027-10-31 02:30 +01:00 fixed
        tomorrow 3am -> 2027-10-31 03:00 +01:00
        tomorrow 9am -> 2027-10-31 09:00 +01:00
        in 24 hours -> 2027-10-31 19:00 +01:00
        in 6.5 hours -> 2027-10-31 02:30 +02:00
        in 7.5 hours -> 2027-10-31 02:30 +01:00
        """,
    ),
    (
        "Europe/Vienna",
        "2027-10-31T02:45:00+02:00",  # in the first pass of the hour that comes twice
        """
        2:30 -> 2027-11-01 02:30 +01:00
        2:50 -> 2027-10-31 02:50 +02:00
        in 45 minutes -> 2027-10-31 02:30 +01:00
        in an hour -> 2027-10-31 02:45 +01:00
        3am -> 2027-10-31 03:00 +01:00
        """,
    ),
    (
        "America/New_York",
        "2026-10-31T22:00:00-04:00",  # a Saturday, the evening before clocks go back
        """
        tomorrow 1:30am -> 2026-11-01 01:30 -04:00
        tomorrow 2am -> 2026-11-01 02:00 -05:00
        tomorrow 9am -> 2026-11-01 09:00 -05:00
        in 4 hours -> 2026-11-01 01:00 -05:00
        in 12 hours -> 2026-11-01 09:00 -05:00
        2026-11-01T01:30-05:00 -> 2026-11-01 01:30 -05:00 fixed
        2026-11-01T01:30-04:00 -> 2026-11-01 01:30 -04:00 fixed
        next month -> 2026-11-01
        end of month -> 2026-10-31
        the 1st -> 2026-11-01
        the 31st -> 2026-10-31
        in a month -> 2026-11-30
        in 4 months -> 2027-02-28
        nov 3 at 8 p.m. -> 2026-11-03 20:00 -05:00
        11/03/2026 -> refused: ambiguous
        11/26/2026 -> 2026-11-26
        fourth thursday of november -> 2026-11-26
        """,
    ),
    (
        "America/New_York",
        "2027-03-13T12:00:00-05:00",  # a Saturday, the day before clocks go forward
        """
        tomorrow 2:30am -> refused: Use 2027-03-14T01:30 or 2027-03-14T03:30
        tomorrow 3am -> 2027-03-14 03:00 -04:00
        in 15 hours -> 2027-03-14 04:00 -04:00
        in a day -> 2027-03-14
        noon -> 2027-03-14 12:00 -04:00
        2027-03-14T02:30-05:00 -> 2027-03-14 03:30 -04:00 fixed
        tomorrow midnight -> refused: 2027-03-14T00:00, as the day begins, or 2027-03-15T00:00
        """,
    ),
    (
        "America/St_Johns",
        "2027-03-13T23:45:00-03:30",  # half an hour off, clocks go forward in the night
        """
        in 15 minutes -> 2027-03-14 00:00 -03:30
        2am -> refused: Use 2027-03-14T01:00 or 2027-03-14T03:00
        tomorrow 3am -> 2027-03-14 03:00 -02:30
        tomorrow noon -> 2027-03-14 12:00 -02:30
        in 12 hours -> 2027-03-14 12:45 -02:30
        2027-03-14T12:00Z -> 2027-03-14 09:30 -02:30 fixed
        today 23:50 -> 2027-03-13 23:50 -03:30
        23:45 -> 2027-03-14 23:45 -02:30
        """,
    ),
    (
        "America/St_Johns",
        "2026-10-31T12:00:00-02:30",
        """
        tomorrow 1:30am -> 2026-11-01 01:30 -02:30
        tomorrow 2:30am -> 2026-11-01 02:30 -03:30
        in 24 hours -> 2026-11-01 11:00 -03:30
        """,
    ),
    (
        "Australia/Lord_Howe",
        "2026-10-03T20:00:00+10:30",  # clocks go forward by half an hour
        """
        tomorrow 1:59 -> 2026-10-04 01:59 +10:30
        tomorrow 2:15 -> refused: Use 2026-10-04T01:45 or 2026-10-04T02:45
        tomorrow 2:30 -> 2026-10-04 02:30 +11:00
        tomorrow 9am -> 2026-10-04 09:00 +11:00
        in 8 hours -> 2026-10-04 04:30 +11:00
        in 24 hours -> 2026-10-04 20:30 +11:00
        """,
    ),
    (
        "Australia/Lord_Howe",
        "2027-04-03T20:00:00+11:00",  # and back
        """
        tomorrow 1:45 -> 2027-04-04 01:45 +11:00
        tomorrow 2:00 -> 2027-04-04 02:00 +10:30
        in 6 hours -> 2027-04-04 01:30 +10:30
        2027-04-04T01:45+10:30 -> 2027-04-04 01:45 +10:30 fixed
        tomorrow noon -> 2027-04-04 12:00 +10:30
        """,
    ),
    (
        "Asia/Kolkata",
        "2026-12-31T23:30:00+05:30",  # a Thursday, the last minutes of a year
        """
        today -> 2026-12-31
        tomorrow -> 2027-01-01
        end of year -> 2026-12-31
        end of month -> 2026-12-31
        next year -> 2027-01-01
        next month -> 2027-01-01
        next week -> 2027-01-04
        in an hour -> 2027-01-01 00:30 +05:30
        1 jan -> 2027-01-01
        31 dec -> 2026-12-31
        30 dec -> 2027-12-30
        the 31st -> 2026-12-31
        the 30th -> 2027-01-30
        noon -> 2027-01-01 12:00 +05:30
        2026-12-31T20:00Z -> 2027-01-01 01:30 +05:30 fixed
        friday -> 2027-01-01
        sunday evening -> 2027-01-03 19:00 +05:30
        new year's day -> 2027-01-01
        """,
    ),
    (
        "Asia/Tokyo",
        "2028-01-30T09:00:00+09:00",  # a Sunday in a leap year
        """
        in a month -> 2028-02-29
        the 30th -> 2028-01-30
        the 29th -> 2028-02-29
        the 31st -> 2028-01-31
        end of next month -> 2028-02-29
        29 feb -> 2028-02-29
        feb 29th 9am -> 2028-02-29 09:00 +09:00
        in a year -> 2029-01-30
        9:00 -> 2028-01-31 09:00 +09:00
        2028-02-29T00:00Z -> 2028-02-29 09:00 +09:00 fixed
        in 30 days -> 2028-02-29
        last day of february -> 2028-02-29
        """,
    ),
    (
        "Asia/Tokyo",
        "2028-02-29T12:00:00+09:00",
        """
        29 feb -> 2028-02-29
        in a year -> 2029-02-28
        in 4 years -> 2032-02-29
        in 12 months -> 2029-02-28
        tomorrow -> 2028-03-01
        28 feb -> 2029-02-28
        the 29th -> 2028-02-29
        the 30th -> 2028-03-30
        """,
    ),
    (
        "UTC",
        "2096-03-01T00:00:00+00:00",
        """
        29 feb -> 2104-02-29
        today -> 2096-03-01
        midnight -> 2096-03-02 00:00 +00:00
        in 104 years -> 2200-03-01
        in 105 years -> refused: outside the years 1970 to 2200
        """,
    ),
    (
        "UTC",
        "2200-12-30T12:00:00+00:00",  # the last days of the calendar
        """
        tomorrow -> 2200-12-31
        end of month -> 2200-12-31
        the 31st -> 2200-12-31
        in 2 days -> refused: outside the years
        in 36 hours -> refused: outside the years
        fryday -> refused: not a date or a phrase
        next month -> refused: outside the years
        1 jan -> refused: outside the years
        """,
    ),
    (
        "Pacific/Apia",
        "2026-11-23T09:00:00+13:00",
        """
        today -> 2026-11-23
        now -> 2026-11-23 09:00 +13:00
        tomorrow 8am -> 2026-11-24 08:00 +13:00
        2026-11-22T20:00Z -> 2026-11-23 09:00 +13:00 fixed
        2011-12-30T12:00 -> refused: Use 2011-12-29T12:00 or 2011-12-31T12:00
        2011-12-31T12:00 -> 2011-12-31 12:00 +14:00
        friday 5pm -> 2026-11-27 17:00 +13:00
        """,
    ),
    (
        "Pacific/Kiritimati",
        "2026-11-30T10:30:00+00:00",  # already the first of December there
        """
        today -> 2026-12-01
        the 1st -> 2026-12-01
        end of month -> 2026-12-31
        noon -> 2026-12-01 12:00 +14:00
        """,
    ),
    (
        "Pacific/Pago_Pago",
        "2026-12-01T10:30:00+00:00",  # still the last of November there
        """
        today -> 2026-11-30
        the 1st -> 2026-12-01
        end of month -> 2026-11-30
        noon -> 2026-12-01 12:00 -11:00
        """,
    ),
    (
        "Africa/Cairo",
        "2027-04-29T20:00:00+02:00",  # clocks go forward at midnight
        """
        midnight -> refused: Use 2027-04-29T23:00 or 2027-04-30T01:00
        tomorrow -> 2027-04-30
        tomorrow 1am -> 2027-04-30 01:00 +03:00
        in 4 hours -> 2027-04-30 01:00 +03:00
        """,
    ),
    (
        "America/Sao_Paulo",
        "2026-02-28T12:00:00-03:00",
        """
        tomorrow -> 2026-03-01
        the 29th -> 2026-03-29
        the 31st -> 2026-03-31
        end of month -> 2026-02-28
        29 feb -> 2028-02-29
        in a month -> 2026-03-28
        """,
    ),
]
