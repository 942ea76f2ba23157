//! A command plugin in Rust: the input comes back as the output's text.
use extism_pdk::*;

#[plugin_fn]
pub fn helm_plugin_main(input: String) -> FnResult<String> {
    Ok(format!("{{\"data\":{{\"length\":{}}}}}", input.len()))
}

#[plugin_fn]
pub fn fails(_: String) -> FnResult<String> {
    Err(WithReturnCode::new(Error::msg("rust says no"), 6))
}
