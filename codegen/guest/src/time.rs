//! Instants, and their text: formats by name or by a strftime pattern, in a zone. The calendar and
//! the zones are the jiff crate's; only what names a zone carries the database of them.

use std::sync::RwLock;

use jiff::civil::{Date, DateTime};
use jiff::fmt::{rfc2822, strtime, temporal};
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp, ZonedDateTime};

use crate::decimal::Decimal;
use crate::number;

const SECOND: i128 = 1_000_000_000;

/// An instant of the years 0 to 9999, as date and time in UTC. jiff's own timestamps end a day
/// before 9999-12-31, which many systems write where they mean "never".
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Instant(DateTime);

impl Instant {
    pub fn new(utc: DateTime) -> Option<Instant> {
        (utc.year() >= 0).then_some(Instant(utc))
    }

    /// Nanoseconds since 1970.
    pub fn from_nanoseconds(nanoseconds: i128) -> Option<Instant> {
        let seconds = i64::try_from(nanoseconds.div_euclid(SECOND)).ok()?;
        let rest = nanoseconds.rem_euclid(SECOND) as i32;
        Instant::new(EPOCH).and_then(|epoch| epoch.plus(SignedDuration::new(seconds, rest)))
    }

    /// Nanoseconds since 1970.
    pub fn nanoseconds(self) -> i128 {
        self.0.duration_since(EPOCH).as_nanos()
    }

    pub fn plus(self, duration: SignedDuration) -> Option<Instant> {
        self.0.checked_add(duration).ok().and_then(Instant::new)
    }

    /// Date and time in a zone.
    pub fn zoned(self, zone: &TimeZone) -> Option<ZonedDateTime> {
        let timestamp = Offset::UTC.to_timestamp(self.0).ok()?;
        Some(timestamp.to_zoned_datetime(zone.clone()))
    }

    /// What the clocks of a zone show.
    pub(crate) fn civil(self, zone: &TimeZone) -> Option<DateTime> {
        if *zone == TimeZone::UTC {
            return Some(self.0);
        }
        self.zoned(zone).map(|zoned| zoned.datetime())
    }

    /// RFC 3339 in UTC, with as many decimals of the second as it takes.
    pub fn text(self) -> String {
        format!("{}Z", self.0)
    }

    /// What stands on the clocks of a zone. Of two instants with the same clock, when they are put
    /// back, it is the first; of a time that they leave out, the one as much later, as RFC 5545
    /// has it.
    pub(crate) fn local(civil: DateTime, zone: &TimeZone) -> Option<Instant> {
        if *zone == TimeZone::UTC {
            return Instant::new(civil);
        }
        let zoned = zone.to_ambiguous_zoned_datetime(civil).compatible().ok()?;
        Instant::from(zoned.timestamp())
    }

    pub(crate) fn from(timestamp: Timestamp) -> Option<Instant> {
        Instant::new(Offset::UTC.to_datetime(timestamp))
    }

    /// A time at an offset from UTC.
    fn at(civil: DateTime, offset: Offset) -> Option<Instant> {
        let utc = civil.checked_sub(SignedDuration::from_secs(offset.seconds().into()));
        utc.ok().and_then(Instant::new)
    }
}

const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);

/// A time zone.
pub type Zone = TimeZone;

/// Coordinated universal time.
pub const UTC: Zone = TimeZone::UTC;

/// The zones that the flow names, read when it starts: reading one takes longer than most messages.
/// Those that a message names are read each time, so that none pays for another.
static READY: RwLock<Vec<(&str, TimeZone)>> = RwLock::new(Vec::new());

/// Reads a zone that the flow names.
pub fn ready(name: &'static str) {
    if let (Some(zone), Ok(mut ready)) = (zone(name), READY.write()) {
        ready.push((name, zone));
    }
}

/// A zone by its name in the database, such as Europe/Vienna; without regard to case.
pub fn zone(name: &str) -> Option<TimeZone> {
    if let Ok(ready) = READY.read()
        && let Some((_, zone)) = ready.iter().find(|(known, _)| *known == name)
    {
        return Some(zone.clone());
    }
    TimeZoneDatabase::bundled().get(name).ok()
}

