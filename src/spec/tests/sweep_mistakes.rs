//! One snapshot for each mistake of a sweep that its points make together, or that a rule makes.

use super::trial;

const LOSSES: &str = "\"train.loss\" = [\"mse\", { mse = 0.5, ssim = 0.5 }]\n";
const OPTIMIZERS: &str = "[sweep]\n\"train.optimizer.kind\" = [\"adam\", \"sgd\"]\n";

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
    argument_that_another_kind_loses,
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
    blocks_by_chance_that_lack_different_things,
    trial(
        "[[sweep.blocks]]\nrandom = { count = 0, \"train.epochs\" = [1, 2] }\n[[sweep.blocks]]\nrandom = { \"model.latent_dim\" = [2, 3] }\n"
    )
);
