//! One snapshot for each mistake of a sweep that a rule makes.

use super::trial;

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
