//! Exact decimal numbers: an integer of at most 38 digits, and how many of them stand after the
//! point. Every operation gives its exact result, or none where that has no such form; zeros at its
//! end are dropped where it would have too many digits, for they say nothing.

use std::cmp::Ordering;

use crate::rounding::Rounding;

/// How many digits a decimal has at most, and how many of them after the point.
pub const DIGITS: u32 = 38;
const LIMIT: u128 = 10u128.pow(DIGITS);

/// An exact decimal number.
#[derive(Clone, Copy, Debug)]
pub struct Decimal {
    negative: bool,
    /// Below 10^38; zero isn't negative.
    digits: u128,
    /// How many of the digits stand after the point; at most 38.
    scale: u32,
}

impl From<i64> for Decimal {
    fn from(int: i64) -> Decimal {
        Decimal {
            negative: int < 0,
            digits: int.unsigned_abs().into(),
            scale: 0,
        }
    }
}

impl Decimal {
    pub const ONE: Decimal = Decimal {
        negative: false,
        digits: 1,
        scale: 0,
    };

    /// A decimal of any digits, where it has that form.
    fn fit(negative: bool, mut digits: u128, mut scale: u32) -> Option<Decimal> {
        while digits >= LIMIT || scale > DIGITS {
            if scale == 0 || !digits.is_multiple_of(10) {
                return None;
            }
            (digits, scale) = (digits / 10, scale - 1);
        }
        Some(Decimal {
            negative: negative && digits != 0,
            digits,
            scale,
        })
    }

    /// Reads a number in JSON's form, which was accepted before; a plus sign and zeros may stand
    /// before it.
    pub fn parse(text: &[u8]) -> Option<Decimal> {
        let (negative, text) = match text {
            [b'-', rest @ ..] => (true, rest),
            [b'+', rest @ ..] => (false, rest),
            rest => (false, rest),
        };
        let (mut digits, mut zeros, mut scale, mut point) = (0u128, 0i64, 0i64, false);
        for (i, byte) in text.iter().enumerate() {
            match byte {
                b'.' => {
                    point = true;
                    continue;
                }
                b'0' => zeros += 1,
                b'1'..=b'9' => {
                    let more = if digits == 0 { 1 } else { ten(zeros + 1)? };
                    digits = digits.checked_mul(more)? + u128::from(byte - b'0');
                    zeros = 0;
                    (digits < LIMIT).then_some(())?;
                }
                _ => {
                    scale -= exponent(&text[i + 1..]);
                    break;
                }
            }
            scale += i64::from(point);
        }
        // The zeros at the end are written out as far as there is room for them.
        if scale < 0 {
            (zeros, scale) = (zeros - scale, 0);
        }
        if digits == 0 {
            return Decimal::fit(negative, 0, scale.min(DIGITS.into()) as u32);
        }
        let width = i64::from(digits.ilog10()) + 1;
        let limit = i64::from(DIGITS);
        let dropped = (width + zeros - limit).max(scale - limit).max(0);
        if dropped > zeros.min(scale) {
            return None;
        }
        Decimal::fit(
            negative,
            digits.checked_mul(ten(zeros - dropped)?)?,
            (scale - dropped) as u32,
        )
    }

    pub fn is_zero(&self) -> bool {
        self.digits == 0
    }

    /// The number without what stands after the point.
    pub fn truncated(&self) -> i128 {
        // 38 digits are below 2^127.
        let whole = (self.digits / 10u128.pow(self.scale)) as i128;
        if self.negative { -whole } else { whole }
    }

    /// The number, if it is whole.
    pub fn whole(&self) -> Option<i128> {
        let fraction = self.digits % 10u128.pow(self.scale);
        (fraction == 0).then(|| self.truncated())
    }

    /// The nearest float.
    pub fn float(&self) -> f64 {
        self.text(&mut [0; WIDTH]).parse().unwrap_or(f64::NAN)
    }

    pub fn negated(self) -> Decimal {
        Decimal {
            negative: !self.negative && self.digits != 0,
            ..self
        }
    }

    pub fn absolute(self) -> Decimal {
        Decimal {
            negative: false,
            ..self
        }
    }

