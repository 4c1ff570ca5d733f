//! Networks beside their inputs.

use super::{levels::textbook, *};
use crate::{record::InputQuality, train::metric::Quality};

#[test]
fn noisy_images_have_a_row_and_a_line_and_networks_that_are_worse_are_named() {
    let mut runs = textbook();
    assert_eq!(report(runs.clone()).worse_than_inputs(), None, "nothing is known of the inputs");
    for tested in runs.iter_mut().flat_map(|run| &mut run.levels) {
        let mse = 0.04 * tested.level;
        tested.input = Some(Quality { mse, mae: mse, psnr: -10.0 * mse.log10(), ssim: 0.5 });
    }
    runs[2].info.input = Some(InputQuality { mse: 0.04, psnr: 14.0, output_mse: 0.05 });
    let report = report(runs);
    let told = "On test images, by mse, these outputs are worse than the inputs themselves: \
                sigma=0.5 tested at 1 (0.041700, input 0.040000); sigma=1 (0.050000, input 0.040000); \
                sigma=1 tested at 0.5 (0.026600, input 0.020000).";
    assert_eq!(report.summary().best.last().map(String::as_str), Some(told));
    let row = "| none: the noisy images | 0.020000 | 0.030000 | 0.040000 | 0.030000 |";
    assert!(report.markdown().contains(row), "{}", report.markdown());
    let page = report.html();
    let part = page.split("<section id=\"levels\">").nth(1).expect("the section");
    let part = part.split("</section>").next().expect("its end");
    assert_eq!(part.matches("<polyline").count(), 4, "{part}");
    assert_eq!(part.matches("<g class=\"line reference\">").count(), 1, "{part}");
    let own = "<td class=\"number\">0.020000</td><td class=\"number\">16.990</td></tr>";
    assert_eq!(page.matches(own).count(), 3, "in the table of each run at 0.5");
    let levels = &data(&report)["runs"][0]["levels"];
    assert_eq!(levels[0]["input"], 0.02, "{levels}");
}
