//! One snapshot for each mistake in `[sweep]`.

use super::trial;

const LOSSES: &str = "\"train.loss\" = [\"mse\", { mse = 0.5, ssim = 0.5 }]\n";
const OPTIMIZERS: &str = "[sweep]\n\"train.optimizer.kind\" = [\"adam\", \"sgd\"]\n";

mistake!(sweep_over_an_unknown_key, trial("[sweep]\n\"task.noise.sgima\" = [0.5]\n"));
mistake!(sweep_over_a_bare_key, trial("[sweep]\nsigma = [0.5]\n"));
mistake!(sweep_without_quotes, trial("[sweep]\ntask.noise.sigma = [0.5]\n"));
mistake!(sweep_over_a_single_value, trial("[sweep]\n\"train.epochs\" = 3\n"));
mistake!(
    sweep_over_a_single_value_of_lists,
    trial("[sweep]\n\"data.image_size\" = 16\n\"model.filters\" = [8]\n")
);
mistake!(sweep_over_nothing, trial("[sweep]\n\"train.epochs\" = []\n"));
mistake!(sweep_with_a_wrong_value, trial("[sweep]\n\"train.epochs\" = [1, 0, \"x\"]\n"));
mistake!(
    sweep_with_a_value_twice,
    trial("[sweep]\n\"train.optimizer.learning_rate\" = [1, 0.5, 1.0]\n")
);
mistake!(
    sweep_over_a_table_and_its_key,
    trial(
        "[sweep]\n\"train.schedule\" = [{ kind = \"constant\" }]\n\"train.schedule.kind\" = [\"cosine\"]\n"
    )
);
mistake!(
    sweep_including_a_table_and_its_key,
    trial(
        "[sweep]\n\"model.latent_dim\" = [1, 2]\ninclude = [{ \"model.latent_dim\" = 1, \"model\" = { latent_dim = 3 } }]\n"
    )
);
mistake!(
    sweep_point_of_impossible_shapes,
    trial(
        "[model]\nstrides = [2, 2]\n[sweep]\n\"model.filters\" = [[8, 16], [8, 16, 32]]\n\"train.epochs\" = [1, 2]\n"
    )
);
mistake!(
    sweep_point_of_another_kind,
    trial(
        "[sweep]\n\"task.kind\" = [\"reconstruct\", \"denoise\"]\n\"task.noise.sigma\" = [0.5, 1.0]\n"
    )
);
mistake!(
    sweep_zip_of_different_lengths,
    trial("[sweep]\nzip = { \"model.latent_dim\" = [2, 3], \"train.epochs\" = [1] }\n")
);
mistake!(
    sweep_rule_without_a_kind,
    trial("[sweep]\n\"model.latent_dim\" = { from = 2, to = 3 }\n")
);
mistake!(
    sweep_rule_that_lacks_a_key,
    trial("[sweep]\n\"model.latent_dim\" = { kind = \"range\", from = 2, to = 3 }\n")
);
mistake!(
    sweep_rule_with_a_misspelt_kind,
    trial("[sweep]\n\"model.latent_dim\" = { kind = \"linspce\", from = 2, to = 3 }\n")
);
mistake!(
    sweep_rule_that_leads_nowhere,
    trial("[sweep]\n\"model.latent_dim\" = { kind = \"range\", from = 2, to = 3, step = -1 }\n")
);
mistake!(
    random_sweep_without_a_count,
    trial("[sweep]\nrandom = { \"model.latent_dim\" = [2, 3] }\n")
);
mistake!(
    random_sweep_with_a_wrong_count,
    trial("[sweep]\nrandom = { count = -3, \"model.latent_dim\" = [2, 3] }\n")
);
mistake!(
    random_sweep_of_too_few_values,
    trial("[sweep]\nrandom = { count = 3, \"model.latent_dim\" = [2, 3] }\n")
);
mistake!(
    exclude_of_a_key_that_is_not_swept,
    trial("[sweep]\n\"train.epochs\" = [1]\nexclude = [{ \"model.latent_dim\" = 2 }]\n")
);
mistake!(
    exclude_of_a_value_that_does_not_occur,
    trial(
        "[sweep]\n\"train.optimizer.learning_rate\" = { kind = \"linspace\", from = 0.1, to = 0.5, count = 5 }\nexclude = [{ \"train.optimizer.learning_rate\" = 0.3 }, { \"train.optimizer.learning_rate\" = 0.35 }]\n"
    )
);
mistake!(
    exclude_of_nothing,
    trial("[sweep]\n\"model.latent_dim\" = [2, 3]\nexclude = [{ \"model.latent_dim\" = 2 }, {}]\n")
);
mistake!(
    random_sweep_over_a_range_beyond_64_bits,
    trial(
        "[sweep]\nrandom = { count = 3, \"train.optimizer.learning_rate\" = { kind = \"uniform\", from = -1e308, to = 1e308 }, \"model.latent_dim\" = { kind = \"integer\", from = -2, to = 9223372036854775807 } }\n"
    )
);
mistake!(
    exclude_of_values_that_do_not_occur_together,
    trial(
        "[sweep]\nzip = { \"model.latent_dim\" = [2, 3], \"train.epochs\" = [1, 2] }\nexclude = [{ \"model.latent_dim\" = 2, \"train.epochs\" = 2 }]\n"
    )
);
mistake!(
    sweep_of_a_key_twice,
    trial(
        "[sweep]\n\"train.epochs\" = [1]\nzip = { \"train.epochs\" = [2], \"model.latent_dim\" = [2] }\n"
    )
);
mistake!(
    sweep_pruned_by_an_unknown_metric,
    trial("[sweep]\n\"train.epochs\" = [1]\nprune = { kind = \"median\", metric = \"val_los\" }\n")
);
mistake!(
    sweep_of_blocks_with_a_bad_point,
    trial(
        "[[sweep.blocks]]\n\"model.latent_dim\" = [2]\n[[sweep.blocks]]\n\"model.strides\" = [[1, 2, 3]]\n"
    )
);
mistake!(
    sweep_of_too_many_points,
    trial(&format!(
        "[sweep]\n\"experiment.seed\" = {:?}\n\"train.epochs\" = {:?}\nrepeats = 100\n",
        (0..100).collect::<Vec<_>>(),
        (1..=100).collect::<Vec<_>>()
    ))
);
mistake!(
    sweep_with_everything_excluded,
    trial(
        "[sweep]\n\"model.latent_dim\" = [2, 4]\nexclude = [{ \"model.latent_dim\" = 2 }, { \"model.latent_dim\" = 4 }]\n"
    )
);
mistake!(
    sweep_over_tables_with_a_wrong_key,
    trial("[sweep]\n\"task.noise\" = [{ kind = \"masking\", fraction = 0.3 }]\n")
);
mistake!(
    sweep_rule_with_a_key_of_another_kind,
    trial(
        "[sweep]\n\"train.epochs\" = { kind = \"geomspace\", from = 1, to = 9, count = 3, base = 2 }\n"
    )
);
mistake!(
    sweep_over_a_key_that_an_argument_sets,
    trial("[sweep]\n\"train.epochs\" = [1, 2]\n").set("train.epochs=3")
);
mistake!(
    sweep_whose_argument_is_wrong,
    trial("[task]\nkind = \"denoise\"\n[sweep]\n\"task.noise.sigma\" = [0.25, 0.5]\n")
        .set("sweep.\"task.noise.sigma\"=0.7")
);
mistake!(repeats_of_zero, trial("[sweep]\nrepeats = 0\n"));
mistake!(
    repeats_beyond_the_last_seed,
    trial("[experiment]\nseed = 9223372036854775807\n[sweep]\nrepeats = 2\n")
);

