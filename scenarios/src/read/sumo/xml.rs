//! XML as a stream of elements with their line numbers.

use std::io::Read;

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};

/// An opened element.
#[derive(Clone, Debug, Default)]
pub(super) struct Element {
    /// Its name.
    pub(super) name: String,
    /// The line it starts on, counted from 1.
    pub(super) line: usize,
    /// Attributes in file order.
    pub(super) attributes: Vec<(String, String)>,
}

impl Element {
    /// The value of an attribute.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
    /// Whether an attribute is there.
    pub(super) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }
}

/// What a stream of elements brings.
pub(super) enum Tag<'a> {
    /// An element begins.
    Open(&'a Element),
    /// The element of this name ends.
    Close(&'a str),
}

/// Why a stream broke off: line and phrase.
#[derive(Debug)]
pub(super) struct Broken {
    /// The line, counted from 1.
    pub(super) line: usize,
    /// What is wrong.
    pub(super) message: String,
}

/// The text of a file: unpacked if it is gzip, decoded as UTF-8, else as Latin-1.
pub(super) fn text_of(bytes: &[u8]) -> Result<String, Broken> {
    let mut unpacked = Vec::new();
    let plain = if bytes.starts_with(&[0x1f, 0x8b]) {
        flate2::read::MultiGzDecoder::new(bytes)
            .read_to_end(&mut unpacked)
            .map_err(|error| Broken { line: 1, message: format!("the gzip data are broken: {error}") })?;
        unpacked.as_slice()
    } else {
        bytes
    };
    let plain = plain.strip_prefix(b"\xef\xbb\xbf").unwrap_or(plain);
    Ok(match std::str::from_utf8(plain) {
        Ok(text) => text.to_owned(),
        Err(_) => plain.iter().map(|&byte| char::from(byte)).collect(),
    })
}

/// Counts lines up to ever later positions of a text.
struct Lines<'t> {
    text: &'t [u8],
    position: usize,
    line: usize,
}

impl Lines<'_> {
    fn at(&mut self, position: usize) -> usize {
        let position = position.min(self.text.len());
        if position > self.position {
            let newlines = self.text[self.position..position].iter().filter(|&&byte| byte == b'\n').count();
            self.line += newlines;
            self.position = position;
        }
        self.line
    }
}

/// Calls `handle` for every element of the text, in order.
pub(super) fn walk(text: &str, mut handle: impl FnMut(Tag<'_>)) -> Result<(), Broken> {
    let mut reader = quick_xml::Reader::from_str(text);
    reader.config_mut().check_end_names = true;
    let mut lines = Lines { text: text.as_bytes(), position: 0, line: 1 };
    let mut depth = 0_usize;
    let mut seen_root = false;
    let mut element = Element::default();
    loop {
        let line = lines.at(usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX));
        let event = match reader.read_event() {
            Ok(event) => event,
            Err(error) => {
                let line = lines.at(usize::try_from(reader.error_position()).unwrap_or(usize::MAX));
                return Err(Broken { line, message: format!("the XML is broken: {error}") });
            }
        };
        match event {
            Event::Start(start) => {
                fill(&mut element, &start, line)?;
                depth += 1;
                seen_root = true;
                handle(Tag::Open(&element));
            }
            Event::Empty(start) => {
                fill(&mut element, &start, line)?;
                seen_root = true;
                handle(Tag::Open(&element));
                handle(Tag::Close(&element.name));
            }
            Event::End(end) => {
                depth = depth.saturating_sub(1);
                handle(Tag::Close(end.name().0));
            }
            Event::Eof if depth > 0 => {
                return Err(Broken { line, message: format!("the file ends within {depth} open elements") });
            }
            Event::Eof if !seen_root => {
                return Err(Broken { line, message: "the file has no XML element".into() });
            }
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}

fn fill(element: &mut Element, start: &BytesStart<'_>, line: usize) -> Result<(), Broken> {
    let broken = |message: String| Broken { line, message };
    element.name.clear();
    element.name.push_str(start.name().0);
    element.line = line;
    element.attributes.clear();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| broken(format!("the XML is broken: {error}")))?;
        let value = attribute
            .normalized_value(XmlVersion::Implicit1_0)
            .map_err(|error| broken(format!("the XML is broken: {error}")))?;
        element.attributes.push((attribute.key.0.to_owned(), value.into_owned()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_carry_their_line_and_plain_values() {
        let text = "<?xml version=\"1.0\"?>\n<a>\n  <b x=\"1 &amp; 2\"\n     y=\"3\"/>\n\n<c/></a>";
        let mut seen = Vec::new();
        walk(text, |tag| {
            if let Tag::Open(element) = tag {
                seen.push((element.name.clone(), element.line, element.get("x").map(str::to_owned)));
            }
        })
        .unwrap();
        assert_eq!(seen, [("a".into(), 2, None), ("b".into(), 3, Some("1 & 2".into())), ("c".into(), 6, None)]);
    }

    #[test]
    fn a_truncated_file_names_the_line_where_it_ends() {
        let broken = walk("<a>\n<b>\n</b>\n", |_| {}).unwrap_err();
        assert_eq!(broken.line, 4);
        assert!(walk("<a>\n<b x=\"1", |_| {}).is_err());
        assert!(walk("", |_| {}).is_err());
        assert!(walk("<a></b>", |_| {}).is_err());
    }
}