/// Reads a text by a format: one of the names below, or a strftime pattern. A zone counts where the
/// text has no offset of its own.
pub fn parse(text: &str, format: &str, zone: &TimeZone) -> Option<Instant> {
    if let Some(units) = units(format) {
        number::accepts(text.as_bytes()).then_some(())?;
        return since_epoch(&Decimal::parse(text.as_bytes())?, units);
    }
    match format {
        "rfc3339" => {
            let (civil, offset) = pieces(text, has_offset)?;
            Instant::at(civil, offset?)
        }
        "iso_datetime" => {
            let (civil, None) = pieces(text, |rest| rest.is_empty())? else {
                return None;
            };
            Instant::local(civil, zone)
        }
        "iso_date" => {
            shape(text, b"dddd-dd-dd")?.is_empty().then_some(())?;
            let date: Date = text.parse().ok()?;
            Instant::local(date.into(), zone)
        }
        "rfc2822" => Instant::from(rfc2822::parse(text).ok()?.timestamp()),
        pattern => {
            let parsed = strtime::parse(pattern, text).ok()?;
            // `%Y` reads two digits too: the 67 of a text that should have had four is no year.
            parsed
                .year()
                .is_none_or(|year| year >= 1000)
                .then_some(())?;
            match (parsed.timestamp(), parsed.offset()) {
                (Some(timestamp), _) => Instant::from(timestamp),
                (None, Some(offset)) => Instant::at(parsed.to_datetime().ok()?, offset),
                (None, None) => Instant::local(parsed.to_datetime().ok()?, zone),
            }
        }
    }
}

/// The instant so many units after 1970 began, of which so many make a second; none where that
/// falls between two nanoseconds.
pub fn since_epoch(count: &Decimal, units: i64) -> Option<Instant> {
    let nanoseconds = count.times(&Decimal::from(SECOND as i64 / units))?;
    Instant::from_nanoseconds(nanoseconds.whole()?)
}

/// How many units of the formats that count from 1970 make a second.
pub fn units(format: &str) -> Option<i64> {
    match format {
        "unix" => Some(1),
        "unix_ms" => Some(1_000),
        "unix_us" => Some(1_000_000),
        "unix_ns" => Some(1_000_000_000),
        _ => None,
    }
}

/// Writes an instant by a format, as it is in a zone.
pub fn format(instant: Instant, format: &str, zone: &TimeZone) -> Option<String> {
    if let Some(units) = units(format) {
        let count = instant.nanoseconds().div_euclid(SECOND / i128::from(units));
        return Some(count.to_string());
    }
    if *zone == TimeZone::UTC && format == "rfc3339" {
        return Some(instant.text());
    }
    let zoned = instant.zoned(zone)?;
    match format {
        "rfc3339" => strtime::format("%FT%T%.f%:z", &zoned).ok(),
        "iso_datetime" => Some(zoned.datetime().to_string()),
        "iso_date" => Some(zoned.date().to_string()),
        "rfc2822" => rfc2822::to_string(&zoned).ok(),
        pattern => strtime::format(pattern, &zoned).ok(),
    }
}

/// Date, time and offset of an ISO 8601 text in its long form, whose end after the seconds'
/// decimals has to be as told.
fn pieces(text: &str, end: impl Fn(&[u8]) -> bool) -> Option<(DateTime, Option<Offset>)> {
    let mut rest = shape(text, b"dddd-dd-ddTdd:dd:dd")?;
    if let [b'.', fraction @ ..] = rest {
        let count = fraction.iter().take_while(|b| b.is_ascii_digit()).count();
        (1..=9).contains(&count).then_some(())?;
        rest = &fraction[count..];
    }
    end(rest).then_some(())?;
    let (day, clock) = text.split_at(10);
    let parser = temporal::DateTimeParser::new();
    let date = parser.parse_date(day).ok()?;
    let time = &clock[1..clock.len() - rest.len()];
    let civil = date.to_datetime(parser.parse_time(time).ok()?);
    Some((civil, offset(rest)))
}

fn has_offset(rest: &[u8]) -> bool {
    offset(rest).is_some()
}

/// `Z`, or hours and minutes from UTC.
fn offset(text: &[u8]) -> Option<Offset> {
    let two = |digits: &[u8]| i32::from(digits[0] - b'0') * 10 + i32::from(digits[1] - b'0');
    match text {
        b"Z" | b"z" => Some(Offset::UTC),
        [sign @ (b'+' | b'-'), digits @ ..] => {
            let text = std::str::from_utf8(digits).ok()?;
            shape(text, b"dd:dd")?.is_empty().then_some(())?;
            let (hours, minutes) = (two(digits), two(&digits[3..]));
            (hours < 24 && minutes < 60).then_some(())?;
            let seconds = hours * 3600 + minutes * 60;
            Offset::from_seconds(if *sign == b'-' { -seconds } else { seconds }).ok()
        }
        _ => None,
    }
}

