//! One snapshot for each kind of bad input.

use super::{Case, trial};
use std::path::Path;

fn denoise(noise: &str) -> Case {
    trial(&format!("[task]\nkind = \"denoise\"\nnoise = {{ {noise} }}\n"))
}

mistake!(misspelt_key, trial("[train]\nepohcs = 3\n"));
mistake!(key_with_control_characters, trial("[train]\n\"\\u001b[31mred\\n\" = 3\n"));
mistake!(misspelt_section, trial("[trian]\nepochs = 3\n"));
mistake!(key_of_another_section, trial("[experiment]\nepochs = 3\n"));
mistake!(key_without_a_similar_one, trial("[task]\nkind = \"denoise\"\nfrobnicate = 3\n"));
mistake!(key_of_another_kind, trial("[task]\nkind = \"reconstruct\"\nnoise = { sigma = 0.5 }\n"));
mistake!(key_of_another_kind_than_the_default, trial("[task.noise]\nsigma = 0.5\n"));
mistake!(misspelt_kind, trial("[train]\noptimizer = { kind = \"adma\", learning_rate = 1e-4 }\n"));
mistake!(kind_of_the_wrong_type, trial("[task]\nkind = 3\n"));
mistake!(misspelt_enum_value, trial("[data]\ndataset = \"Fashion-MNIST\"\n"));
mistake!(enum_value_without_a_similar_one, trial("[data]\ndataset = \"imagenet\"\n"));
mistake!(misspelt_metric, trial("[train.early_stopping]\nmetric = \"psnr\"\n"));
mistake!(misspelt_activation, trial("[model]\nactivation = \"relo\"\n"));
mistake!(string_for_an_integer, trial("[train]\nepochs = \"ten\"\n"));
mistake!(quoted_number, trial("[train]\nepochs = \"10\"\n"));
mistake!(quoted_switch, trial("[train]\nshuffle = \"false\"\n"));
mistake!(float_for_an_integer, trial("[train]\nepochs = 1.0\n"));
mistake!(fraction_for_an_integer, trial("[train]\nepochs = 1.5\n"));
mistake!(date_for_a_string, trial("[experiment]\nname = 2026-01-01\n"));
mistake!(integer_below_its_range, trial("[train]\nepochs = 0\n"));
mistake!(integer_above_its_range, trial("[train]\nbatch_size = 100000\n"));
mistake!(more_images_than_memory_holds, trial("[data]\ntrain_limit = 10000000000\n"));
mistake!(negative_seed, trial("[experiment]\nseed = -1\n"));
mistake!(number_below_its_range, trial("[task]\nkind = \"denoise\"\nnoise.sigma = -0.5\n"));
mistake!(number_above_its_range, trial("[data]\nvalidation_split = 1\n"));
mistake!(not_a_number, trial("[train.optimizer]\nlearning_rate = nan\n"));
mistake!(infinite_number, trial("[evaluate]\nnoise_sigmas = [0.5, inf]\n"));
mistake!(misspelt_probe, trial("[evaluate]\nprobe = [\"knn\", \"lineer\"]\n"));
mistake!(no_neighbours, trial("[evaluate]\nprobe = [\"knn\"]\nprobe_neighbours = 0\n"));
mistake!(
    choosing_by_a_final_metric,
    trial(
        "[train]\ncheckpoint.metric = \"test_psnr\"\n[train.early_stopping]\nmetric = \"knn_accuracy\"\n"
    )
);
mistake!(epsilon_that_underflows_in_f32, trial("[train.optimizer]\nepsilon = 1e-50\n"));
mistake!(beta_of_one, trial("[train.optimizer]\nbeta2 = 1.0\n"));
mistake!(empty_list, trial("[model]\nfilters = []\n"));
mistake!(zero_filters, trial("[model]\nfilters = [32, 0]\n"));
mistake!(zero_stride, trial("[model]\nstrides = 0\n"));
mistake!(fractional_stride, trial("[model]\nstrides = 2.0\n"));
mistake!(scalar_for_a_list, trial("[model]\nfilters = 32\n"));
mistake!(
    scalar_for_a_pair,
    trial(
        "[data]\ndataset = \"image_folder\"\nimage_size = 16\n[task]\nkind = \"denoise\"\nnoise.clip = 1\n"
    )
);
mistake!(list_for_a_scalar, trial("[model]\nlatent_dim = [16]\n"));
mistake!(pair_with_three_values, trial("[figures]\ncode_range = [-4, 0, 4]\n"));
mistake!(descending_pair, trial("[figures]\ncode_range = [4, -4]\n"));
mistake!(descending_clip, trial("[task]\nkind = \"denoise\"\nnoise = { clip = [1.0, 0.0] }\n"));
mistake!(descending_range, denoise("sigma = [1.0, 0.25]"));
mistake!(range_of_equal_levels, denoise("kind = \"masking\", amount = [0.5, 0.5]"));
mistake!(negative_range, denoise("sigma = [-0.5, 0.5]"));
mistake!(range_above_one, denoise("kind = \"salt_and_pepper\", amount = [0.5, 2]"));
mistake!(range_of_three_levels, denoise("sigma = [0.25, 0.5, 1.0]"));
mistake!(text_for_a_range, denoise("sigma = \"0.25-1.0\""));
mistake!(name_for_a_table, trial("[train]\noptimizer = \"sgd\"\n"));
mistake!(number_for_a_section, trial("train = 3\n"));
mistake!(double_brackets, trial("[[train]]\nepochs = 3\n"));
mistake!(missing_key_of_a_kind, trial("[train]\nschedule = { kind = \"step\" }\n"));
mistake!(empty_loss, trial("[train]\nloss = {}\n"));
mistake!(misspelt_loss, trial("[train]\nloss = \"msee\"\n"));
mistake!(misspelt_loss_in_a_sum, trial("[train]\nloss = { mse = 1.0, sim = 0.5 }\n"));
mistake!(loss_of_a_misspelt_name_alone, trial("[train]\nloss = { msee = 1.0 }\n"));
mistake!(loss_of_weight_zero, trial("[train]\nloss = { mse = 1.0, ssim = 0 }\n"));
mistake!(
    bce_without_sigmoid,
    trial("[model]\noutput_activation = \"linear\"\n[train]\nloss = \"bce\"\n")
);
mistake!(too_few_strides, trial("[model]\nfilters = [32, 64, 128]\nstrides = [2, 2]\n"));
mistake!(too_many_kernels, trial("[model]\nfilters = [32]\nkernel_size = [3, 5]\n"));
mistake!(too_many_parameters, trial("[model]\nfilters = [1024]\nstrides = 1\nlatent_dim = 1000\n"));
mistake!(
    too_many_parameters_in_an_mlp,
    trial("[model]\nkind = \"mlp\"\nhidden = [65536, 65536]\n")
);
mistake!(
    too_many_activations,
    trial(
        "[data]\ndataset = \"image_folder\"\nimage_size = [1024, 1024]\n[model]\nfilters = [512, 1]\nkernel_size = 1\nstrides = [1, 512]\n"
    )
);
mistake!(
    conv_keys_in_an_mlp,
    trial("[model]\nkind = \"mlp\"\nfilters = [32, 64]\nlatent_dim = 2\n")
);
mistake!(name_unfit_for_a_folder, trial("[experiment]\nname = \"a/b\"\n"));
mistake!(hidden_name, trial("[experiment]\nname = \".hidden\"\n"));
mistake!(unknown_device, trial("[experiment]\ndevice = \"gpu\"\n"));
mistake!(folder_keys_without_a_folder, trial("[data]\ndataset = \"mnist\"\nchannels = 1\n"));
mistake!(two_channels, trial("[data]\ndataset = \"image_folder\"\nchannels = 2\n"));
mistake!(empty_root, trial("[data]\nroot = \"\"\n"));
mistake!(
    colorizing_gray_images,
    trial("[data]\ndataset = \"mnist\"\n[task]\nkind = \"colorize\"\n")
);
mistake!(colorizing_the_default, trial("[task]\nkind = \"colorize\"\n"));
mistake!(
    colorizing_a_gray_folder,
    trial("[data]\ndataset = \"image_folder\"\nchannels = 1\n[task]\nkind = \"colorize\"\n")
);
mistake!(noise_levels_without_noise, trial("[evaluate]\nnoise_sigmas = [0.5]\n"));
mistake!(
    noise_levels_of_masking,
    trial(
        "[task]\nkind = \"denoise\"\nnoise = { kind = \"masking\" }\n[evaluate]\nnoise_sigmas = [0.5]\n"
    )
);
mistake!(
    amounts_of_gaussian_noise,
    trial(
        "[task]\nkind = \"denoise\"\nnoise = { kind = \"gaussian\" }\n[evaluate]\nnoise_amounts = [0.5]\n"
    )
);
mistake!(amounts_without_noise, trial("[evaluate]\nnoise_amounts = [0.5]\n"));
mistake!(
    amounts_above_all_of_the_pixels,
    trial(
        "[task]\nkind = \"denoise\"\nnoise.kind = \"masking\"\n[evaluate]\nnoise_amounts = [0.5, 1.5]\n"
    )
);
mistake!(
    plateau_above_the_learning_rate,
    trial("[train]\nschedule = { kind = \"plateau\", min = 0.01 }\n")
);
mistake!(
    plateau_that_does_not_drop,
    trial("[train]\nschedule = { kind = \"plateau\", factor = 1 }\n")
);
mistake!(
    steps_out_of_order,
    trial("[train]\nschedule = { kind = \"multi_step\", epochs = [20, 10] }\n")
);
mistake!(
    rate_with_three_hundred_zeros,
    trial(
        "[train]\nschedule = { kind = \"polynomial\", end = 1e300 }\noptimizer.learning_rate = 1e-300\n"
    )
);
mistake!(no_steps, trial("[train]\nschedule = { kind = \"multi_step\", epochs = [] }\n"));
mistake!(warm_up_above_one, trial("[train]\nschedule = { kind = \"one_cycle\", warmup = 1.5 }\n"));
mistake!(
    cosine_above_the_learning_rate,
    trial("[train]\nschedule = { kind = \"cosine\", min = 1 }\n")
);
mistake!(
    nesterov_without_momentum,
    trial("[train]\noptimizer = { kind = \"sgd\", nesterov = true }\n")
);
mistake!(clipping_at_zero, trial("[train]\nclip.norm = 0\n"));

