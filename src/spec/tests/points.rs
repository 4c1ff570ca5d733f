//! What the points of a sweep are together, and what becomes of values that are set from outside.

use super::trial;

#[test]
fn too_few_combinations_are_counted_and_not_looked_for() {
    let start = std::time::Instant::now();
    for (columns, count) in [
        ("\"model.latent_dim\" = [2, 3, 3]", "2"),
        (
            "\"model.latent_dim\" = { kind = \"integer\", from = 1, to = 9 }, \"train.epochs\" = [1, 2]",
            "18",
        ),
        ("\"train.epochs\" = { kind = \"log_uniform\", from = 0.6, to = 5 }", "5"),
    ] {
        let text = format!("[sweep]\nrandom = {{ count = 100000, {columns} }}\n");
        let told = trial(&text).wrong();
        assert!(told.contains(&format!("there are only {count}\n")), "{told}");
    }
    assert!(start.elapsed() < std::time::Duration::from_secs(20), "{:?}", start.elapsed());
    let all = "[sweep]\nrandom = { count = 18, \"model.latent_dim\" = { kind = \"integer\", from = 1, to = 9 }, \"train.epochs\" = [1, 2] }\n";
    assert_eq!(trial(all).ok().points.len(), 18);
}

#[test]
fn a_mistake_in_one_block_does_not_hide_what_another_lacks() {
    let lacks = |count: &str| {
        format!("[[sweep.blocks]]\nrandom = {{ {count}\"model.latent_dim\" = [2, 3] }}\n")
    };
    let told = |text: String| trial(&text).wrong().matches("`random` needs `count`").count();
    assert_eq!(told(lacks("") + &lacks("")), 2);
    assert_eq!(told(lacks("count = 0, ") + &lacks("")), 1);
    assert_eq!(told(lacks("") + &lacks("count = 0, ")), 1);
}
