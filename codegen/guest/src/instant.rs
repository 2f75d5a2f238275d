//! The functions on times. A time is text as RFC 3339 has it; the calendar is in [`crate::time`].

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span};

use crate::context::Context;
use crate::decimal::Decimal;
use crate::error::{Code, Fail, Result};
use crate::exact;
use crate::filters::{given, text};
use crate::time::{self, Instant};
use crate::value::Value;

/// The time that a text is.
pub(crate) fn read<'m>(name: &'static str, cx: &Context<'m>, value: Value<'m>) -> Result<Instant> {
    let text = text(cx, name, value)?;
    time::parse(text, "rfc3339", &TimeZone::UTC).ok_or_else(|| {
        Fail::new(
            Code::BadArgument,
            "a function of times got a string that is no time of RFC 3339, such as \
             2026-01-02T03:04:05Z; parse_time reads others",
        )
    })
}

fn written<'m>(cx: &Context<'m>, instant: Option<Instant>) -> Result<Value<'m>> {
    match instant {
        Some(instant) => Ok(cx.text(&instant.text())),
        None => Err(Fail::new(
            Code::BadArgument,
            "the time lies outside of the years 0 to 9999",
        )),
    }
}

/// A zone by its name, or UTC where none is given. Only a flow that names zones carries the
/// database of them.
fn zone<'m>(cx: &Context<'m>, zone: Value<'m>) -> Result<TimeZone> {
    let Some(zone) = given(zone) else {
        return Ok(TimeZone::UTC);
    };
    time::zone(text(cx, "a zone", zone)?).ok_or_else(|| {
        Fail::new(
            Code::BadArgument,
            "there is no zone of that name; zones are named as Europe/Vienna is",
        )
    })
}

/// `parse_time(text, format)`: the time in UTC.
pub fn parse<'m>(cx: &Context<'m>, value: Value<'m>, format: Value<'m>) -> Result<Value<'m>> {
    parsed(cx, value, format, &TimeZone::UTC)
}

/// `parse_time(text, format, zone)`: the zone counts where the text tells no offset from UTC.
pub fn parse_in<'m>(
    cx: &Context<'m>,
    value: Value<'m>,
    format: Value<'m>,
    zone: Value<'m>,
) -> Result<Value<'m>> {
    parsed(cx, value, format, &self::zone(cx, zone)?)
}

fn parsed<'m>(
    cx: &Context<'m>,
    value: Value<'m>,
    format: Value<'m>,
    zone: &TimeZone,
) -> Result<Value<'m>> {
    let (text, format) = (
        text(cx, "parse_time", value)?,
        text(cx, "parse_time", format)?,
    );
    match time::parse(text, format, zone) {
        Some(instant) => written(cx, Some(instant)),
        None => Err(Fail::new(
            Code::BadArgument,
            "parse_time got a string that isn't of its format",
        )),
    }
}

/// `format_time(time, format)`.
pub fn format<'m>(cx: &Context<'m>, value: Value<'m>, format: Value<'m>) -> Result<Value<'m>> {
    formatted(cx, value, format, &TimeZone::UTC)
}

/// `format_time(time, format, zone)`.
pub fn format_in<'m>(
    cx: &Context<'m>,
    value: Value<'m>,
    format: Value<'m>,
    zone: Value<'m>,
) -> Result<Value<'m>> {
    formatted(cx, value, format, &self::zone(cx, zone)?)
}

fn formatted<'m>(
    cx: &Context<'m>,
    value: Value<'m>,
    format: Value<'m>,
    zone: &TimeZone,
) -> Result<Value<'m>> {
    let instant = read("format_time", cx, value)?;
    match time::format(instant, text(cx, "format_time", format)?, zone) {
        Some(text) => Ok(cx.text(&text)),
        None => Err(Fail::new(
            Code::BadArgument,
            "format_time got a format that is no pattern of strftime",
        )),
    }
}

/// `add_time(time, duration)`: days and months are those of the calendar in UTC.
pub fn add<'m>(cx: &Context<'m>, value: Value<'m>, duration: Value<'m>) -> Result<Value<'m>> {
    added(cx, value, duration, &TimeZone::UTC)
}

