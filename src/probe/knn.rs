//! k-nearest-neighbour classification of codes.

use super::Probe;

/// Number of training codes whose distances from a test code are computed together, dimension by dimension.
const BLOCK: usize = 512;

impl Probe {
    /// Returns the share of test codes whose class is the majority among the `neighbours` nearest training
    /// codes, or among all if there are fewer. Distances are Euclidean; of equally near training codes, the
    /// first counts, and of classes with equal votes, the one with the nearest neighbour.
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

    /// Transposes the training codes in blocks: all values of the first dimension, then of the second, ...
    fn blocks(&self) -> Vec<Vec<f32>> {
        let blocks = self.train.codes.chunks(BLOCK * self.dim);
        let turned = |block: &[f32]| {
            let dimension = |index| block.iter().skip(index).step_by(self.dim).copied();
            (0..self.dim).flat_map(dimension).collect()
        };
        blocks.map(turned).collect()
    }
}

/// Computes the squared distances of a code from those of a block; they may overflow to infinity.
fn squared_distances(block: &[f32], code: &[f32], sums: &mut [f32]) {
    sums.fill(0.0);
    for (values, own) in block.chunks_exact(sums.len()).zip(code) {
        for (sum, other) in sums.iter_mut().zip(values) {
            let difference = own - other;
            *sum += difference * difference;
        }
    }
}

/// The training codes nearest to a test code, among those offered.
struct Nearest {
    wanted: usize,
    /// Distance and class, from nearest to furthest; equal distances in the order offered.
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

    /// Returns the class with the most votes, the nearer one of equals.
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
