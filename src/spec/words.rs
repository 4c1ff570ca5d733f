//! Numbers in sentences.

/// A count with commas, `178,001`.
pub fn thousands(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// One of something, or several: `1 run`, `1,200 runs`.
pub fn counted(count: usize, one: &str) -> String {
    format!("{} {one}{}", thousands(count), if count == 1 { "" } else { "s" })
}

/// A number in few digits: `1`, `0.25`, `1e30`.
pub fn number(value: f64) -> String {
    // Zero has no sign.
    let value = value + 0.0;
    if value == 0.0 || (1e-5..1e15).contains(&value.abs()) {
        value.to_string()
    } else {
        format!("{value:?}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn far_from_one_numbers_have_exponents() {
        let texts = [-0.0, 1.0, -0.25, 1e-5, 1e-30, 1e30].map(number);
        assert_eq!(texts, ["0", "1", "-0.25", "0.00001", "1e-30", "1e30"]);
    }

    #[test]
    fn commas_stand_between_thousands_and_one_of_something_has_no_s() {
        let texts = [0, 999, 1000, 178_001, 1_234_567].map(thousands);
        assert_eq!(texts, ["0", "999", "1,000", "178,001", "1,234,567"]);
        assert_eq!([0, 1, 1200].map(|n| counted(n, "run")), ["0 runs", "1 run", "1,200 runs"]);
    }
}
