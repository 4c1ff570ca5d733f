//! Habits of other programs, each with what does the same here.

use super::trial;

mistake!(
    keys_of_other_programs,
    trial(
        "[data]\nname = \"mnist\"\npath = \"x\"\n[model]\nlatent = 3\nchannels = [8, 16]\ndropout = 0.1\npadding = \"same\"\nbatch_norm = true\n[train]\nlr = 1\npatience = 3\nmetrics = [\"psnr\"]\nclipnorm = 1\nweight_decay = 1\nextends = \"base.toml\"\noptimizer = { type = \"sgd\", lr = 0.1 }\n[callbacks]\nx = 1\n"
    )
);
mistake!(
    values_of_other_programs,
    trial(
        "[model]\nactivation = \"swish\"\ninitializer = \"xavier_uniform\"\n[train]\nloss = \"binary_crossentropy\"\n[task]\nkind = \"denoise\"\nnoise = { kind = \"normal\" }\n"
    )
);
mistake!(
    networks_and_images_of_other_programs,
    trial(
        "[model]\nskip_connections = true\nunet = true\n[data]\ncolor_space = \"lab\"\naugment = true\n[train]\nschedule = { kind = \"cosine\", warmup = 50 }\n"
    )
    .set("model.kind=vae")
);
mistake!(
    several_runs_without_a_sweep,
    trial("")
        .set("train.epochs=1,2")
        .set("train.optimizer.learning_rate=1e-3,1e-4")
        .set("data.dataset=mnist,cifar10")
        .set("repeats=3")
);
mistake!(
    keys_of_other_programs_in_a_sweep,
    trial(
        "[sweep]\nseeds = [1, 2]\n\"train.lr\" = [1, 2]\nlr = [1, 2]\nlatent_dim = [1, 2]\n\"schedule.patience\" = [1]\npatience = [1, 2]\n\"model.dropout\" = [0.1]\nextends = \"base.toml\"\nzip = { latent_dim = [1], lr = [2], frobnicate = [3] }\n"
    )
);
mistake!(
    arguments_without_brackets,
    trial("")
        .set("model.filters=16,32")
        .set("model.strides=1")
        .set("evaluate.probe=knn")
        .set("train.clip=1.0")
        .set("train.early_stopping=true")
        .set("train.schedule=cosine")
);
mistake!(early_stopping_as_a_number, trial("[train]\nearly_stopping = 3\n"));
mistake!(
    numbers_that_are_none,
    trial(
        "[train]\noptimizer.learning_rate = \"1e400\"\nbatch_size = \"-3\"\nclip.norm = \".5\"\n"
    )
    .set("train.optimizer.epsilon=1e400")
    .set("train.epochs=05")
);
