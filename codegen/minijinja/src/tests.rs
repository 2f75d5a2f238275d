use serde_json::{Value, json};

fn ask(request: Value) -> Value {
    ask_text(&request.to_string())
}

fn ask_text(request: &str) -> Value {
    serde_json::from_slice(&crate::answer(request.as_bytes(), host)).unwrap()
}

/// A host whose functions give back what they got.
fn host(call: &[u8]) -> Vec<u8> {
    let call: Value = serde_json::from_slice(call).unwrap();
    if call["name"] == "refuse" {
        return json!({"error": "no such thing"}).to_string().into_bytes();
    }
    json!({"value": {"args": call["args"], "kwargs": call["kwargs"]}})
        .to_string()
        .into_bytes()
}

fn render(source: &str, more: Value) -> Value {
    let mut job = json!({"op": "render", "source": source, "fuel": 10_000});
    job.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    ask(job)
}

#[test]
fn children_come_after_their_parents() {
    let answer = ask(json!({"op": "parse_expr", "source": "a.b + 1 > f(x, *y, k='v')"}));
    assert_eq!(
        answer["nodes"],
        json!([
            {"kind": "binary", "at": [0, 25], "name": ">", "x": 1, "y": 2},
            {"kind": "binary", "at": [0, 7], "name": "+", "x": 3, "y": 4},
            {"kind": "call", "at": [10, 25], "x": 5, "names": ["", "*", "k"], "list": [6, 7, 8]},
            {"kind": "attr", "at": [0, 3], "name": "b", "x": 9},
            {"kind": "int", "at": [6, 7], "name": "1"},
            {"kind": "var", "at": [10, 11], "name": "f"},
            {"kind": "var", "at": [12, 13], "name": "x"},
            {"kind": "var", "at": [16, 17], "name": "y"},
            {"kind": "string", "at": [21, 24], "name": "v"},
            {"kind": "var", "at": [0, 1], "name": "a"},
        ])
    );
}

#[test]
fn constants_keep_their_kinds() {
    let answer = ask(
        json!({"op": "parse_expr", "source": "[1, 1.0, '1', none, true, 18446744073709551616]"}),
    );
    let kinds: Vec<_> = answer["nodes"].as_array().unwrap()[1..]
        .iter()
        .map(|n| {
            format!(
                "{} {}",
                n["kind"].as_str().unwrap(),
                n["name"].as_str().unwrap()
            )
        })
        .collect();
    assert_eq!(
        kinds,
        [
            "int 1",
            "float 1.0",
            "string 1",
            "none none",
            "bool true",
            "int 18446744073709551616"
        ]
    );
}

#[test]
fn a_syntax_error_has_its_place() {
    let failure = &ask(json!({"op": "parse_expr", "source": "total > > 0"}))["failure"];
    assert_eq!(failure["kind"], "syntax");
    assert_eq!(failure["message"], "unexpected `>`");
    assert_eq!(failure["at"], json!([8, 9]));
}

#[test]
fn depth_is_bounded_and_long_chains_are_refused_alive() {
    let chain = |n: usize| "a ~ ".repeat(n) + "a";
    let fine = ask(json!({"op": "parse_expr", "source": chain(crate::tree::MAX_DEPTH - 1)}));
    assert!(fine["failure"].is_null(), "{fine}");
    let deep = ask(json!({"op": "parse_expr", "source": chain(20_000)}));
    assert_eq!(deep["failure"]["kind"], "too_deep");
}

#[test]
fn functions_are_answered_by_the_host() {
    let answer = render("{{ echo('a', 1, k=none) }}", json!({"functions": ["echo"]}));
    assert_eq!(
        answer["text"], "{'args': ['a', 1], 'kwargs': {'k': None}}",
        "{answer}"
    );
    let failure = &render("{{ refuse() }}", json!({"functions": ["refuse"]}))["failure"];
    assert_eq!(
        (&failure["message"], &failure["at"]),
        (&json!("no such thing"), &json!([3, 11]))
    );
}

#[test]
fn undefined_is_an_error_where_it_counts() {
    assert_eq!(
        render("{{ nope }}", json!({}))["failure"]["kind"],
        "undefined"
    );
    assert_eq!(render("{% if nope %}a{% endif %}", json!({}))["text"], "");
    assert_eq!(
        render("{% if nope %}a{% endif %}", json!({"undefined": "strict"}))["failure"]["kind"],
        "undefined"
    );
    let call = render("{{ echo(nope) }}", json!({"functions": ["echo"]}));
    assert_eq!(call["failure"]["kind"], "undefined");
}

#[test]
fn macros_are_there_without_an_import_and_places_ignore_it() {
    let more = json!({
        "templates": {"m.jinja": "{% macro url(h) %}http://{{ h }}:{{ port }}{% endmacro %}"},
        "imports": {"m.jinja": ["url"]},
        "globals": {"port": 80},
    });
    assert_eq!(
        render("{{ url('x') }}\n", more.clone())["text"],
        "http://x:80\n"
    );
    let failure = &render("12 {{ nope }}", more.clone())["failure"];
    assert_eq!(
        (&failure["at"], &failure["template"]),
        (&json!([6, 10]), &json!(""))
    );
    let more = json!({"templates": {"m.jinja": "{% macro url(h) %}{{ nope }}{% endmacro %}"}, "imports": {"m.jinja": ["url"]}});
    assert_eq!(
        render("{{ url('x') }}", more)["failure"]["template"],
        "m.jinja"
    );
}

#[test]
fn a_loop_without_end_runs_dry() {
    let failure = &render(
        "{% for i in range(9000) %}{% for j in range(9000) %}{% endfor %}{% endfor %}",
        json!({}),
    )["failure"];
    assert_eq!(failure["kind"], "fuel");
}

#[test]
fn key_order_is_kept_and_nothing_is_escaped() {
    let request = r#"{"op": "render", "source": "{{ m }} <b>", "fuel": 100, "globals": {"m": {"z": 1, "a": "<&>"}}}"#;
    assert_eq!(ask_text(request)["text"], "{'z': 1, 'a': '<&>'} <b>");
}