/// What follows on a text's beginning of a shape, in which `d` is a digit, and `T` may be a space
/// or a small letter.
fn shape<'t>(text: &'t str, shape: &[u8]) -> Option<&'t [u8]> {
    let (head, rest) = text.as_bytes().split_at_checked(shape.len())?;
    let fits = head.iter().zip(shape).all(|(byte, want)| match want {
        b'd' => byte.is_ascii_digit(),
        b'T' => matches!(byte, b'T' | b't' | b' '),
        want => byte == want,
    });
    fits.then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(instant: Option<Instant>) -> Option<String> {
        instant.map(Instant::text)
    }

    #[test]
    fn texts_are_read_by_named_formats() {
        let vienna = zone("Europe/Vienna").unwrap();
        for (text, format, want) in [
            // The examples of RFC 3339, 5.8, and what it allows besides.
            (
                "1985-04-12T23:20:50.52Z",
                "rfc3339",
                Some("1985-04-12T23:20:50.52Z"),
            ),
            (
                "1996-12-19T16:39:57-08:00",
                "rfc3339",
                Some("1996-12-20T00:39:57Z"),
            ),
            (
                "1937-01-01T12:00:27.87+00:20",
                "rfc3339",
                Some("1937-01-01T11:40:27.87Z"),
            ),
            (
                "1985-04-12 23:20:50z",
                "rfc3339",
                Some("1985-04-12T23:20:50Z"),
            ),
            (
                "9999-12-31T23:59:59.999999999Z",
                "rfc3339",
                Some("9999-12-31T23:59:59.999999999Z"),
            ),
            (
                "0000-01-01T00:00:00Z",
                "rfc3339",
                Some("0000-01-01T00:00:00Z"),
            ),
            ("0000-01-01T00:00:00+01:00", "rfc3339", None),
            ("9999-12-31T23:59:59-00:01", "rfc3339", None),
            ("2024-02-30T00:00:00Z", "rfc3339", None),
            ("2024-01-01T24:00:00Z", "rfc3339", None),
            ("2024-01-01T00:00:00", "rfc3339", None),
            ("2024-01-01T00:00Z", "rfc3339", None),
            ("2024-01-01T00:00:00.Z", "rfc3339", None),
            ("2024-01-01T00:00:00.1234567891Z", "rfc3339", None),
            ("2024-01-01T00:00:00+1:00", "rfc3339", None),
            ("2024-01-01T00:00:00Zx", "rfc3339", None),
            ("20240101T000000Z", "rfc3339", None),
            (" 2024-01-01T00:00:00Z", "rfc3339", None),
            ("2024-07-01", "iso_date", Some("2024-06-30T22:00:00Z")),
            ("2024-7-1", "iso_date", None),
            (
                "2024-01-01 12:00:00.5",
                "iso_datetime",
                Some("2024-01-01T11:00:00.5Z"),
            ),
            ("2024-01-01T12:00:00Z", "iso_datetime", None),
            (
                "Fri, 21 Nov 1997 09:55:06 -0600",
                "rfc2822",
                Some("1997-11-21T15:55:06Z"),
            ),
            (
                "31.12.2023 23:30",
                "%d.%m.%Y %H:%M",
                Some("2023-12-31T22:30:00Z"),
            ),
            (
                "31.12.2023 23:30 +0500",
                "%d.%m.%Y %H:%M %z",
                Some("2023-12-31T18:30:00Z"),
            ),
            ("1700000000", "%s", Some("2023-11-14T22:13:20Z")),
            ("1700000000.5", "unix", Some("2023-11-14T22:13:20.5Z")),
            ("1700000000 s", "unix", None),
            ("31.13.2023 23:30", "%d.%m.%Y %H:%M", None),
            ("31.12.2023 23:30 ", "%d.%m.%Y %H:%M", None),
            ("31.12.23 23:30", "%d.%m.%Y %H:%M", None),
        ] {
            assert_eq!(
                shown(parse(text, format, &vienna)).as_deref(),
                want,
                "{text}"
            );
        }
    }

    #[test]
    fn clocks_that_are_put_forward_or_back_go_by_rfc_5545() {
        let vienna = zone("europe/vienna").unwrap();
        for (text, want) in [
            ("2024-03-31T01:59:59", "2024-03-31T00:59:59Z"),
            // Left out: as much later as the clocks were put forward.
            ("2024-03-31T02:30:00", "2024-03-31T01:30:00Z"),
            // Twice: the first.
            ("2024-10-27T02:30:00", "2024-10-27T00:30:00Z"),
            ("2024-10-27T03:00:00", "2024-10-27T02:00:00Z"),
        ] {
            assert_eq!(
                shown(parse(text, "iso_datetime", &vienna)).as_deref(),
                Some(want)
            );
        }
        assert!(zone("Europe/Wien").is_none());
        assert_eq!(zone("UTC"), Some(TimeZone::UTC));
    }

    /// What the compiler checks patterns against.
    const DIRECTIVES: &str = include_str!("../../expr/strftime.txt");
    const ZONES: &str = include_str!("../../expr/zones.txt");

    #[test]
    fn the_compiler_knows_the_directives() {
        let instant = parse("2024-07-15T16:24:59.5Z", "rfc3339", &UTC).unwrap();
        let lines = || DIRECTIVES.lines().filter(|line| line.starts_with('%'));
        for line in lines() {
            let (directive, uses) = line.split_once(' ').unwrap();
            let text = format(instant, directive, &UTC);
            let text = text.unwrap_or_else(|| panic!("{directive} isn't written"));
            // Of what can be read, an IANA name would need the zones' database.
            let read = !directive.contains('Q') && strtime::parse(directive, &text).is_ok();
            assert_eq!(uses == "both", read, "{line}");
        }
        for letter in (b'A'..=b'z')
            .filter(u8::is_ascii_alphabetic)
            .map(char::from)
        {
            let directive = format!("%{letter}");
            let known = lines().any(|line| line.starts_with(&directive));
            // These four depend on a locale.
            let left_out = "crXx".contains(letter);
            assert_eq!(
                format(instant, &directive, &UTC).is_some(),
                known || left_out,
                "{letter}"
            );
        }
    }

    #[test]
    fn a_zone_of_the_flow_is_read_once() {
        let name = "Asia/Kathmandu";
        ready(name);
        let kept = READY.read().unwrap();
        assert!(kept.iter().any(|(known, _)| *known == name));
        assert_eq!(zone(name), TimeZoneDatabase::bundled().get(name).ok());
    }

    #[test]
    fn the_compiler_knows_the_zones() {
        let mut names: Vec<String> = TimeZoneDatabase::bundled()
            .available()
            .map(|name| name.to_string())
            .collect();
        names.sort_unstable();
        assert_eq!(names, ZONES.lines().collect::<Vec<_>>());
        assert!(ZONES.lines().all(|name| zone(name).is_some()));
    }

    #[test]
    fn units_since_1970_are_counted_exactly() {
        for (count, unit, want) in [
            ("1700000000", "unix", Some("2023-11-14T22:13:20Z")),
            ("1700000000.25", "unix", Some("2023-11-14T22:13:20.25Z")),
            ("1700000000123", "unix_ms", Some("2023-11-14T22:13:20.123Z")),
            ("-1", "unix_us", Some("1969-12-31T23:59:59.999999Z")),
            ("1e9", "unix_ns", Some("1970-01-01T00:00:01Z")),
            ("253402300799", "unix", Some("9999-12-31T23:59:59Z")),
            ("253402300800", "unix", None),
            ("0.1", "unix_ns", None),
        ] {
            let count = Decimal::parse(count.as_bytes()).unwrap();
            let instant = since_epoch(&count, units(unit).unwrap());
            assert_eq!(shown(instant).as_deref(), want, "{count:?}");
        }
    }

    #[test]
    fn instants_are_written_in_a_zone() {
        let instant = parse("2024-07-15T16:24:59.5Z", "rfc3339", &TimeZone::UTC).unwrap();
        let tokyo = zone("Asia/Tokyo").unwrap();
        for (name, zone, want) in [
            ("rfc3339", &TimeZone::UTC, "2024-07-15T16:24:59.5Z"),
            ("rfc3339", &tokyo, "2024-07-16T01:24:59.5+09:00"),
            ("iso_datetime", &tokyo, "2024-07-16T01:24:59.5"),
            ("iso_date", &tokyo, "2024-07-16"),
            ("rfc2822", &tokyo, "Tue, 16 Jul 2024 01:24:59 +0900"),
            ("unix", &tokyo, "1721060699"),
            ("unix_ms", &tokyo, "1721060699500"),
            ("%d.%m.%y %-H Uhr %Z", &tokyo, "16.07.24 1 Uhr JST"),
        ] {
            assert_eq!(format(instant, name, zone).as_deref(), Some(want), "{name}");
        }
        assert_eq!(format(instant, "%!", &tokyo), None);
        let later = instant.plus(SignedDuration::from_hours(24)).unwrap();
        assert_eq!(later.text(), "2024-07-16T16:24:59.5Z");
        assert_eq!(
            Instant::from_nanoseconds(instant.nanoseconds()),
            Some(instant)
        );
    }
}
