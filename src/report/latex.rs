//! Renders the table of experiments in LaTeX, for a paper.

use super::{
    Report,
    table::{BOLD, Cell, Table, decimals},
};
use std::iter;

impl Report {
    /// Returns a table of the experiments with mean and deviation over their repeats, and one of their tests at noise
    /// levels if there are any, the best in bold. They need the package `booktabs`.
    pub fn latex(&self) -> String {
        let experiments = (format!("Experiments of {}", self.title), self.experiments());
        let levels = self.levels().into_iter();
        let levels = levels.map(|levels| (levels.title(), levels.table_with_differences()));
        let tables = iter::once(experiments).chain(levels);
        let tables = tables.map(|(title, of)| format!("% {}\n{}", on_one_line(&title), table(&of)));
        let notes = [
            "% Needs \\usepackage{booktabs}".to_owned(),
            format!("% In bold: {BOLD}."),
            "% The decimals of a column are those of two digits of its median deviation."
                .to_owned(),
        ];
        notes.into_iter().chain(tables).collect::<Vec<_>>().join("\n")
    }
}

/// Renders a table, numbers to the right and with the same number of decimals within a column.
fn table(table: &Table) -> String {
    let places = 0..table.head.len();
    let columns: String =
        places.clone().map(|place| if table.is_number(place) { 'r' } else { 'l' }).collect();
    let decimals: Vec<usize> = places.map(|place| decimals(table.column(place))).collect();
    let rows = table.rows.iter().map(|cells| {
        let cell = |(Cell { content, mark }, decimals): (&Cell, &usize)| {
            let text = escaped(&content.rounded(*decimals));
            if mark.is_bold() { format!("\\textbf{{{text}}}") } else { text }
        };
        row(cells.iter().zip(&decimals).map(cell))
    });
    let lines = [
        format!("\\begin{{tabular}}{{{columns}}}"),
        "\\toprule".to_owned(),
        row(table.head.iter().map(|name| escaped(name))),
        "\\midrule".to_owned(),
    ];
    let end = ["\\bottomrule", "\\end{tabular}"].map(str::to_owned);
    let lines = lines.into_iter().chain(rows).chain(end).chain(iter::once(String::new()));
    lines.collect::<Vec<_>>().join("\n")
}

fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn row(cells: impl Iterator<Item = String>) -> String {
    format!("{} \\\\", cells.collect::<Vec<_>>().join(" & "))
}

/// Escapes text for LaTeX, on one line. Letters of other scripts are left as they are.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in on_one_line(text).chars() {
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
        % In bold: the best mean of a column, if it measures the same in all rows, and those whose 95 % interval of the paired difference from it, over at least three pairs, contains 0; experiments that lost seeds are not compared.
        % The decimals of a column are those of two digits of its median deviation.
        % Experiments of
        \begin{tabular}{llrrr}
        \toprule
        run & note & runs & val\_loss $\downarrow$ & val\_mse $\downarrow$ \\
        \midrule
        a\_1 and 1 more & 50\%\_{[}x{]} \& \{y\} & 2 & \textbf{0.300 $\pm$ 0.071} & 0.700 $\pm$ 0.071 \\
        b & \textasciitilde{}/\$HOME\textbackslash{}\#1\textasciicircum{}2 & 1 & 0.500 & \textbf{0.500} \\
        \bottomrule
        \end{tabular}
        ");
    }
}
