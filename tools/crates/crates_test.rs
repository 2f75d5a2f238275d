//! Crates that `@crates` describes behave as Cargo's: build scripts ran, macros expand, features are on.

#[derive(serde::Serialize, serde::Deserialize)]
struct Order<'a> {
    #[serde(borrow)]
    amount: &'a serde_json::value::RawValue,
}

#[test]
fn a_derived_type_keeps_raw_json() {
    let text = r#"{"amount":1.10}"#;
    let order: Order = serde_json::from_str(text).unwrap();
    assert_eq!(order.amount.get(), "1.10");
    assert_eq!(serde_json::to_string(&order).unwrap(), text);
}

#[test]
fn minijinja_keeps_the_order_of_keys() {
    let context: minijinja::Value = serde_json::from_str(r#"{"b":1,"a":2}"#).unwrap();
    let environment = minijinja::Environment::new();
    let text = environment
        .render_str("{{ m|tojson }}", minijinja::context! { m => context })
        .unwrap();
    assert_eq!(text, r#"{"b": 1, "a": 2}"#);
}
