//! Renders the table of experiments in LaTeX, for a paper.

use super::{Report, table::Table};
use std::iter;

impl Report {
    /// Returns a table of the experiments with mean and deviation over their repeats, the best in bold. It
    /// needs the package `booktabs`.
    pub fn latex(&self) -> String {
        let Table { head, left, rows } = self.experiments();
        let columns: String = (0..head.len()).map(|i| if i < left { 'l' } else { 'r' }).collect();
        let rows = rows.iter().map(|cells| {
            let cell = |(text, best): &(String, bool)| {
                let text = escaped(text);
                if *best { format!("\\textbf{{{text}}}") } else { text }
            };
            row(cells.iter().map(cell))
        });
        let lines = [
            "% Needs \\usepackage{booktabs}".to_owned(),
            format!("\\begin{{tabular}}{{{columns}}}"),
            "\\toprule".to_owned(),
            row(head.iter().map(|name| escaped(name))),
            "\\midrule".to_owned(),
        ];
        let end = ["\\bottomrule", "\\end{tabular}"].map(str::to_owned);
        let lines = lines.into_iter().chain(rows).chain(end).chain(iter::once(String::new()));
        lines.collect::<Vec<_>>().join("\n")
    }
}

fn row(cells: impl Iterator<Item = String>) -> String {
    format!("{} \\\\", cells.collect::<Vec<_>>().join(" & "))
}

/// Escapes text for LaTeX, on one line. Letters of other scripts are left as they are.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.split_whitespace().collect::<Vec<_>>().join(" ").chars() {
        match c {
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => {
                escaped.push('\\');
                escaped.push(c);
            }
            '\\' => escaped.push_str("\\textbackslash{}"),
            '~' => escaped.push_str("\\textasciitilde{}"),
            '^' => escaped.push_str("\\textasciicircum{}"),
            '<' => escaped.push_str("\\textless{}"),
            '>' => escaped.push_str("\\textgreater{}"),
            '|' => escaped.push_str("\\textbar{}"),
            // After the end of a row, brackets and stars would be its argument; two hyphens are a dash.
            '[' | ']' | '*' | '-' => {
                escaped.push('{');
                escaped.push(c);
                escaped.push('}');
            }
            '±' => escaped.push_str("$\\pm$"),
            '↓' => escaped.push_str("$\\downarrow$"),
            '↑' => escaped.push_str("$\\uparrow$"),
            '\u{2212}' => escaped.push_str("$-$"),
            '–' => escaped.push_str("--"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use crate::report::{found::Found, tests::complete};

    #[test]
    fn the_experiments_are_a_table_of_a_paper() {
        let run = |name: &str, note: &str, value: f64| {
            complete(name, &[("model.note", note.into())], value)
        };
        let (first, second) = ("50%_[x] & {y}", "~/$HOME\\#1^2");
        let runs = vec![run("a_1", first, 0.25), run("a_2", first, 0.35), run("b", second, 0.5)];
        insta::assert_snapshot!(Found::of(runs, Vec::new()).report(&[]).latex(), @r"
        % Needs \usepackage{booktabs}
        \begin{tabular}{lrrrrr}
        \toprule
        run & note & runs & val\_loss $\downarrow$ & val\_mse $\downarrow$ & status \\
        \midrule
        a\_1 and 1 more & 50\%\_{[}x{]} \& \{y\} & 2 & \textbf{0.30000 $\pm$ 0.071} & 0.70000 $\pm$ 0.071 & completed \\
        b & \textasciitilde{}/\$HOME\textbackslash{}\#1\textasciicircum{}2 & 1 & 0.50000 & \textbf{0.50000} & completed \\
        \bottomrule
        \end{tabular}
        ");
    }
}
