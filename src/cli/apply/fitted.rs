//! Counts what was done to images so that they have the size and channels of the run's own.

use crate::{arch::Size, data::image_folder::Fitted, spec::Fit, words::counted};

/// How many images were changed, and how.
#[derive(Debug, Default)]
pub struct Counts {
    reshaped_and_scaled: usize,
    reshaped: usize,
    scaled: usize,
    grayed: usize,
}

impl Counts {
    /// Counts one image.
    pub fn add(&mut self, fitted: Fitted) {
        let Fitted { reshaped, scaled, grayed } = fitted;
        self.reshaped_and_scaled += usize::from(reshaped && scaled);
        self.reshaped += usize::from(reshaped && !scaled);
        self.scaled += usize::from(scaled && !reshaped);
        self.grayed += usize::from(grayed);
    }

    /// Says what was done to how many images for this size; `None` if all were used as they are.
    pub fn described(&self, size: Size, fit: Fit) -> Option<String> {
        let to = format!("{}x{}", size.width, size.height);
        let (and_scaled, only) = match fit {
            Fit::Crop => (
                format!("cropped to the middle and scaled to {to}"),
                format!("cropped to the middle {to}"),
            ),
            Fit::Stretch => (format!("stretched to {to}"), String::new()),
        };
        let kinds = [
            (self.reshaped_and_scaled, "image", and_scaled),
            (self.reshaped, "image", only),
            (self.scaled, "image", format!("scaled to {to}")),
            (self.grayed, "colour image", "made gray".to_owned()),
        ];
        let done = kinds.into_iter().filter(|(count, ..)| *count > 0);
        let done = done.map(|(count, one, what)| format!("{} {what}", counted(count, one)));
        let done: Vec<String> = done.collect();
        (!done.is_empty()).then(|| format!("to fit the network: {}", done.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_counted_by_what_was_done_to_them() {
        let mut counts = Counts::default();
        let described = |counts: &Counts, fit| counts.described(Size::new(24, 32, 1), fit);
        let mut add = |reshaped, scaled, grayed| {
            counts.add(Fitted { reshaped, scaled, grayed });
            [Fit::Crop, Fit::Stretch].map(|fit| described(&counts, fit))
        };
        assert_eq!(add(false, false, false), [None, None]);
        add(true, true, true);
        add(true, true, false);
        let one = "to fit the network: 2 images";
        let [cropped, stretched] = add(false, true, true).map(|text| text.expect("some"));
        let rest = "1 image scaled to 32x24, 2 colour images made gray";
        assert_eq!(cropped, format!("{one} cropped to the middle and scaled to 32x24, {rest}"));
        assert_eq!(stretched, format!("{one} stretched to 32x24, {rest}"));
    }
}
