//! The nearest neighbours vote.

use super::Probe;

/// Training codes whose distances from a test code are computed together, dimension by dimension.
const BLOCK: usize = 512;

impl Probe {
    /// Share of the test codes whose class is that of most of the `neighbours` training codes nearest to
    /// them, or of all where there are fewer. Nearest is by the Euclidean distance, and of training codes
    /// equally near the first. Of classes with equally many votes the one of the nearest neighbour counts.
    pub fn knn_accuracy(&self, neighbours: usize) -> f64 {
        let blocks = self.blocks();
        self.accuracy(|code, label| {
            let mut nearest = Nearest::new(neighbours);
            let mut distances = [0.0; BLOCK];
            for (block, labels) in blocks.iter().zip(self.train.labels.chunks(BLOCK)) {
                let distances = &mut distances[..labels.len()];
                squared_distances(block, code, distances);
                distances.iter().zip(labels).for_each(|(d, label)| nearest.offer(*d, *label));
            }
            nearest.class() == Some(label)
        })
    }

    /// The training codes, so many at a time: all values of the first dimension, then of the second, ...
    fn blocks(&self) -> Vec<Vec<f32>> {
        let blocks = self.train.codes.chunks(BLOCK * self.dim);
        let turned = |block: &[f32]| {
            let dimension = |index| block.iter().skip(index).step_by(self.dim).copied();
            (0..self.dim).flat_map(dimension).collect()
        };
        blocks.map(turned).collect()
    }
}

/// The squares of the distances of a code from those of a block; infinite where they are that large.
fn squared_distances(block: &[f32], code: &[f32], sums: &mut [f32]) {
    sums.fill(0.0);
    for (values, own) in block.chunks_exact(sums.len()).zip(code) {
        for (sum, other) in sums.iter_mut().zip(values) {
            let difference = own - other;
            *sum += difference * difference;
        }
    }
}

/// The training codes nearest to a test code among those that it was offered.
struct Nearest {
    wanted: usize,
    /// Distance and class, the nearest first, of equal distances the one that came first.
    found: Vec<(f32, u16)>,
}

impl Nearest {
    fn new(wanted: usize) -> Self {
        Self { wanted: wanted.max(1), found: Vec::new() }
    }

    fn offer(&mut self, distance: f32, class: u16) {
        let full = self.found.len() == self.wanted;
        if full && self.found.last().is_some_and(|(furthest, _)| distance >= *furthest) {
            return;
        }
        let place = self.found.partition_point(|(known, _)| *known <= distance);
        self.found.insert(place, (distance, class));
        self.found.truncate(self.wanted);
    }

    /// The class of most of them, of equals the nearer.
    fn class(&self) -> Option<u16> {
        let mut classes: Vec<u16> = self.found.iter().map(|(_, class)| *class).collect();
        classes.sort_unstable();
        let votes = |class: u16| {
            classes.partition_point(|c| *c <= class) - classes.partition_point(|c| *c < class)
        };
        let most = classes.iter().map(|class| votes(*class)).max()?;
        let mut from_nearest = self.found.iter().map(|(_, class)| *class);
        from_nearest.find(|class| votes(*class) == most)
    }
}