    pub fn order(&self, other: &Decimal) -> Ordering {
        if self.negative != other.negative {
            return other.negative.cmp(&self.negative);
        }
        let (x, y) = (other.scale.max(self.scale), other.scale.min(self.scale));
        let lift = |d: &Decimal| {
            d.digits
                .checked_mul(10u128.pow(if d.scale == y { x - y } else { 0 }))
        };
        // What overflows is larger than all that don't, and only one of the two is lifted.
        let order = match (lift(self), lift(other)) {
            (Some(x), Some(y)) => x.cmp(&y),
            (None, _) => Ordering::Greater,
            (_, None) => Ordering::Less,
        };
        if self.negative {
            order.reverse()
        } else {
            order
        }
    }

    pub fn plus(&self, other: &Decimal) -> Option<Decimal> {
        let (coarse, mut fine) = if self.scale <= other.scale {
            (self, *other)
        } else {
            (other, *self)
        };
        loop {
            let lifted = coarse
                .digits
                .checked_mul(10u128.pow(fine.scale - coarse.scale));
            if let Some(lifted) = lifted
                && let Some(sum) = signed_sum(coarse.negative, lifted, &fine)
            {
                return Some(sum);
            }
            // Zeros at the end of the finer one may be what leaves no room.
            if fine.scale == coarse.scale || fine.digits % 10 != 0 {
                return None;
            }
            fine = Decimal {
                digits: fine.digits / 10,
                scale: fine.scale - 1,
                ..fine
            };
        }
    }

    pub fn minus(&self, other: &Decimal) -> Option<Decimal> {
        self.plus(&other.negated())
    }

    pub fn times(&self, other: &Decimal) -> Option<Decimal> {
        let (mut x, mut y) = (self.digits, other.digits);
        let mut scale = self.scale + other.scale;
        loop {
            if let Some(product) = x.checked_mul(y) {
                return Decimal::fit(self.negative != other.negative, product, scale);
            }
            // A zero at the product's end is a factor of 2 and one of 5, in either of the two.
            scale = scale.checked_sub(1)?;
            for prime in [2, 5] {
                match (x % prime, y % prime) {
                    (0, _) => x /= prime,
                    (_, 0) => y /= prime,
                    _ => return None,
                }
            }
        }
    }

    /// The exact quotient, if it ends; the divisor isn't zero.
    pub fn over(&self, other: &Decimal) -> Option<Decimal> {
        let shared = gcd(self.digits, other.digits);
        let (mut digits, mut rest) = (self.digits / shared, other.digits / shared);
        let (mut twos, mut fives) = (0, 0);
        while rest % 2 == 0 {
            (rest, twos) = (rest / 2, twos + 1);
        }
        while rest % 5 == 0 {
            (rest, fives) = (rest / 5, fives + 1);
        }
        if rest != 1 {
            return None;
        }
        // d = 2^a * 5^b divides 10^max(a, b).
        let more = u32::max(twos, fives);
        digits = digits.checked_mul(2u128.checked_pow(more - twos)?)?;
        digits = digits.checked_mul(5u128.checked_pow(more - fives)?)?;
        let mut scale = self.scale + more;
        if scale < other.scale {
            digits = digits.checked_mul(10u128.pow(other.scale - scale))?;
            scale = other.scale;
        }
        Decimal::fit(self.negative != other.negative, digits, scale - other.scale)
    }

    /// The quotient rounded to so many places after the point, or, if that is negative, before it;
    /// at most 38 of either. The divisor isn't zero.
    pub fn divided(&self, other: &Decimal, places: i32, rounding: Rounding) -> Option<Decimal> {
        let negative = self.negative != other.negative;
        let (mut quotient, mut rest) = (self.digits / other.digits, self.digits % other.digits);
        let more = places + other.scale as i32 - self.scale as i32;
        for _ in 0..more {
            let (digit, left) = ten_times(rest, other.digits);
            quotient = quotient.checked_mul(10)? + digit;
            (quotient <= LIMIT).then_some(())?;
            rest = left;
        }
        // What is left, against half of the last place.
        let mut half = (rest > 0).then(|| (2 * rest).cmp(&other.digits));
        if more < 0 {
            let unit = ten(i64::from(-more));
            let dropped = unit.map_or(quotient, |unit| quotient % unit);
            quotient = unit.map_or(0, |unit| quotient / unit);
            // Above 10^38 nothing reaches half of the unit.
            let order = unit.map_or(Ordering::Less, |unit| dropped.cmp(&(unit / 2)));
            if dropped > 0 || rest > 0 {
                half = Some(if rest > 0 {
                    order.then(Ordering::Greater)
                } else {
                    order
                });
            }
        }
        quotient += u128::from(rounding.up(negative, quotient % 2 == 1, half));
        if places < 0 {
            let tens = 10u128.pow(places.unsigned_abs());
            return Decimal::fit(negative, quotient.checked_mul(tens)?, 0);
        }
        (quotient < LIMIT).then_some(())?;
        Decimal::fit(negative, quotient, places.unsigned_abs())
    }

