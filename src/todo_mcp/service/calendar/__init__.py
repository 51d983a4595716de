"""Tasks to and from iCalendar (RFC 5545): the only home of `icalendar`."""
