//! Statements, words and values of the language.

use std::path::{Path, PathBuf};

/// A line with something on it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Statement {
    /// The file, as the user knows it.
    pub(super) file: PathBuf,
    /// Its line, counted from 1.
    pub(super) line: usize,
    /// Without comments.
    pub(super) text: String,
}

/// A value with its name, if it has one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Word {
    pub(super) name: Option<String>,
    pub(super) value: String,
}

/// The statements of a script.
pub(super) fn statements(text: &str, file: &Path) -> Vec<Statement> {
    let mut found = Vec::new();
    let mut is_comment = false;
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.starts_with("/*") {
            is_comment = true;
        }
        if is_comment {
            is_comment = !line.contains("*/");
            continue;
        }
        let text = without_comment(line).trim();
        if !text.is_empty() {
            found.push(Statement { file: file.to_owned(), line: index + 1, text: text.to_owned() });
        }
    }
    found
}

/// A line up to `!` or `//` outside of quotes.
fn without_comment(line: &str) -> &str {
    let mut quote: Option<char> = None;
    let mut before = ' ';
    for (at, letter) in line.char_indices() {
        match quote {
            Some(end) if letter == end => quote = None,
            Some(_) => {}
            None if letter == '!' => return &line[..at],
            None if letter == '/' && before == '/' => return &line[..at - 1],
            None if matches!(letter, '"' | '\'') => quote = Some(letter),
            None => {}
        }
        before = letter;
    }
    line
}

/// The words of a statement.
pub(super) fn words(text: &str) -> Vec<Word> {
    let letters: Vec<char> = text.chars().collect();
    let mut at = 0;
    let mut found = Vec::new();
    while let Some(first) = take_value(&letters, &mut at) {
        let mut next = at;
        skip(&letters, &mut next, char::is_whitespace);
        if letters.get(next) == Some(&'=') {
            at = next + 1;
            skip(&letters, &mut at, char::is_whitespace);
            let value = if letters.get(at).is_some_and(|letter| *letter == ',') {
                String::new()
            } else {
                take_value(&letters, &mut at).unwrap_or_default()
            };
            found.push(Word { name: Some(first.to_lowercase()), value });
        } else {
            found.push(Word { name: None, value: first });
        }
    }
    found
}

fn skip(letters: &[char], at: &mut usize, is_skipped: impl Fn(char) -> bool) {
    while letters.get(*at).is_some_and(|letter| is_skipped(*letter)) {
        *at += 1;
    }
}

/// The next value: what stands in quotes or brackets, or up to a blank, a comma or `=`.
fn take_value(letters: &[char], at: &mut usize) -> Option<String> {
    skip(letters, at, |letter| letter.is_whitespace() || letter == ',' || letter == '=');
    let first = *letters.get(*at)?;
    let closing = match first {
        '"' | '\'' => Some(first),
        '(' => Some(')'),
        '[' => Some(']'),
        '{' => Some('}'),
        _ => None,
    };
    let from = if closing.is_some() { *at + 1 } else { *at };
    let mut end = from;
    while end < letters.len() {
        let letter = letters[end];
        let ends = match closing {
            Some(closing) => letter == closing,
            None => letter.is_whitespace() || letter == ',' || letter == '=',
        };
        if ends {
            break;
        }
        end += 1;
    }
    *at = if closing.is_some() { (end + 1).min(letters.len()) } else { end };
    Some(letters[from..end].iter().collect())
}

/// A number, or a sum in reverse Polish notation such as `8 1000 /`.
pub(super) fn number(text: &str) -> Option<f64> {
    let mut stack: Vec<f64> = Vec::new();
    for word in text.split(|letter: char| letter.is_whitespace() || letter == ',').filter(|word| !word.is_empty()) {
        if let Ok(value) = word.parse::<f64>() {
            stack.push(value);
            continue;
        }
        let last = stack.pop()?;
        let result = match word.to_ascii_lowercase().as_str() {
            "sqrt" => last.sqrt(),
            "sqr" => last * last,
            "inv" => 1.0 / last,
            "+" => stack.pop()? + last,
            "-" => stack.pop()? - last,
            "*" => stack.pop()? * last,
            "/" => stack.pop()? / last,
            "^" => stack.pop()?.powf(last),
            _ => return None,
        };
        stack.push(result);
    }
    match stack.as_slice() {
        [value] if value.is_finite() => Some(*value),
        _ => None,
    }
}

/// The values of an array.
pub(super) fn list(text: &str) -> Vec<String> {
    let is_between = |letter: char| letter.is_whitespace() || letter == ',' || letter == '|';
    text.split(is_between)
        .filter(|word| !word.is_empty())
        .map(|word| word.trim_matches(['"', '\'']).to_owned())
        .collect()
}

/// The numbers of an array.
pub(super) fn numbers(text: &str) -> Option<Vec<f64>> {
    list(text).iter().map(|word| word.parse::<f64>().ok().filter(|value| value.is_finite())).collect()
}

/// A symmetric matrix, as its lower triangle or whole.
pub(crate) fn matrix(text: &str) -> Option<Vec<Vec<f64>>> {
    let rows: Vec<Vec<f64>> = text.split('|').map(numbers).collect::<Option<_>>()?;
    let n = rows.len();
    let is_triangle = rows.iter().any(|values| values.len() < n);
    let mut full = vec![vec![0.0; n]; n];
    for (row, values) in rows.iter().enumerate() {
        if values.len() != if is_triangle { row + 1 } else { n } {
            return None;
        }
        for (column, value) in values.iter().enumerate() {
            full[row][column] = *value;
            if is_triangle {
                full[column][row] = *value;
            }
        }
    }
    Some(full)
}

/// Yes or no.
pub(super) fn flag(text: &str) -> Option<bool> {
    match text.chars().next().map(|letter| letter.to_ascii_lowercase()) {
        Some('y' | 't') => Some(true),
        Some('n' | 'f') => Some(false),
        _ => None,
    }
}