mistake!(syntax_error, trial("[train]\nepochs 3\n"));
mistake!(unclosed_string, trial("[experiment]\nname = \"trial\n"));
mistake!(same_key_twice, trial("[train]\nepochs = 3\nepochs = 4\n"));
mistake!(not_utf8, trial("").file("latin1.toml", b"[experiment]\n# caf\xe9\n"));
mistake!(number_too_large_for_toml, trial("[experiment]\nseed = 99999999999999999999\n"));

mistake!(misspelt_key_in_an_argument, trial("").set("train.epohcs=3"));
mistake!(wrong_value_in_an_argument, trial("").set("train.epochs=many"));
mistake!(argument_without_a_value, trial("").set("train.epochs"));
mistake!(argument_without_a_key, trial("").set("=3"));
mistake!(argument_with_broken_toml, trial("").set("model.filters=[32, 64"));
mistake!(extends_in_an_argument, trial("").set("extends=base.toml"));
mistake!(misspelt_key_in_a_variable, trial("").env("RUNNER_TRAIN__EPOHCS", "3"));
mistake!(wrong_value_in_a_variable, trial("").env("RUNNER_TRAIN__EPOCHS", "0"));
mistake!(single_underscore_in_a_variable, trial("").env("RUNNER_TRAIN_EPOCHS", "3"));
mistake!(
    key_into_a_value_of_another_argument,
    trial("")
        .set("model=3")
        .set("model.latent_dim=4")
        .set("train.loss=mae")
        .set("train.loss.ssim=0.5")
);
mistake!(key_into_a_value, trial("").set("train.loss.ssim=0.5"));