/// `add_time(time, duration, zone)`: they are those of the calendar in the zone, where a day may
/// have 23 or 25 hours.
pub fn add_in<'m>(
    cx: &Context<'m>,
    value: Value<'m>,
    duration: Value<'m>,
    zone: Value<'m>,
) -> Result<Value<'m>> {
    added(cx, value, duration, &self::zone(cx, zone)?)
}

fn added<'m>(
    cx: &Context<'m>,
    value: Value<'m>,
    duration: Value<'m>,
    zone: &TimeZone,
) -> Result<Value<'m>> {
    let instant = read("add_time", cx, value)?;
    let Ok(span) = text(cx, "add_time", duration)?.parse::<Span>() else {
        return Err(Fail::new(
            Code::BadArgument,
            "add_time got a string that is no duration, such as 1h 30m, -2 days, 3 months or P1DT12H",
        ));
    };
    written(cx, instant.later(span, zone))
}

/// How many nanoseconds a unit has.
fn unit<'m>(name: &'static str, cx: &Context<'m>, value: Value<'m>) -> Result<i64> {
    let unit = given(value).map_or(Ok("s"), |unit| text(cx, name, unit))?;
    Ok(match unit {
        "d" => 86_400_000_000_000,
        "h" => 3_600_000_000_000,
        "m" => 60_000_000_000,
        "s" => 1_000_000_000,
        "ms" => 1_000_000,
        "us" => 1_000,
        "ns" => 1,
        _ => {
            return Err(Fail::new(
                Code::BadArgument,
                "a unit of time is d, h, m, s, ms, us or ns",
            ));
        }
    })
}

/// A number of nanoseconds in whole units.
fn count<'m>(nanoseconds: i128, unit: i64) -> Result<Value<'m>> {
    crate::ops::integer(i64::try_from(nanoseconds / i128::from(unit)).ok())
}

/// `diff_time(later, earlier, unit)`: in whole units, rounded towards zero.
pub fn diff<'m>(
    cx: &Context<'m>,
    later: Value<'m>,
    earlier: Value<'m>,
    unit: Value<'m>,
) -> Result<Value<'m>> {
    let (later, earlier) = (
        read("diff_time", cx, later)?,
        read("diff_time", cx, earlier)?,
    );
    let unit = self::unit("diff_time", cx, unit)?;
    count(later.nanoseconds() - earlier.nanoseconds(), unit)
}

/// `to_unix(time, unit)`: whole units since 1970, rounded down.
pub fn to_unix<'m>(cx: &Context<'m>, value: Value<'m>, unit: Value<'m>) -> Result<Value<'m>> {
    let nanoseconds = read("to_unix", cx, value)?.nanoseconds();
    let unit = self::unit("to_unix", cx, unit)?;
    count(nanoseconds - nanoseconds.rem_euclid(unit.into()), unit)
}

/// `from_unix(number, unit)`: so many units after 1970 began.
pub fn from_unix<'m>(cx: &Context<'m>, value: Value<'m>, unit: Value<'m>) -> Result<Value<'m>> {
    let unit = self::unit("from_unix", cx, unit)?;
    let Some(number) = exact::read(value)? else {
        return Err(Fail::argument(
            "from_unix",
            "an integer, a decimal or a number as it is written",
            value.kind(),
        ));
    };
    let nanoseconds = number.times(&Decimal::from(unit)).and_then(|n| n.whole());
    match nanoseconds {
        Some(nanoseconds) => written(cx, Instant::from_nanoseconds(nanoseconds)),
        None => Err(Fail::new(
            Code::BadArgument,
            "from_unix got a number that is no whole number of nanoseconds, or too many",
        )),
    }
}

/// `truncate_time(time, unit)`: the beginning of the year, month, week, day, hour, minute or second
/// in UTC.
pub fn truncate<'m>(cx: &Context<'m>, value: Value<'m>, unit: Value<'m>) -> Result<Value<'m>> {
    truncated(cx, value, unit, &TimeZone::UTC)
}

