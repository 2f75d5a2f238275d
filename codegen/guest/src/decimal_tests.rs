//! Decimals at random, against arithmetic of any precision: what fits 38 digits is given exactly,
//! and what isn't given doesn't fit.

use std::cmp::Ordering;
use std::str::FromStr;

use bigdecimal::{BigDecimal, RoundingMode, Signed, Zero, num_bigint::BigInt};

use crate::decimal::{Decimal, WIDTH};
use crate::rounding::Rounding;

/// A small generator (xorshift64*): a failure can be run again.
struct Random(u64);

impl Random {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % n
    }

    /// A number's text: few digits or many, zeros and nines more often than chance has it.
    fn number(&mut self) -> String {
        let most = [2, 8, 20, 38, 38][self.below(5) as usize];
        let count = 1 + self.below(most);
        let mut digits: String = (0..count).map(|_| self.digit()).collect();
        let scale = self.below(count.min(38) + 1) as usize;
        if scale == digits.len() {
            digits.insert(0, '0');
        }
        if scale > 0 {
            digits.insert(digits.len() - scale, '.');
        }
        format!("{}{digits}", if self.below(2) == 0 { "-" } else { "" })
    }

    fn digit(&mut self) -> char {
        char::from(b"0000123456789999"[self.below(16) as usize])
    }
}

fn read(text: &str) -> Decimal {
    Decimal::parse(text.as_bytes()).unwrap_or_else(|| panic!("{text} doesn't fit"))
}

fn shown(decimal: Decimal) -> String {
    decimal.text(&mut [0; WIDTH]).to_owned()
}

/// Whether a number fits: once its last zeros are gone, in digits and in places.
fn fits(number: &BigDecimal) -> bool {
    let (digits, scale) = number.normalized().into_bigint_and_exponent();
    let whole = if scale < 0 {
        digits * BigInt::from(10).pow((-scale) as u32)
    } else {
        digits
    };
    whole.abs() < BigInt::from(10).pow(38) && scale <= 38
}

/// Holds a result against the true one.
fn check(ours: Option<Decimal>, want: &BigDecimal, what: &str) {
    match ours {
        Some(ours) => assert_eq!(&big(ours), want, "{what}"),
        None => assert!(!fits(want), "{what} is {want}, which fits"),
    }
}

fn big(decimal: Decimal) -> BigDecimal {
    BigDecimal::from_str(&shown(decimal)).unwrap()
}

/// The whole number below a quotient, and what it leaves.
fn floor(x: &BigDecimal, y: &BigDecimal) -> BigDecimal {
    let scale = x.fractional_digit_count().max(y.fractional_digit_count());
    let int = |n: &BigDecimal| n.with_scale(scale).into_bigint_and_exponent().0;
    let (x, y) = (int(x), int(y));
    let quotient = &x / &y;
    let below = !(&x % &y).is_zero() && x.is_negative() != y.is_negative();
    BigDecimal::from(if below { quotient - 1 } else { quotient })
}

const CASES: usize = 20_000;

#[test]
fn sums_products_and_orders_are_exact() {
    let mut random = Random(7);
    let mut given = 0;
    for _ in 0..CASES {
        let (a, b) = (random.number(), random.number());
        let (x, y) = (read(&a), read(&b));
        let (big_x, big_y) = (big(x), big(y));
        check(x.plus(&y), &(&big_x + &big_y), &format!("{a} + {b}"));
        check(x.minus(&y), &(&big_x - &big_y), &format!("{a} - {b}"));
        check(x.times(&y), &(&big_x * &big_y), &format!("{a} * {b}"));
        assert_eq!(x.order(&y), big_x.cmp(&big_y), "{a} and {b}");
        assert_eq!(x.order(&x), Ordering::Equal, "{a}");
        given += usize::from(x.times(&y).is_some());
    }
    assert!((CASES / 2..CASES * 19 / 20).contains(&given), "{given}");
}

#[test]
fn quotients_are_exact_or_do_not_end() {
    let mut random = Random(11);
    let mut given = 0;
    for _ in 0..CASES {
        let (a, b) = (random.number(), random.number());
        let (x, y) = (read(&a), read(&b));
        if y.is_zero() {
            continue;
        }
        match x.over(&y) {
            Some(quotient) => {
                assert_eq!(big(quotient) * big(y), big(x), "{a} / {b}");
                given += 1;
            }
            None => {
                // Scaled so that the exact quotient were an integer if it had 38 places or fewer.
                let (x, y) = (big(x) * BigDecimal::from_str("1e200").unwrap(), big(y));
                let whole = floor(&x, &y);
                let exact = &whole * &y == x;
                let quotient = whole * BigDecimal::from_str("1e-200").unwrap();
                assert!(!exact || !fits(&quotient), "{a} / {b} is {quotient}");
            }
        }
    }
    assert!(given > CASES / 10, "{given}");
}

#[test]
fn remainders_are_what_floors_leave() {
    let mut random = Random(13);
    for _ in 0..CASES {
        let (a, b) = (random.number(), random.number());
        let (x, y) = (read(&a), read(&b));
        if y.is_zero() {
            continue;
        }
        let quotient = floor(&big(x), &big(y));
        check(
            x.divided(&y, 0, Rounding::Floor),
            &quotient,
            &format!("{a} // {b}"),
        );
        let rest = big(x) - quotient * big(y);
        check(x.remainder(&y), &rest, &format!("{a} % {b}"));
    }
}