mistake!(
    missing_base,
    trial("\nextends = \"bsae.toml\"\n")
        .file("base.toml", "")
        .file("trial.toml", "\nextends = \"bsae.toml\"\n")
);
mistake!(
    circular_bases,
    trial("")
        .file("b/c.toml", "extends = \"../a.toml\"\n")
        .file("b.toml", "extends = \"b/c.toml\"\n")
        .file("a.toml", "extends = \"b.toml\"\n")
);
mistake!(own_base, trial("extends = \"trial.toml\"\n"));
mistake!(base_of_the_wrong_type, trial("extends = [\"a.toml\"]\n"));
mistake!(empty_base, trial("extends = \"\"\n"));
mistake!(
    mistake_in_a_base,
    trial("")
        .file("base.toml", "[train]\nepohcs = 3\n")
        .file("trial.toml", "extends = \"base.toml\"\n[train]\nbatch_size = 0\n")
);

mistake!(
    all_mistakes_in_one_go,
    trial(
        "[experiment]\nname = \"a b\"\n\n[data]\ndataset = \"minst\"\n\n[task]\nkind = \"colorize\"\n\n[model]\nfilters = [32, 64]\nstrides = [2, 2, 2]\n\n[train]\nepochs = 0\nlearning_rate = 0.1\n"
    )
    .env("RUNNER_TRAIN__SHUFFLE", "maybe")
    .set("figures.scale=99")
);
mistake!(tabs_before_the_culprit, trial("[train]\n\tepochs\t=\t0 # none\n"));
mistake!(wide_characters_before_the_culprit, trial("train = { \"漢字\" = 1, epochs = 0 }\n"));
mistake!(windows_line_ends, trial("[train]\r\nepochs = 0\r\n"));
mistake!(byte_order_mark, trial("\u{feff}train = { epochs = 0 }\n"));
mistake!(long_line, trial(&format!("model = {{ filters = [{}0, 1] }}\n", "64, ".repeat(100))));
mistake!(
    array_over_several_lines,
    trial("[model]\nfilters = [\n  32,\n]\nstrides = [\n  2,\n  2,\n]\n")
);

