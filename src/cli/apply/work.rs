//! Reads images, runs them through the network and writes the results, one part at a time.

use super::{
    super::{
        args::ApplyArgs,
        exit::{Failure, Result},
        output,
        trained::Trained,
    },
    baseline::Baseline,
    names::{Names, TABLE},
    sources::Source,
};
use crate::{
    arch::Size,
    data::{
        gray,
        image_folder::{self, Fitted},
        noise,
    },
    figures::to_image,
    nn::Network,
    png,
    record::atomic,
    rng::{Purpose, stream},
    spec::{Fit, Noise, Task},
    train::{
        Inference,
        metric::{Meter, Quality},
    },
};
use image::{GrayImage, Luma};
use rayon::prelude::*;
use std::{
    ops::Range,
    path::{Path, PathBuf},
};

/// What to do with the images.
pub struct Work<'a> {
    /// The run.
    pub trained: &'a Trained,
    /// Its network.
    pub network: &'a dyn Network,
    /// The noise to add first.
    pub corrupt: Option<&'a Noise>,
    /// How to read the images, and where the results go.
    pub args: &'a ApplyArgs,
    /// The images to read.
    pub sources: &'a [Source],
    /// The errors of the run's test images; `None` unless asked for.
    pub baseline: Option<&'a Baseline>,
    /// Names of the results.
    pub names: &'a [Names],
}

/// An image as it was read.
struct Input {
    /// The image at the size of the run's own.
    image: Vec<f32>,
    /// The network's input, if it differs from the image.
    seen: Option<Vec<f32>>,
    /// What was done to the file's image for its size and channels.
    fitted: Fitted,
}

/// A processed image. Values are channels-last; those of the image are in [0, 1].
pub struct Done {
    /// The image, resized to the size of the run's own images.
    pub image: Vec<f32>,
    /// The network's input, if it differs from the image.
    pub seen: Option<Vec<f32>>,
    /// The network's output.
    pub output: Vec<f32>,
    /// How close the output is to the image.
    pub quality: Quality,
    /// The image's code; empty unless asked for.
    pub code: Vec<f32>,
    /// What was done to the file's image for its size and channels.
    pub fitted: Fitted,
}

