use super::*;
use crate::{
    arch::{Activations, ConvBlock, Size},
    figures::{drawing::tests::assert_inside, style::WHITE},
};

fn functions() -> Activations {
    let (hidden, latent) = (Activation::Relu, Activation::Linear);
    Activations { hidden, latent, output: Activation::Sigmoid }
}

fn network(blocks: usize) -> Architecture {
    let block = |i| ConvBlock { filters: 32_usize << (i % 4), kernel: 3, stride: 2 };
    let blocks: Vec<_> = (0..blocks).map(block).collect();
    Architecture::conv(Size::new(28, 28, 1), 1, &blocks, 16, functions())
}

#[test]
fn the_svg_contains_every_layer_and_count() {
    let svg = diagram(&network(2), "<AE>").svg();
    for words in
        ["&lt;AE&gt;", "conv0", "deconv1", "(14, 14, 32)", "320 parameters", "178,001 parameters"]
    {
        assert!(svg.contains(words), "{words} in {svg}");
    }
}

#[test]
fn nothing_leaves_the_diagram_whatever_the_depth() {
    for blocks in [0, 1, 2, 9] {
        assert_inside(&diagram(&network(blocks), &"A long title ".repeat(9)));
    }
}

#[test]
fn dense_networks_and_empty_titles_are_drawn_too() {
    let network = Architecture::mlp(Size::new(8, 8, 3), 3, &[100, 50], 2, functions());
    let image = diagram(&network, "").render();
    assert!(image.width() > 1000 && image.pixels().any(|p| *p != WHITE));
}
