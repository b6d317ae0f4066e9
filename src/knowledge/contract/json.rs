use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::ContractMistake;

/// Reads JSON, and reports the keys that an object has twice, of which a plain reader
/// silently drops one.
pub(super) fn read(text: &str, mistakes: &mut Vec<ContractMistake>) -> Option<Value> {
    let mut reader = serde_json::Deserializer::from_str(text.trim_start_matches('\u{feff}'));
    let seed = Node {
        pointer: String::new(),
        mistakes,
    };
    let read = seed.deserialize(&mut reader);
    match read.and_then(|value| reader.end().map(|()| value)) {
        Ok(value) => Some(value),
        Err(error) => {
            mistakes.clear();
            mistakes.push(ContractMistake::new(
                "",
                format!("this is no JSON: {error}"),
            ));
            None
        }
    }
}

/// Appends a segment to a JSON pointer.
pub(super) fn below(pointer: &str, segment: &str) -> String {
    format!(
        "{pointer}/{}",
        segment.replace('~', "~0").replace('/', "~1")
    )
}

struct Node<'a> {
    pointer: String,
    mistakes: &'a mut Vec<ContractMistake>,
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        loop {
            let item = Node {
                pointer: below(&self.pointer, &list.len().to_string()),
                mistakes: self.mistakes,
            };
            match items.next_element_seed(item)? {
                Some(value) => list.push(value),
                None => return Ok(Value::Array(list)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            let pointer = below(&self.pointer, &key);
            let value = entries.next_value_seed(Node {
                pointer: pointer.clone(),
                mistakes: self.mistakes,
            })?;
            if map.insert(key, value).is_some() {
                let message = "this key stands here twice";
                self.mistakes.push(ContractMistake::new(&pointer, message));
            }
        }
        Ok(Value::Object(map))
    }
}
