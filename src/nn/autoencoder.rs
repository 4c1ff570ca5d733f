//! The autoencoder: an encoder and a decoder whose types match.

use super::{
    block::{Block, BuildError, Builder},
    held::{self, Pass},
    network::{Accumulator, LossFn, Network, NetworkError},
    pool,
    tape::PassTape,
    weight::Parameter,
};
use crate::{arch::Architecture, ops::Family};
use dfdx::{
    nn::Module,
    shapes::{Dim, HasShape, Shape},
    tensor::{Cpu, CpuError, NoneTape, PutTape, SplitTape, Tensor},
};
use std::marker::PhantomData;

type Images<H, W, C, T> = Tensor<(usize, H, W, C), f32, Cpu, T>;
type Codes<L, T> = Tensor<(usize, L), f32, Cpu, T>;

/// A block that maps (batch, H, W, C) to (batch, L), with or without a tape.
pub trait Encoder<H: Dim, W: Dim, C: Dim, L: Dim>:
    Block
    + Module<Images<H, W, C, NoneTape>, Output = Codes<L, NoneTape>, Error = CpuError>
    + Module<Images<H, W, C, PassTape>, Output = Codes<L, PassTape>, Error = CpuError>
{
}

impl<H: Dim, W: Dim, C: Dim, L: Dim, B> Encoder<H, W, C, L> for B where
    B: Block
        + Module<Images<H, W, C, NoneTape>, Output = Codes<L, NoneTape>, Error = CpuError>
        + Module<Images<H, W, C, PassTape>, Output = Codes<L, PassTape>, Error = CpuError>
{
}

/// A block that maps (batch, L) to (batch, H, W, C), with or without a tape.
pub trait Decoder<H: Dim, W: Dim, C: Dim, L: Dim>:
    Block
    + Module<Codes<L, NoneTape>, Output = Images<H, W, C, NoneTape>, Error = CpuError>
    + Module<Codes<L, PassTape>, Output = Images<H, W, C, PassTape>, Error = CpuError>
{
}

impl<H: Dim, W: Dim, C: Dim, L: Dim, B> Decoder<H, W, C, L> for B where
    B: Block
        + Module<Codes<L, NoneTape>, Output = Images<H, W, C, NoneTape>, Error = CpuError>
        + Module<Codes<L, PassTape>, Output = Images<H, W, C, PassTape>, Error = CpuError>
{
}

/// An autoencoder from (batch, H, W, I) via (batch, L) to (batch, H, W, O).
///
/// The bounds on `E` and `D` prove that the shapes fit together. With `usize` dimensions they prove
/// nothing, and [`Sequence`](super::Sequence) checks at run time.
#[derive(Debug, Clone)]
pub struct Autoencoder<H: Dim, W: Dim, I: Dim, O: Dim, L: Dim, E, D> {
    input: (H, W, I),
    latent: L,
    encoder: E,
    decoder: D,
    output: PhantomData<O>,
}

impl<H: Dim, W: Dim, I: Dim, O: Dim, L: Dim, E, D> Autoencoder<H, W, I, O, L, E, D> {
    /// Builds the network of `arch` with all weights 0, running on the kernels of `family`.
    ///
    /// # Errors
    /// When the sizes of `arch` do not match the type.
    pub fn build(arch: &Architecture, family: Family) -> Result<Self, BuildError>
    where
        // On the impl, rustc would only say that `build` exists but its bounds are not satisfied.
        E: Encoder<H, W, I, L>,
        D: Decoder<H, W, O, L>,
    {
        let dims = || {
            let input = &arch.input;
            Some((
                (
                    H::from_size(input.height)?,
                    W::from_size(input.width)?,
                    I::from_size(input.channels)?,
                ),
                O::from_size(arch.output.channels)?,
                L::from_size(arch.latent_dim)?,
            ))
        };
        let mismatch = || BuildError::Mismatch { name: "input".into(), op: arch.input.to_string() };
        let (input, _, latent) = dims().ok_or_else(mismatch)?;
        let mut encoder = Builder::new(&arch.encoder, family, true);
        let mut decoder = Builder::new(&arch.decoder, family, false);
        let network = Self {
            input,
            latent,
            encoder: E::build(&mut encoder)?,
            decoder: D::build(&mut decoder)?,
            output: PhantomData::<O>,
        };
        match encoder.left() + decoder.left() {
            0 => Ok(network),
            _ => Err(BuildError::TooManyLayers),
        }
    }

