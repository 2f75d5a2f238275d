//! Time as text.

use std::fmt::Write;

const SECOND: i64 = 1_000_000_000;
const DAY: i64 = 86_400;

/// Writes nanoseconds since 1970 as RFC 3339 in UTC, with as many decimals of the second as it
/// takes.
pub fn write(out: &mut impl Write, nanoseconds: i64) {
    let seconds = nanoseconds.div_euclid(SECOND);
    let (year, month, day) = date(seconds.div_euclid(DAY));
    let time = seconds.rem_euclid(DAY);
    let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60);
    // Writing to memory doesn't fail.
    let _ = write!(
        out,
        "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"
    );
    let mut fraction = nanoseconds.rem_euclid(SECOND);
    if fraction > 0 {
        let mut width = 9;
        while fraction % 10 == 0 {
            fraction /= 10;
            width -= 1;
        }
        let _ = write!(out, ".{fraction:0width$}");
    }
    let _ = out.write_char('Z');
}

/// The date of a day counted from 1970-01-01, in the Gregorian calendar. Years are taken to begin
/// in March, so that the leap day is the last of its year; after Howard Hinnant,
/// "chrono-Compatible Low-Level Date Algorithms".
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_rfc_3339() {
        for (nanoseconds, want) in [
            (0, "1970-01-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59.999999999Z"),
            (951_782_400 * SECOND, "2000-02-29T00:00:00Z"),
            (
                1_767_225_600 * SECOND + 120_000_000,
                "2026-01-01T00:00:00.12Z",
            ),
            (i64::MAX, "2262-04-11T23:47:16.854775807Z"),
            (i64::MIN, "1677-09-21T00:12:43.145224192Z"),
        ] {
            let mut out = String::new();
            write(&mut out, nanoseconds);
            assert_eq!(out, want);
        }
    }

    #[test]
    fn days_follow_each_other() {
        let mut last = date(-1_000_000);
        for day in -999_999..1_000_000 {
            let next = date(day);
            assert!(next > last && (next.2 == 1 || next == (last.0, last.1, last.2 + 1)));
            last = next;
        }
    }
}
