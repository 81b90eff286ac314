//! The line with an answer, and what is wrong with one that is none.

use std::fmt::{self, Formatter};
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, DeserializeOwned, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use crate::verify::subject::lines::{Line, shown};
use crate::written::read_json;

/// What is an object in JSON; serde takes a list of the values as well.
pub(super) struct Object<T>(pub(super) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(PhantomData))
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Object<T>;

    fn expecting(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Object<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Object)
    }
}

/// Reads the object that a line must be; otherwise says why it is none.
pub(super) fn read_line<T: DeserializeOwned>(line: &Line) -> Result<T, String> {
    let fault = match read_json::<Object<T>>(&line.text) {
        Ok(Object(answer)) => return Ok(answer),
        Err(fault) => fault,
    };
    let text = line.text.trim();
    let came = shown(text.as_bytes());
    let what = match serde_json::from_str::<Value>(text) {
        _ if text.is_empty() => {
            return Err("it printed an empty line where an answer belongs".to_owned());
        }
        Ok(Value::Object(_)) => fault.what,
        Ok(other) => format!("an answer is one JSON object, and this is {}", kind(&other)),
        Err(_) if !line.is_whole => {
            return Err(format!(
                "its answer was cut in the middle of the line, without a line break: {came}"
            ));
        }
        Err(_) => "an answer is one JSON object on one line, and this is no JSON".to_owned(),
    };
    Err(format!("its line is no answer ({what}): {came}"))
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