impl Work<'_> {
    /// Returns how many images [`Self::part`] should get at a time.
    pub fn part_len(&self) -> usize {
        self.size().at_once(256)
    }

    /// Returns the size of the output images.
    pub fn size(&self) -> Size {
        self.trained.experiment.output_size()
    }

    /// Returns the size of the input images.
    pub fn seen_size(&self) -> Size {
        self.trained.experiment.input_size()
    }

    /// Processes the images of `range` on all threads of the current pool. Returns, for each image, the
    /// result or the reason why it cannot be read.
    pub fn part(&self, range: Range<usize>) -> Result<Vec<std::result::Result<Done, String>>> {
        let read: Vec<_> = range.clone().into_par_iter().map(|index| self.read(index)).collect();
        let readable: Vec<&Input> = read.iter().filter_map(|read| read.as_ref().ok()).collect();
        let mut inputs = Vec::with_capacity(readable.len() * self.seen_size().len());
        for input in &readable {
            inputs.extend_from_slice(input.seen.as_ref().unwrap_or(&input.image));
        }
        let inference = Inference::new(self.network, &self.trained.arch);
        let outputs = inference.reconstruct(&inputs, readable.len())?;
        if !outputs.iter().all(|value| value.is_finite()) {
            return Err(Failure::failed(format!(
                "the network of {} gives non-finite values with its {} weights; its status \
                 is {}",
                self.trained.folder.display(),
                self.trained.weights,
                self.trained.info.status
            )));
        }
        let codes =
            if self.args.codes { inference.encode(&inputs, readable.len())? } else { Vec::new() };
        let mut outputs = outputs.chunks_exact(self.size().len().max(1));
        let mut codes = codes.chunks_exact(self.trained.arch.latent_dim.max(1));
        let made = read.into_iter().map(|read| {
            let input = read?;
            let output = outputs.next().unwrap_or_default().to_vec();
            Ok((input, output, codes.next().unwrap_or_default().to_vec()))
        });
        let made: Vec<std::result::Result<_, String>> = made.collect();
        // From the first result on, the table marks this as a folder of results, so that it is never read as
        // data, even if this process is killed before it writes the table.
        if made.iter().any(std::result::Result::is_ok) && !self.args.out.join(TABLE).exists() {
            self.save(Path::new(TABLE), b"")?;
        }
        let meter = Meter::new(self.size());
        let done = range.into_par_iter().zip(made).map(|(index, made)| match made {
            Ok((input, output, code)) => self.finish(index, input, output, code, &meter).map(Ok),
            Err(reason) => Ok(Err(reason)),
        });
        done.collect()
    }

    /// Measures and writes the result for an image.
    fn finish(
        &self,
        index: usize,
        Input { mut image, mut seen, fitted }: Input,
        mut output: Vec<f32>,
        code: Vec<f32>,
        meter: &Meter,
    ) -> Result<Done> {
        if self.args.invert {
            // Back to the brightness of the user's images.
            [Some(&mut image), Some(&mut output), seen.as_mut()]
                .into_iter()
                .flatten()
                .for_each(|values| invert(values));
        }
        let quality = meter.measure(&output, &image);
        let done = Done { image, seen, output, quality, code, fitted };
        self.write(index, &done)?;
        Ok(done)
    }

    /// Returns the paths of an image and its output.
    pub fn paths(&self, index: usize) -> [PathBuf; 2] {
        [self.sources[index].path.clone(), self.args.out.join(&self.names[index].output)]
    }

    /// Reads an image and prepares the network's input.
    fn read(&self, index: usize) -> std::result::Result<Input, String> {
        let experiment = &self.trained.experiment;
        // The default, unless the data set is a folder of images.
        let fit: Fit = experiment.data.fit;
        let path = &self.sources[index].path;
        let (pixels, fitted) = image_folder::read_fitted(path, self.size(), fit)?;
        let mut image: Vec<f32> = pixels.iter().map(|&pixel| f32::from(pixel) / 255.0).collect();
        if self.args.invert {
            invert(&mut image);
        }
        let seen = match (&experiment.task, self.corrupt) {
            (Task::Colorize, _) => Some(gray(&image).collect()),
            (_, Some(noise)) => {
                let seed = experiment.meta.seed;
                let mut rng = stream(seed, Purpose::TestNoise, 0, index as u64);
                let mut seen = image.clone();
                noise::corrupt(noise, &mut rng, self.size(), &mut seen);
                Some(seen)
            }
            _ => None,
        };
        Ok(Input { image, seen, fitted })
    }

    fn write(&self, index: usize, done: &Done) -> Result<()> {
        let names = &self.names[index];
        self.save(&names.output, &encode(&done.output, self.size())?)?;
        if let (Some(name), Some(seen)) = (&names.corrupted, &done.seen) {
            self.save(name, &encode(seen, self.seen_size())?)?;
        }
        Ok(())
    }

    /// Writes a result under `name`.
    pub fn save(&self, name: &Path, bytes: &[u8]) -> Result<()> {
        output::write(&self.args.out.join(name), |path| atomic::write(path, bytes))
    }
}

fn invert(values: &mut [f32]) {
    for value in values {
        *value = 1.0 - *value;
    }
}

/// Encodes an image as PNG, gray if it has one channel.
fn encode(values: &[f32], size: Size) -> Result<Vec<u8>> {
    let image = to_image(values, size);
    Ok(if size.channels == 1 {
        let gray = |x, y| Luma([image.get_pixel(x, y).0[0]]);
        png::encode(&GrayImage::from_fn(image.width(), image.height(), gray))?
    } else {
        png::encode(&image)?
    })
}
