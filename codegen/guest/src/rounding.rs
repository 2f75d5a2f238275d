//! Rounding to decimal places, as MiniJinja and Python do.

use std::cmp::Ordering;

/// How to round a decimal.
#[derive(Clone, Copy, PartialEq)]
pub enum Rounding {
    /// To the nearest; half to even.
    HalfEven,
    /// To the nearest; half away from zero.
    HalfUp,
    /// Towards zero.
    Down,
    Ceil,
    Floor,
}

impl Rounding {
    /// By its name; MiniJinja's `common` is half to even.
    pub fn named(name: &str) -> Option<Rounding> {
        match name {
            "half_even" | "common" => Some(Rounding::HalfEven),
            "half_up" => Some(Rounding::HalfUp),
            "down" => Some(Rounding::Down),
            "ceil" => Some(Rounding::Ceil),
            "floor" => Some(Rounding::Floor),
            _ => None,
        }
    }

    /// Whether digits that were cut off make what is left one larger, without regard to the sign.
    /// `cut` is what was cut off, against half of the last place; nothing if it was nothing.
    pub fn up(self, negative: bool, odd: bool, cut: Option<Ordering>) -> bool {
        let Some(cut) = cut else { return false };
        match self {
            Rounding::HalfEven => cut.is_gt() || cut.is_eq() && odd,
            Rounding::HalfUp => cut.is_ge(),
            Rounding::Down => false,
            Rounding::Ceil => !negative,
            Rounding::Floor => negative,
        }
    }
}

/// How to round a number that is no decimal.
#[derive(Clone, Copy, PartialEq)]
pub enum Method {
    /// To the nearest; half to even.
    Common,
    Ceil,
    Floor,
}

impl Method {
    pub fn named(name: &str) -> Option<Method> {
        match name {
            "common" => Some(Method::Common),
            "ceil" => Some(Method::Ceil),
            "floor" => Some(Method::Floor),
            _ => None,
        }
    }
}

/// An integer rounded to a power of ten, given as a negative precision; nothing if that is outside
/// of 64 bits.
pub fn int(int: i64, precision: i32, method: Method) -> Option<i64> {
    let places = precision.unsigned_abs();
    // 10^19 is above every integer of 64 bits, and 10^38 fits 128.
    if places > 19 {
        return match method {
            Method::Ceil if int > 0 => None,
            Method::Floor if int < 0 => None,
            _ => Some(0),
        };
    }
    let unit = 10i128.pow(places);
    let (quotient, rest) = (
        i128::from(int).div_euclid(unit),
        i128::from(int).rem_euclid(unit),
    );
    let up = match method {
        Method::Ceil => rest > 0,
        Method::Floor => false,
        Method::Common => rest * 2 > unit || rest * 2 == unit && quotient % 2 != 0,
    };
    i64::try_from((quotient + i128::from(up)) * unit).ok()
}

/// A float rounded to decimal places; what is too large becomes infinite.
pub fn float(float: f64, precision: i32, method: Method) -> f64 {
    match method {
        Method::Common if precision > 1074 => float,
        Method::Common if precision >= 0 => {
            // The standard library rounds the exact value, half to even.
            let places = precision as usize;
            format!("{float:.places$}").parse().unwrap_or(f64::NAN)
        }
        Method::Common => tens(float, precision.unsigned_abs() as usize),
        _ => directed(float, precision, method),
    }
}

/// A float rounded to a power of ten, by its exact decimal digits.
fn tens(float: f64, places: usize) -> f64 {
    let digits = format!("{:.1074}", float.abs());
    let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, ""));
    if places > whole.len() {
        return 0.0f64.copysign(float);
    }
    let (kept, dropped) = whole.split_at(whole.len() - places);
    let rest = dropped.bytes().chain(fraction.bytes());
    let half = std::iter::once(b'5').chain(std::iter::repeat(b'0'));
    let odd = kept.bytes().next_back().is_some_and(|digit| digit % 2 == 1);
    let up = match rest
        .zip(half)
        .map(|(digit, half)| digit.cmp(&half))
        .find(|order| order.is_ne())
    {
        Some(order) => order.is_gt(),
        None => odd,
    };
    let kept = if up { increment(kept) } else { kept.to_owned() };
    let rounded: f64 = format!("{kept:0>1}e{places}").parse().unwrap_or(f64::NAN);
    rounded.copysign(float)
}

/// Decimal digits plus one.
fn increment(digits: &str) -> String {
    let nines = digits.len() - digits.trim_end_matches('9').len();
    let (head, _) = digits.split_at(digits.len() - nines);
    let mut out = match head.as_bytes().split_last() {
        Some((last, before)) => format!(
            "{}{}",
            String::from_utf8_lossy(before),
            char::from(last + 1)
        ),
        None => "1".to_owned(),
    };
    out.extend(std::iter::repeat_n('0', nines));
    out
}

/// Rounded up or down, by scaling, as Jinja does.
fn directed(float: f64, precision: i32, method: Method) -> f64 {
    let factor: f64 = format!("1e{precision}").parse().unwrap_or(f64::NAN);
    let scaled = float * factor;
    if scaled.is_infinite() {
        return float;
    }
    let rounded = if method == Method::Ceil {
        scaled.ceil()
    } else {
        scaled.floor()
    };
    // Adding zero makes negative zero positive.
    (rounded + 0.0) / factor
}

#[cfg(test)]
mod tests {
    use super::*;
    use minijinja::{Environment, Value, context};

    fn minijinja(value: Value, precision: i32, method: &str) -> Option<Value> {
        let env = Environment::new();
        let expr = env.compile_expression("v|round(p, m)").unwrap();
        expr.eval(context!(v => value, p => precision, m => method))
            .ok()
    }

    const METHODS: [(&str, Method); 3] = [
        ("common", Method::Common),
        ("ceil", Method::Ceil),
        ("floor", Method::Floor),
    ];

    #[test]
    fn floats_round_as_in_minijinja() {
        let floats = [
            0.0,
            -0.0,
            0.5,
            1.5,
            2.5,
            -2.5,
            2.675,
            1.005,
            12345.6789,
            -99999.5,
            5.0,
            15.0,
            25.0,
            250.0,
            950.0,
            999.9,
            1e22,
            1.7e308,
            5e-324,
            123456789012345680.0,
            4.9999999999,
            50.000000000001,
        ];
        for value in floats {
            for precision in [-400, -309, -23, -5, -3, -2, -1, 0, 1, 2, 5, 20, 400, 1100] {
                for (name, method) in METHODS {
                    let ours = float(value, precision, method);
                    match minijinja(value.into(), precision, name)
                        .map(|v| f64::try_from(v).unwrap())
                    {
                        Some(want) => {
                            assert_eq!(ours.to_bits(), want.to_bits(), "{value} {precision} {name}")
                        }
                        None => assert!(!ours.is_finite(), "{value} {precision} {name}: {ours}"),
                    }
                }
            }
        }
    }

    #[test]
    fn integers_round_as_in_minijinja() {
        for value in [
            0,
            5,
            15,
            25,
            -5,
            -15,
            -25,
            49,
            51,
            12345,
            -12345,
            i64::MAX,
            i64::MIN,
        ] {
            for precision in [-40, -20, -19, -18, -3, -2, -1] {
                for (name, method) in METHODS {
                    let want = minijinja(value.into(), precision, name)
                        .and_then(|v| i64::try_from(v).ok());
                    assert_eq!(
                        int(value, precision, method),
                        want,
                        "{value} {precision} {name}"
                    );
                }
            }
        }
    }
}