/// `truncate_time(time, unit, zone)`: the beginning as the zone's clocks show it.
pub fn truncate_in<'m>(
    cx: &Context<'m>,
    value: Value<'m>,
    unit: Value<'m>,
    zone: Value<'m>,
) -> Result<Value<'m>> {
    truncated(cx, value, unit, &self::zone(cx, zone)?)
}

fn truncated<'m>(
    cx: &Context<'m>,
    value: Value<'m>,
    unit: Value<'m>,
    zone: &TimeZone,
) -> Result<Value<'m>> {
    let instant = read("truncate_time", cx, value)?;
    let Some(unit) = Unit::named(text(cx, "truncate_time", unit)?) else {
        return Err(Fail::new(
            Code::BadArgument,
            "truncate_time knows the units year, month, week, day, hour, minute and second",
        ));
    };
    written(cx, instant.beginning(unit, zone))
}

/// What a time is cut off to.
#[derive(Clone, Copy)]
enum Unit {
    Year,
    Month,
    Week,
    Day,
    Hour,
    Minute,
    Second,
}

impl Unit {
    fn named(name: &str) -> Option<Unit> {
        Some(match name {
            "year" => Unit::Year,
            "month" => Unit::Month,
            "week" => Unit::Week,
            "day" => Unit::Day,
            "hour" => Unit::Hour,
            "minute" => Unit::Minute,
            "second" => Unit::Second,
            _ => return None,
        })
    }
}

impl Instant {
    /// The time so much later by the calendar and the clocks of a zone.
    fn later(self, span: Span, zone: &TimeZone) -> Option<Instant> {
        if *zone == TimeZone::UTC {
            return Instant::new(self.civil(zone)?.checked_add(span).ok()?);
        }
        Instant::from(self.zoned(zone)?.checked_add(span).ok()?.timestamp())
    }

    /// The beginning of a unit in which the time lies; weeks begin on Mondays.
    fn beginning(self, unit: Unit, zone: &TimeZone) -> Option<Instant> {
        let civil = self.civil(zone)?;
        let date = civil.date();
        let date = match unit {
            Unit::Year => date.first_of_year(),
            Unit::Month => date.first_of_month(),
            Unit::Week => {
                let days = i64::from(date.weekday().to_monday_zero_offset());
                date.checked_sub(SignedDuration::from_hours(24 * days))
                    .ok()?
            }
            Unit::Day => date,
            Unit::Hour | Unit::Minute | Unit::Second => return self.within_hour(unit, civil),
        };
        Instant::local(date.to_datetime(jiff::civil::Time::midnight()), zone)
    }