mistake!(runs_of_different_losses_compared_by_loss, trial(&format!("[sweep]\n{LOSSES}")));
mistake!(
    runs_of_different_losses_pruned_by_loss,
    trial(&format!(
        "[sweep]\n{LOSSES}metric = \"val_psnr\"\nprune = {{ kind = \"halving\", metric = \"val_loss\" }}\n"
    ))
);
mistake!(
    seed_that_repeats_reach_twice,
    trial("[sweep]\n\"experiment.seed\" = [1, 2]\nrepeats = 2\n")
);
mistake!(
    argument_lost_to_another_kind,
    trial(OPTIMIZERS).set("train.optimizer.learning_rate=1e-4")
);
mistake!(
    variable_of_a_key_that_is_swept,
    trial("[sweep]\n\"train.epochs\" = [1, 2]\n").env("RUNNER_TRAIN__EPOCHS", "3")
);
mistake!(
    prune_without_a_kind,
    trial("[sweep]\nprune = { warmup = 2 }\n\"train.epochs\" = [1, 2]\nretries = 1\n")
);
mistake!(
    random_rule_without_an_end,
    trial(
        "[sweep]\nrandom = { count = 2, \"train.epochs\" = { kind = \"integer\", from = 2 }, \"model.latent_dim\" = { from = 2, to = 3 } }\n"
    )
);
mistake!(
    sweep_over_losses_of_misspelt_names,
    trial("[sweep]\nmetric = \"val_mse\"\n\"train.loss\" = [\"mse\", { msee = 1.0 }]\n")
);
mistake!(
    random_blocks_with_different_mistakes,
    trial(
        "[[sweep.blocks]]\nrandom = { count = 0, \"train.epochs\" = [1, 2] }\n[[sweep.blocks]]\nrandom = { \"model.latent_dim\" = [2, 3] }\n"
    )
);

mistake!(
    sweep_over_what_does_not_affect_training,
    trial(
        "[sweep]\nrepeats = 2\n\"experiment.description\" = [\"a\", \"b\", \"c\"]\n\"evaluate.codes\" = [true, false]\nzip = { \"data.verify\" = [true, false], \"figures.scale\" = [1, 2] }\n\"train.epochs\" = [1, 2]\n"
    )
);
mistake!(
    sweep_over_values_that_mean_the_same,
    trial(
        "[sweep]\n\"train.loss\" = [\"mse\", { mse = 1.0 }]\n\"train.checkpoint\" = [{ every = 1 }, { every = 2 }]\n\"experiment.device\" = [\"cuda\", \"cuda:1\"]\n"
    )
);
mistake!(
    blocks_that_share_the_defaults,
    trial(
        "[[sweep.blocks]]\n\"model.latent_dim\" = [8, 16]\n[[sweep.blocks]]\n\"train.batch_size\" = [32, 64]\n[[sweep.blocks]]\n\"experiment.seed\" = { kind = \"range\", from = 1336, to = 1337, step = 1 }\n"
    )
);