    fn images(
        &self,
        values: Vec<f32>,
        batch: usize,
    ) -> Result<Images<H, W, I, NoneTape>, CpuError> {
        let (height, width, channels) = self.input;
        held::hold(pool::share(values), (batch, height, width, channels), None)
    }
}

impl<H: Dim, W: Dim, I: Dim, O: Dim, L: Dim, E, D> Network for Autoencoder<H, W, I, O, L, E, D>
where
    E: Encoder<H, W, I, L>,
    D: Decoder<H, W, O, L>,
{
    fn visit<'a>(&'a self, f: &mut dyn FnMut(&'a dyn Parameter)) {
        self.encoder.visit(f);
        self.decoder.visit(f);
    }

    fn visit_mut<'a>(&'a mut self, f: &mut dyn FnMut(&'a mut dyn Parameter)) {
        self.encoder.visit_mut(f);
        self.decoder.visit_mut(f);
    }

    fn accumulate(
        &self,
        input: Vec<f32>,
        batch: usize,
        loss: &mut LossFn<'_>,
        accumulator: &mut Accumulator,
    ) -> Result<f64, NetworkError> {
        let _pass = Pass::begin();
        let gradients = &mut accumulator.gradients;
        let pass = || {
            let images = self.images(input, batch)?.put_tape(PassTape::default());
            let output = self.decoder.try_forward(self.encoder.try_forward(images)?)?;
            let (output, tape) = output.split_tape();
            let mut gradient = pool::take(output.shape().num_elements());
            let value = loss(&held::values(&output), &mut gradient);
            held::add_gradient(gradients, &output, gradient)?;
            tape.run(gradients)?;
            gradients.drop_non_leafs();
            Ok(value)
        };
        let value = pass();
        // Also after a failed pass: its factors must not be mistaken for those of this thread's next pass.
        accumulator.collect();
        value
    }

    fn encode(&self, input: Vec<f32>, batch: usize) -> Result<Vec<f32>, NetworkError> {
        let _pass = Pass::begin();
        Ok(owned(&self.encoder.try_forward(self.images(input, batch)?)?))
    }

    fn decode(&self, codes: Vec<f32>, batch: usize) -> Result<Vec<f32>, NetworkError> {
        let _pass = Pass::begin();
        let codes = held::hold(pool::share(codes), (batch, self.latent), None)?;
        Ok(owned(&self.decoder.try_forward(codes)?))
    }
}

/// Copies a tensor's values.
fn owned<S: Shape>(tensor: &Tensor<S, f32, Cpu>) -> Vec<f32> {
    held::values(tensor).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        arch::{Activation, Activations, Size},
        nn::{Dense, Flatten, Reshape},
    };

    type Layer = Dense<usize, usize>;
    type Image = Reshape<usize, usize, usize>;
    type Network<E, D> = Autoencoder<usize, usize, usize, usize, usize, E, D>;

    #[test]
    fn a_type_with_another_number_of_layers_than_the_architecture_is_refused() {
        let function = Activation::Linear;
        let functions = Activations { hidden: function, latent: function, output: function };
        let arch = Architecture::mlp(Size::new(2, 2, 1), 1, &[3], 1, functions);
        let family = Family::Portable;
        let as_many =
            Network::<(Flatten, Layer, Layer), (Layer, Layer, Image)>::build(&arch, family);
        assert!(as_many.is_ok());
        let fewer = Network::<(Flatten, Layer), (Layer, Layer, Image)>::build(&arch, family);
        assert_eq!(fewer.err(), Some(BuildError::TooManyLayers));
        let more =
            Network::<(Flatten, Layer, Layer, Layer), (Layer, Layer, Image)>::build(&arch, family);
        assert_eq!(more.err(), Some(BuildError::TooFewLayers));
    }
}
