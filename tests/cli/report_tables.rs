//! Tables of reports in Markdown, LaTeX and CSV.

use crate::{
    place::{Place, assert_has},
    report::SWEEP,
};

#[test]
fn keys_can_be_chosen_and_rows_of_several_sweeps_have_their_names() {
    let place = Place::new();
    place.write("sizes.toml", SWEEP);
    place.write("short.toml", SWEEP.replace("epochs = 2", "epochs = 1"));
    place.succeed(&["sizes.toml", "short.toml", "--quiet"]);
    let report =
        |format, keys| place.succeed(&["report", "--format", format, "--keys", keys]).stdout;
    let table = report("md", "train.epochs,seed");
    let head = "| run | epochs | seed | runs | loss ↓ | val\\_loss ↓ | val\\_mae ↓ | val\\_psnr ↑ | val\\_ssim ↑ | status |";
    assert_has(&table, head);
    assert_has(&table, "\n| sizes/latent\\_dim=2 | 2 | 1337, 1338 | 2 | ");
    assert_has(&table, "\n| short/latent\\_dim=3 | 1 | 1337, 1338 | 2 | ");
    assert_has(&report("latex", "dataset"), "\nrun & dataset & runs & loss");
    let csv = report("csv", "latent_dim,seed");
    assert_has(&csv, ",best_epoch,model.latent_dim,experiment.seed,loss,val_loss,val_mse,");
    let page = report("html", "dataset").trim().to_owned();
    let page = place.text(page);
    assert_has(&page, "<th scope=\"col\" title=\"data.dataset\">dataset</th><th class=\"number\"");
    assert_has(&page, "\"columns\":[{\"path\":\"data.dataset\",\"label\":\"dataset\"}]");
    place
        .fails(2, &["report", "--keys", "latent_dimm"])
        .tells("no run has a key \"latent_dimm\"; did you mean latent_dim?");
    place.fails(2, &["report", "--keys", "val_loss"]).tells("val_loss is no key of an experiment");
}
