//! Checks and their Markdown: one section per subject, which can be replaced alone in a longer document.

use std::fmt::Write as _;

/// Whether a check holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It holds.
    Holds,
    /// It does not.
    Fails,
    /// It could not be made; the check's rule says why.
    NotMade,
    /// For information: no rule is attached.
    Information,
}

impl Verdict {
    /// The word in tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Fails => "**fails**",
            Self::NotMade => "not made",
            Self::Information => "",
        }
    }
}

/// One comparison with an expected value.
#[derive(Clone, PartialEq, Debug)]
pub struct Check {
    /// What is compared, with its unit.
    pub quantity: String,
    /// What others have, with its spread.
    pub expected: String,
    /// What we have, with its spread.
    pub ours: String,
    /// The difference.
    pub difference: String,
    /// The rule, and how much it allows here.
    pub rule: String,
    /// Whether it holds.
    pub verdict: Verdict,
    /// Where the expected value comes from.
    pub source: String,
}

/// A group of checks under a heading.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Group {
    /// Its heading.
    pub title: String,
    /// Its checks.
    pub checks: Vec<Check>,
}

/// All checks of a subject.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Section {
    /// Word that finds the section again in a document: lower case, no spaces.
    pub key: String,
    /// Its heading.
    pub title: String,
    /// What is compared and how: a paragraph.
    pub text: String,
    /// Its groups.
    pub groups: Vec<Group>,
}

impl Section {
    /// Number of checks with a verdict.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.groups.iter().flat_map(|group| &group.checks).filter(|check| check.verdict == verdict).count()
    }

    /// The section as Markdown, between its two marks.
    pub fn markdown(&self) -> String {
        let mut text = String::new();
        let [begin, end] = marks(&self.key);
        let _ = writeln!(text, "{begin}\n## {}\n\n{}\n", self.title, self.text.trim());
        let (n_hold, n_fail) = (self.count(Verdict::Holds), self.count(Verdict::Fails));
        let _ = write!(text, "{n_hold} of {} checks hold.", n_hold + n_fail);
        let n_not_made = self.count(Verdict::NotMade);
        if n_not_made > 0 {
            let _ = write!(text, " {n_not_made} could not be made.");
        }
        text.push('\n');
        for group in &self.groups {
            let _ = write!(text, "\n### {}\n\n{}", group.title, table(&group.checks));
        }
        let _ = writeln!(text, "\n{end}");
        text
    }
}

fn table(checks: &[Check]) -> String {
    let mut text = String::from(
        "| quantity | expected | ours | difference | rule | verdict | source |\n|---|---:|---:|---:|---|---|---|\n",
    );
    for check in checks {
        let cells = [
            &check.quantity,
            &check.expected,
            &check.ours,
            &check.difference,
            &check.rule,
            &check.verdict.word().to_owned(),
            &check.source,
        ];
        let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|").replace('\n', " ")).collect();
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }
    text
}

fn marks(key: &str) -> [String; 2] {
    [format!("<!-- section {key} -->"), format!("<!-- end of section {key} -->")]
}

/// Puts a section into a document: in place of the one with its key, or at the end.
pub fn put(document: &str, section: &Section) -> String {
    let [begin, end] = marks(&section.key);
    let place = document.find(&begin).and_then(|start| {
        let length = document[start..].find(&end)?;
        Some((start, start + length + end.len()))
    });
    match place {
        Some((start, stop)) => {
            let after = document[stop..].strip_prefix('\n').unwrap_or(&document[stop..]);
            format!("{}{}{after}", &document[..start], section.markdown())
        }
        None if document.trim().is_empty() => format!("# Validation\n\n{}", section.markdown()),
        None => format!("{}\n\n{}", document.trim_end(), section.markdown()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn section(key: &str, verdicts: &[Verdict]) -> Section {
        let check = |verdict: &Verdict| Check {
            quantity: "time | s".to_owned(),
            expected: "1".to_owned(),
            ours: "2".to_owned(),
            difference: "+1".to_owned(),
            rule: "within 1".to_owned(),
            verdict: *verdict,
            source: "test".to_owned(),
        };
        Section {
            key: key.to_owned(),
            title: format!("Title of {key}"),
            text: "Text.".to_owned(),
            groups: vec![Group { title: "Group".to_owned(), checks: verdicts.iter().map(check).collect() }],
        }
    }

    #[test]
    fn counts_verdicts_and_keeps_cells_apart() {
        let text = section("a", &[Verdict::Holds, Verdict::Fails, Verdict::NotMade, Verdict::Information]).markdown();
        assert!(text.contains("1 of 2 checks hold. 1 could not be made."), "{text}");
        assert!(text.contains("| time \\| s | 1 | 2 | +1 | within 1 | **fails** | test |"), "{text}");
    }

    #[test]
    fn sections_are_replaced_in_place_and_others_kept() {
        let mut document = String::new();
        for key in ["a", "b", "c"] {
            document = put(&document, &section(key, &[Verdict::Fails]));
        }
        let changed = put(&document, &section("b", &[Verdict::Holds]));
        assert_eq!(
            changed,
            document.replace(&section("b", &[Verdict::Fails]).markdown(), &section("b", &[Verdict::Holds]).markdown(),)
        );
        assert_eq!(put(&changed, &section("b", &[Verdict::Fails])), document);
        assert!(document.starts_with("# Validation\n"), "{document}");
    }
}
