//! Suggests the nearest valid name for a misspelt one.

use super::familiar;
use crate::words::either;
use strsim::damerau_levenshtein;

/// Returns the one of `names` that `given` was most likely meant to be.
///
/// Case, `-`, `_` and blanks are ignored. The name may be what other programs call the same. Otherwise, up to a third
/// of the letters may be wrong; failing that, `given` must contain, or be contained in, exactly one name.
pub fn nearest<'a>(
    given: &str,
    names: impl IntoIterator<Item = &'a str> + Clone,
) -> Option<&'a str> {
    let plain = plain(given);
    if plain.is_empty() {
        return None;
    }
    let equal = |wanted: &str| names.clone().into_iter().find(|name| self::plain(name) == wanted);
    if let Some(name) = equal(&plain) {
        return Some(name);
    }
    let mut meant = familiar::meanings(&plain).map(self::plain);
    if let Some(name) = meant.find_map(|ours| equal(&ours)) {
        return Some(name);
    }
    let allowed = (plain.chars().count() / 3).max(1);
    names
        .clone()
        .into_iter()
        .map(|name| (damerau_levenshtein(&plain, &self::plain(name)), name))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
        .or_else(|| only_containing(&plain, names))
}

fn only_containing<'a>(given: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if given.chars().count() < 3 {
        return None;
    }
    let mut fitting = names.into_iter().filter(|name| {
        let name = plain(name);
        name.contains(given) || (name.len() >= 3 && given.contains(&name))
    });
    let first = fitting.next()?;
    fitting.next().is_none().then_some(first)
}

/// Returns a name without case, `_`, `-` and blanks.
pub(crate) fn plain(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '_' | '-' | ' ')).flat_map(char::to_lowercase).collect()
}

/// Joins names with commas and "or", each in backticks.
pub(crate) fn any_of<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    if quoted.is_empty() { "nothing".to_owned() } else { either(&quoted) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_swapped_or_missing_letter_is_found() {
        assert_eq!(nearest("epohcs", ["epochs", "batch_size"]), Some("epochs"));
        assert_eq!(nearest("batchsize", ["epochs", "batch_size"]), Some("batch_size"));
    }

    #[test]
    fn case_and_hyphens_do_not_count() {
        assert_eq!(
            nearest("Salt-And-Pepper", ["salt_and_pepper", "masking"]),
            Some("salt_and_pepper")
        );
    }

    #[test]
    fn a_word_of_one_name_is_enough_and_of_two_names_is_not() {
        assert_eq!(nearest("psnr", ["val_psnr", "val_ssim"]), Some("val_psnr"));
        assert_eq!(nearest("val", ["val_psnr", "val_ssim"]), None);
    }

    #[test]
    fn what_other_programs_call_a_valid_name_is_understood() {
        assert_eq!(nearest("lr", ["loss", "learning_rate"]), Some("learning_rate"));
        assert_eq!(nearest("n_epochs", ["epochs"]), Some("epochs"));
        assert_eq!(nearest("channels", ["filters", "channels"]), Some("channels"));
        assert_eq!(nearest("name", ["dataset", "root"]), Some("dataset"));
        assert_eq!(nearest("name", ["kind", "beta1"]), Some("kind"));
    }

    #[test]
    fn a_far_name_has_no_nearest() {
        assert_eq!(nearest("imagenet", ["mnist", "cifar10"]), None);
        assert_eq!(nearest("", ["mnist"]), None);
        assert_eq!(nearest("__", ["mnist"]), None);
    }
}