    /// Less than an hour is taken off the time itself: clocks that were put back show an hour
    /// twice.
    fn within_hour(self, unit: Unit, civil: DateTime) -> Option<Instant> {
        let (minutes, seconds) = match unit {
            Unit::Hour => (civil.minute(), civil.second()),
            Unit::Minute => (0, civil.second()),
            _ => (0, 0),
        };
        let seconds = 60 * i64::from(minutes) + i64::from(seconds);
        self.plus(SignedDuration::new(-seconds, -civil.subsec_nanosecond()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bumpalo::Bump;

    fn shown(result: Result<Value>) -> String {
        match result {
            Ok(Value::Str(text)) => text.to_owned(),
            Ok(value) => format!("{:?}", value.number()),
            Err(fail) => fail.why.to_string(),
        }
    }

    #[test]
    fn times_are_reckoned_with() {
        let bump = Bump::new();
        let cx = Context::new(&bump, &[], None, 0);
        let s = Value::Str;
        let no = Value::Missing;
        let vienna = s("Europe/Vienna");
        for (result, want) in [
            (
                parse(&cx, s("31.12.2023 23:30"), s("%d.%m.%Y %H:%M")),
                "2023-12-31T23:30:00Z",
            ),
            (
                parse_in(&cx, s("31.12.2023 23:30"), s("%d.%m.%Y %H:%M"), vienna),
                "2023-12-31T22:30:00Z",
            ),
            (
                format(&cx, s("2024-07-01T12:00:00+02:00"), s("%Y%m%d %H")),
                "20240701 10",
            ),
            (
                format_in(&cx, s("2024-07-01T10:00:00Z"), s("rfc3339"), vienna),
                "2024-07-01T12:00:00+02:00",
            ),
            (
                add(&cx, s("2024-01-31T12:00:00Z"), s("1 month")),
                "2024-02-29T12:00:00Z",
            ),
            (
                add(&cx, s("2024-01-31T12:00:00Z"), s("-1h 30m")),
                "2024-01-31T10:30:00Z",
            ),
            (
                add(&cx, s("2024-01-31T12:00:00Z"), s("P1DT12H")),
                "2024-02-02T00:00:00Z",
            ),
            // The day on which the clocks are put forward has 23 hours.
            (
                add(&cx, s("2024-03-30T11:00:00Z"), s("1 day")),
                "2024-03-31T11:00:00Z",
            ),
            (
                add_in(&cx, s("2024-03-30T11:00:00Z"), s("1 day"), vienna),
                "2024-03-31T10:00:00Z",
            ),
            (
                add_in(&cx, s("2024-03-30T11:00:00Z"), s("24h"), vienna),
                "2024-03-31T11:00:00Z",
            ),
            (
                truncate(&cx, s("2024-05-16T12:34:56.7Z"), s("week")),
                "2024-05-13T00:00:00Z",
            ),
            (
                truncate(&cx, s("2024-05-16T12:34:56.7Z"), s("month")),
                "2024-05-01T00:00:00Z",
            ),
            (
                truncate(&cx, s("2024-05-16T12:34:56.7Z"), s("minute")),
                "2024-05-16T12:34:00Z",
            ),
            (
                truncate_in(&cx, s("2024-05-16T23:30:00Z"), s("day"), vienna),
                "2024-05-16T22:00:00Z",
            ),
            (
                truncate_in(&cx, s("2024-05-16T23:30:00Z"), s("year"), vienna),
                "2023-12-31T23:00:00Z",
            ),
            // The second of two hours from two to three.
            (
                truncate_in(&cx, s("2024-10-27T01:30:00Z"), s("hour"), vienna),
                "2024-10-27T01:00:00Z",
            ),
            (from_unix(&cx, Value::Int(-1), no), "1969-12-31T23:59:59Z"),
            (
                from_unix(&cx, Value::constant("1700000000.25"), no),
                "2023-11-14T22:13:20.25Z",
            ),
            (
                from_unix(&cx, Value::Int(1_700_000_000_250), s("ms")),
                "2023-11-14T22:13:20.25Z",
            ),
            (
                diff(
                    &cx,
                    s("2024-03-01T00:00:00Z"),
                    s("2024-02-28T12:00:00Z"),
                    s("h"),
                ),
                "Ok(Some(Int(36)))",
            ),
            (
                diff(
                    &cx,
                    s("2024-02-28T12:00:00Z"),
                    s("2024-03-01T00:00:00Z"),
                    s("d"),
                ),
                "Ok(Some(Int(-1)))",
            ),
            (
                to_unix(&cx, s("1969-12-31T23:59:59.5Z"), no),
                "Ok(Some(Int(-1)))",
            ),
            (
                to_unix(&cx, s("2023-11-14T22:13:20.25Z"), s("ms")),
                "Ok(Some(Int(1700000000250)))",
            ),
            (
                add(&cx, s("9999-12-31T00:00:00Z"), s("1 day")),
                "the time lies outside of the years 0 to 9999",
            ),
            (
                to_unix(&cx, s("2023-11-14T22:13:20Z"), s("y")),
                "a unit of time is d, h, m, s, ms, us or ns",
            ),
            (
                from_unix(&cx, Value::Float(0.5), no),
                "from_unix takes an integer, a decimal or a number as it is written, not a float",
            ),
            (
                parse_in(&cx, s("x"), s("rfc3339"), s("Vienna")),
                "there is no zone of that name; zones are named as Europe/Vienna is",
            ),
            (
                parse(&cx, s("x"), s("rfc3339")),
                "parse_time got a string that isn't of its format",
            ),
            (
                truncate(&cx, s("2024-05-16T12:34:56.7Z"), s("days")),
                "truncate_time knows the units year, month, week, day, hour, minute and second",
            ),
        ] {
            assert_eq!(shown(result), want);
        }
    }
}