#[test]
fn quotients_and_numbers_round_to_places() {
    let ways = [
        (Rounding::HalfEven, RoundingMode::HalfEven),
        (Rounding::HalfUp, RoundingMode::HalfUp),
        (Rounding::Down, RoundingMode::Down),
        (Rounding::Ceil, RoundingMode::Ceiling),
        (Rounding::Floor, RoundingMode::Floor),
    ];
    let mut random = Random(17);
    for _ in 0..CASES {
        let (a, b) = (random.number(), random.number());
        let (x, y) = (read(&a), read(&b));
        let places = random.below(77) as i32 - 38;
        let (way, theirs) = ways[random.below(5) as usize];
        let want = big(x).with_scale_round(places.into(), theirs);
        let what = format!("{a} to {places} places");
        let ours = x.divided(&Decimal::ONE, places, way);
        match ours {
            Some(ours) => assert_eq!(big(ours), want, "{what}"),
            None => assert!(digits(&want, places) > 38, "{what} is {want}"),
        }
        if y.is_zero() {
            continue;
        }
        // Enough places that no half can be mistaken, and one more that says whether it is exact.
        let (wide_x, wide_y) = (big(x) * BigDecimal::from_str("1e150").unwrap(), big(y));
        let whole = floor(&wide_x, &wide_y);
        let exact = &whole * &wide_y == wide_x;
        let mut quotient = whole * BigDecimal::from_str("1e-150").unwrap();
        if !exact {
            quotient += BigDecimal::from_str("1e-151").unwrap();
        }
        let want = quotient.with_scale_round(places.into(), theirs);
        let what = format!("{a} / {b} to {places} places");
        match x.divided(&y, places, way) {
            Some(ours) => assert_eq!(big(ours), want, "{what}"),
            None => assert!(digits(&want, places) > 38, "{what} is {want}"),
        }
    }
}

/// How many digits a number has with so many places.
fn digits(number: &BigDecimal, places: i32) -> usize {
    let (digits, _) = number
        .with_scale(places.max(0).into())
        .into_bigint_and_exponent();
    digits.abs().to_string().len()
}

#[test]
fn texts_are_read_and_printed_alike() {
    let mut random = Random(19);
    for _ in 0..CASES {
        let text = random.number();
        let (sign, rest) = text.split_at(usize::from(text.starts_with('-')));
        let trimmed = rest.trim_start_matches('0');
        let whole = if trimmed.is_empty() || trimmed.starts_with('.') {
            "0"
        } else {
            ""
        };
        let zero = !rest.bytes().any(|byte| matches!(byte, b'1'..=b'9'));
        let want = format!("{}{whole}{trimmed}", if zero { "" } else { sign });
        assert_eq!(shown(read(&text)), want, "{text}");
        assert_eq!(
            read(&text).float(),
            text.parse::<f64>().unwrap() + 0.0,
            "{text}"
        );
        let exponent = random.below(90) as i64 - 45;
        let scientific = format!("{text}e{exponent}");
        check(
            Decimal::parse(scientific.as_bytes()),
            &BigDecimal::from_str(&scientific).unwrap(),
            &scientific,
        );
    }
}

#[test]
fn what_a_decimal_prints_is_its_digits_with_its_scale() {
    for (text, want) in [
        ("1.10", "1.10"),
        ("-0.00", "0.00"),
        ("1e5", "100000"),
        ("1.5E-3", "0.0015"),
        ("+007", "7"),
        ("0e99", "0"),
        ("0.000e-99", "0.00000000000000000000000000000000000000"),
        (
            "1.0000000000000000000000000000000000000000",
            "1.0000000000000000000000000000000000000",
        ),
        (
            "99999999999999999999999999999999999999",
            "99999999999999999999999999999999999999",
        ),
        (
            "-0.00000000000000000000000000000000000001",
            "-0.00000000000000000000000000000000000001",
        ),
    ] {
        assert_eq!(shown(read(text)), want, "{text}");
    }
    for text in [
        "100000000000000000000000000000000000000",
        "1e38",
        "1e-39",
        "1e999999999999999999999",
        "1e-999999999999999999999",
        "0.100000000000000000000000000000000000001",
        "1.00000000000000000000000000000000000001",
    ] {
        assert!(Decimal::parse(text.as_bytes()).is_none(), "{text}");
    }
    for (x, op, y, want) in [
        ("2", "*", "1.10", "2.20"),
        ("1.10", "+", "2", "3.10"),
        ("2.20", "/", "2", "1.10"),
        ("6.00", "/", "2.00", "3"),
        ("1", "/", "8", "0.125"),
        ("1", "/", "0.02", "50"),
        ("-7.5", "%", "2", "0.5"),
        ("7.5", "%", "-2", "-0.5"),
    ] {
        let (a, b) = (read(x), read(y));
        let ours = match op {
            "*" => a.times(&b),
            "+" => a.plus(&b),
            "/" => a.over(&b),
            _ => a.remainder(&b),
        };
        assert_eq!(ours.map(shown).as_deref(), Some(want), "{x} {op} {y}");
    }
    assert_eq!(read("1.1").power(3).map(shown).as_deref(), Some("1.331"));
    assert!(read("1.1").power(40).is_none());
    assert_eq!(read("-1").power(u64::MAX).map(shown).as_deref(), Some("-1"));
}