    /// What [`Decimal::divided`] down to a whole number leaves; the divisor isn't zero.
    pub fn remainder(&self, other: &Decimal) -> Option<Decimal> {
        let mut rest = *self;
        if self.scale < other.scale {
            rest.digits %= other.digits;
            for _ in self.scale..other.scale {
                rest.digits = ten_times(rest.digits, other.digits).1;
            }
            rest.scale = other.scale;
        } else if let Some(unit) = other
            .digits
            .checked_mul(10u128.pow(self.scale - other.scale))
        {
            rest.digits %= unit;
        }
        if rest.digits == 0 {
            return Decimal::fit(false, 0, rest.scale);
        }
        // Its sign is the divisor's.
        if rest.negative != other.negative {
            return rest.plus(other);
        }
        Some(rest)
    }

    /// The number multiplied with itself so many times.
    pub fn power(&self, mut times: u64) -> Option<Decimal> {
        let (mut product, mut square) = (Decimal::ONE, *self);
        loop {
            if times % 2 == 1 {
                product = product.times(&square)?;
            }
            times /= 2;
            if times == 0 {
                return Some(product);
            }
            square = square.times(&square)?;
        }
    }

    /// The number's digits, with a zero before the point where there is nothing else.
    pub fn text<'b>(&self, buffer: &'b mut [u8; WIDTH]) -> &'b str {
        // Two halves, because 64 bits are divided quicker than 128.
        const HALF: u128 = 10u128.pow(DIGITS / 2);
        let (mut at, mut place) = (WIDTH, 0);
        let mut put = |byte: u8| {
            at -= 1;
            buffer[at] = byte;
        };
        for mut half in [self.digits % HALF, self.digits / HALF].map(|half| half as u64) {
            for _ in 0..DIGITS / 2 {
                if place == self.scale && place > 0 {
                    put(b'.');
                }
                put(b'0' + (half % 10) as u8);
                (half, place) = (half / 10, place + 1);
            }
        }
        if self.scale == DIGITS {
            put(b'.');
            put(b'0');
        }
        while buffer[at] == b'0' && matches!(buffer.get(at + 1), Some(b'0'..=b'9')) {
            at += 1;
        }
        if self.negative {
            at -= 1;
            buffer[at] = b'-';
        }
        crate::text::utf8(&buffer[at..])
    }
}

/// Room for a decimal's text: a sign, a zero, the point and the digits.
pub const WIDTH: usize = 3 + DIGITS as usize;

/// A power of ten, where it fits.
fn ten(power: i64) -> Option<u128> {
    10u128.checked_pow(u32::try_from(power).ok()?)
}

/// The exponent of a number, as far as it makes a difference to any number that fits in memory.
pub fn exponent(text: &[u8]) -> i64 {
    const ENOUGH: i64 = 1 << 40;
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    let size = digits.iter().fold(0, |sum: i64, digit| {
        (sum * 10 + i64::from(digit - b'0')).min(ENOUGH)
    });
    if negative { -size } else { size }
}

/// The sum of a magnitude at the scale of a decimal, and that decimal.
fn signed_sum(negative: bool, lifted: u128, other: &Decimal) -> Option<Decimal> {
    if negative == other.negative {
        return Decimal::fit(negative, lifted.checked_add(other.digits)?, other.scale);
    }
    let sign = if lifted > other.digits {
        negative
    } else {
        other.negative
    };
    Decimal::fit(sign, lifted.abs_diff(other.digits), other.scale)
}

/// Ten times a rest, divided by what it is the rest of: the digit, and the next rest. Neither is
/// above 10^38, and ten times that would be more than 128 bits hold.
fn ten_times(rest: u128, divisor: u128) -> (u128, u128) {
    let doubled = |(digit, rest): (u128, u128), plus: u128| {
        let rest = 2 * rest;
        let (digit, rest) = (2 * digit + rest / divisor, rest % divisor);
        (digit + (rest + plus) / divisor, (rest + plus) % divisor)
    };
    let five = doubled(doubled((0, rest), 0), rest);
    doubled(five, 0)
}

fn gcd(mut x: u128, mut y: u128) -> u128 {
    while y != 0 {
        (x, y) = (y, x % y);
    }
    x
}