#[test]
fn a_missing_file_suggests_the_nearest_name() {
    let mut case = trial("");
    case.file = case.folder.path().join("trail.toml");
    insta::assert_snapshot!("missing_file", case.wrong());
}

#[test]
fn a_folder_is_not_an_experiment_file() {
    let mut case = trial("");
    case.file = case.folder.path().join("folder.toml");
    std::fs::create_dir(&case.file).expect("a folder");
    insta::assert_snapshot!("folder_for_a_file", case.wrong());
}

#[test]
fn an_empty_path_is_reported() {
    let mut case = trial("");
    case.file = Path::new("").to_owned();
    insta::assert_snapshot!("empty_path", case.wrong());
}

#[test]
fn color_is_added_on_request_and_changes_no_character() {
    let problems = trial("[train]\nepochs = 0\n").load().expect_err("a mistake");
    let colored = problems.render(true);
    assert!(colored.contains("\x1b[1;31m^\x1b[0m"), "{colored:?}");
    let mut plain = colored;
    for code in ["\x1b[1;31m", "\x1b[1;34m", "\x1b[1m", "\x1b[0m"] {
        plain = plain.replace(code, "");
    }
    assert_eq!(plain, problems.render(false));
}

#[test]
fn a_location_counts_characters_from_one() {
    let problems = trial("train = { \"漢字\" = 1, epochs = 0 }\n").load().expect_err("a mistake");
    let columns: Vec<_> =
        problems.items().iter().filter_map(|item| item.location.as_ref()).collect();
    assert_eq!(columns[0].column, 11);
    assert_eq!((columns[1].line, columns[1].column), (Some(1), 30));
    assert_eq!(columns[1].culprit, 29..30);
}
