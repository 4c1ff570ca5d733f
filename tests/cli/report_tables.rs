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
    let head = "| run | epochs | seed | runs | loss ↓ | val\\_loss ↓ | val\\_mae ↓ | val\\_psnr ↑ | val\\_ssim ↑ |\n";
    assert_has(&table, head);
    assert_has(&table, "\n| sizes/latent\\_dim=2 | 2 | 1337, 1338 | 2 | ");
    assert_has(&table, "\n| short/latent\\_dim=3 | 1 | 1337, 1338 | 2 | ");
    assert_has(&report("latex", "dataset"), "\nrun & dataset & runs & loss");
    let csv = report("csv", "latent_dim,seed");
    assert_has(&csv, ",best_epoch,model.latent_dim,experiment.seed,loss,val_loss,val_mse,");
    let page = report("html", "dataset").trim().to_owned();
    let page = place.text(page);
    let start = "<th class=\"name\" scope=\"col\">run</th><th class=\"number\" scope=\"col\">val_loss ↓</th>";
    assert_has(&page, start);
    assert_has(&page, "<th scope=\"col\" title=\"data.dataset\">dataset</th><th class=\"number\"");
    assert_has(&page, "\"columns\":[{\"path\":\"data.dataset\",\"label\":\"dataset\"}]");
    place
        .fails(2, &["report", "--keys", "latent_dimm"])
        .tells("no run has a key \"latent_dimm\"; did you mean latent_dim?");
    place.fails(2, &["report", "--keys", "val_loss"]).tells("val_loss is no key of an experiment");
}

#[test]
fn metrics_can_be_chosen_and_experiments_compared_with_one_of_them() {
    let place = Place::new();
    let tests = "[task]\nkind = \"denoise\"\n[evaluate]\nnoise_sigmas = [0.25, 0.5]\n[sweep]";
    let split = "test_limit = 20\nvalidation_split = 0.25";
    let sweep = SWEEP.replace("test_limit = 20", split).replace("[sweep]", tests);
    place.write("sizes.toml", sweep);
    place.succeed(&["sizes.toml", "--quiet"]);
    let report = |format: &str, more: &[&str]| {
        place.succeed(&[&["report", "sizes", "-o", "-", "--format", format], more].concat()).stdout
    };
    let chosen = ["--metrics", "test_psnr,psnr at 0.5", "--baseline", "latent_dim=2"];
    let table = report("md", &chosen);
    let head = "\n| latent\\_dim | runs | test\\_psnr ↑ | test\\_psnr − latent\\_dim=2 (dB) | 95 % interval | \
                psnr at 0.5 ↑ | psnr at 0.5 − latent\\_dim=2 (dB) | 95 % interval |\n";
    assert_has(&table, head);
    assert_has(&table, "\n- test\\_psnr compared with latent\\_dim=2, ");
    assert!(table.contains(" ± ") && table.contains("| – | – |"), "{table}");
    let latex = report("latex", &chosen);
    assert_has(&latex, "\n\\begin{tabular}{rrrrrrrr}\n");
    assert_has(&latex, "% mse ↓ over the test images at each noise level\n\\begin{tabular}{lrrr");
    let csv = report("csv", &chosen);
    assert_has(
        &csv,
        ",model.latent_dim,test_psnr,psnr at 0.5,test_psnr_minus_baseline,test_psnr_minus_",
    );
    assert_has(&report("csv", &[]), ",test_ssim,mse at 0.25,mse at 0.5,parameters,seconds\n");
    let page = report("html", &chosen);
    assert_has(&page, "<th class=\"number\" scope=\"col\">test_psnr − latent_dim=2</th>");
    assert_has(&page, "\"onlyFront\":true");

    let refused = |more: &[&str]| place.fails(2, &[&["report", "sizes"], more].concat());
    refused(&["--metrics", "test_pnsr"])
        .tells("no run has a metric \"test_pnsr\"; did you mean test_psnr?");
    refused(&["--metrics", "sigma"])
        .tells("no run has a metric \"sigma\"; they have loss, val_loss, ");
    refused(&["--baseline", "latent_dim=22"])
        .tells("--baseline \"latent_dim=22\": this report has no such experiment; did you mean latent_dim=2?");
    refused(&["--baseline", "sizes"])
        .tells("--baseline \"sizes\" has several experiments, latent_dim=2 and latent_dim=3: name one of them");
    // By the name with its sweep, too, and by one of its runs.
    assert_has(&report("md", &["--baseline", "sizes/latent_dim=3"]), "− latent\\_dim=3 |");
    assert_has(&report("md", &["--baseline", "latent_dim=3,r1"]), "− latent\\_dim=3 |");
}
