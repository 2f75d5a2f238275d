//! The built-ins about patterns, for the templates that MiniJinja renders.

use weavster_guest_jinja::Extra;
use weavster_guest_jinja::minijinja::value::{Rest, Value};
use weavster_guest_jinja::minijinja::{Environment, Error, ErrorKind};
use weavster_guest_regex::{Part, Pattern};

/// What a template asks of a pattern, as the compiler has read it.
pub struct Use {
    /// The pattern and the argument after it, as the template has them.
    pub text: &'static str,
    pub key: &'static str,
    pub pattern: &'static Pattern,
    pub group: u16,
    pub with: &'static [Part],
}

/// All that a template asks for.
pub struct Patterns(pub &'static [Use]);

type Uses = &'static [Use];

impl Extra for Patterns {
    fn install(&self, environment: &mut Environment<'static>) {
        let uses = self.0;
        environment.add_test("matching", move |text: &str, pattern: &str| {
            Ok(find(uses, pattern, "")?.pattern.is_match(text))
        });
        environment.add_filter("regex_find", move |text: &str, pattern: &str| {
            let found = find(uses, pattern, "")?.pattern.find(text);
            Ok(found.map_or(Value::UNDEFINED, |span| Value::from(&text[span])))
        });
        environment.add_filter("regex_find_all", move |text: &str, pattern: &str| {
            let mut list = Vec::new();
            find(uses, pattern, "")?.pattern.each(text, |span| {
                list.push(Value::from(&text[span]));
                Ok::<_, Error>(())
            })?;
            Ok(Value::from(list))
        });
        environment.add_filter("regex_split", move |text: &str, pattern: &str| {
            let (mut list, mut end) = (Vec::new(), 0);
            find(uses, pattern, "")?.pattern.each(text, |span| {
                list.push(Value::from(&text[end..span.start]));
                end = span.end;
                Ok::<_, Error>(())
            })?;
            list.push(Value::from(&text[end..]));
            Ok(Value::from(list))
        });
        environment.add_filter(
            "regex_capture",
            move |text: &str, pattern: &str, group: Value| {
                let key = group.to_string();
                let found = find(uses, pattern, &key)?;
                let group = found.pattern.groups(text, |groups| groups(found.group));
                Ok(group.flatten().map_or(Value::UNDEFINED, Value::from))
            },
        );
        environment.add_filter(
            "regex_replace",
            move |text: &str, pattern: &str, with: &str, limit: Rest<usize>| {
                let found = find(uses, pattern, with)?;
                let limit = limit.first().copied().unwrap_or_default();
                let mut parts = Vec::new();
                found.pattern.replace(text, found.with, limit, |part| {
                    parts.push(part);
                    Ok::<_, Error>(())
                })?;
                Ok(Value::from(if parts.is_empty() {
                    text.to_owned()
                } else {
                    parts.concat()
                }))
            },
        );
    }
}

/// What the compiler made of a pattern.
fn find(uses: Uses, text: &str, key: &str) -> Result<&'static Use, Error> {
    uses.iter()
        .find(|known| known.text == text && known.key == key)
        .ok_or_else(|| {
            let words = "the pattern isn't written in the template";
            Error::new(ErrorKind::InvalidOperation, words)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &'static str, key: &'static str, group: u16, with: &'static [Part]) -> Use {
        let code = weavster_pattern::encode(&regex_syntax::parse(text).unwrap()).leak();
        Use {
            text,
            key,
            pattern: Box::leak(Box::new(Pattern::new(code))),
            group,
            with,
        }
    }

    #[test]
    fn templates_ask_for_patterns() {
        let uses = vec![
            one(r"\d+", "", 0, &[]),
            one(r"(\w)(\d)?", "n", 2, &[]),
            one(r"(\w)(\d)", "$2<", 0, &[Part::Group(2), Part::Text("<")]),
        ];
        let mut environment = Environment::new();
        Patterns(uses.leak()).install(&mut environment);
        for (source, want) in [
            (r"{{ 'a1b22' | regex_find('\\d+') }}", Ok("1")),
            (r"{{ ('a' | regex_find('\\d+')) is undefined }}", Ok("True")),
            (r"{{ 'a1b22' | regex_find_all('\\d+') }}", Ok("['1', '22']")),
            (r"{{ 'a1b22' | regex_split('\\d+') }}", Ok("['a', 'b', '']")),
            (r"{{ 'a1' is matching('\\d+') }}", Ok("True")),
            (r"{{ 'a1' | regex_capture('(\\w)(\\d)?', 'n') }}", Ok("1")),
            (
                r"{{ ('a' | regex_capture('(\\w)(\\d)?', 'n')) is defined }}",
                Ok("False"),
            ),
            (
                r"{{ 'a1 b2' | regex_replace('(\\w)(\\d)', '$2<') }}",
                Ok("1< 2<"),
            ),
            (
                r"{{ 'a1 b2' | regex_replace('(\\w)(\\d)', '$2<', 1) }}",
                Ok("1< b2"),
            ),
            (r"{{ '-' | regex_replace('(\\w)(\\d)', '$2<') }}", Ok("-")),
            (
                r"{{ 1 | regex_find('\\d+') }}",
                Err(ErrorKind::InvalidOperation),
            ),
            (
                r"{{ 'a' | regex_find('\\' ~ 'd') }}",
                Err(ErrorKind::InvalidOperation),
            ),
        ] {
            let got = environment.render_str(source, ());
            assert_eq!(
                got.as_deref().map_err(Error::kind),
                want,
                "{source}: {got:?}"
            );
        }
    }
}
