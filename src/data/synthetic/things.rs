//! The objects in the scenes.

use super::paint::{Color, lit};
use super::scenes::Scene;

const LEAVES: Color = [0.1, 0.4, 0.12];
const FIR: Color = [0.04, 0.28, 0.16];
const TRUNK: Color = [0.36, 0.22, 0.1];
const WALL: Color = [0.95, 0.86, 0.68];
const ROOF: Color = [0.7, 0.2, 0.13];
const WINDOW: Color = [0.16, 0.18, 0.3];
const TYRE: Color = [0.05, 0.05, 0.06];
const GLASS: Color = [0.72, 0.88, 0.95];
const CAR: Color = [0.8, 0.1, 0.12];
const BUS: Color = [0.98, 0.76, 0.08];

impl Scene<'_> {
    /// Paints a round tree whose trunk stands at (`x`, `y`), larger if it is nearer.
    pub(super) fn tree(&mut self, x: f32, y: f32) {
        let size = 0.1 + 0.28 * (y - self.horizon) + self.between(0.0, 0.05);
        let (trunk, leaves) = (self.tint(TRUNK), self.tint(LEAVES));
        self.painting.rectangle((x - 0.16 * size, y - size), (x + 0.16 * size, y), trunk);
        self.painting.ellipse((x, y - 1.45 * size), (0.72 * size, 0.8 * size), leaves);
        let highlight = (x - 0.2 * size, y - 1.7 * size);
        self.painting.ellipse(highlight, (0.35 * size, 0.35 * size), lit(leaves, 1.3));
    }

    /// Paints a fence across the image, with its bar just above `y`.
    pub(super) fn fence(&mut self, y: f32) {
        let wood = self.tint([0.62, 0.45, 0.28]);
        self.painting.rectangle((0.0, y - 0.04), (1.0, y - 0.015), wood);
        for post in 0..7 {
            let x = 0.04 + post as f32 * 0.15;
            self.painting.rectangle((x, y - 0.09), (x + 0.035, y + 0.03), wood);
        }
    }

    /// Paints a house that stands at `y` and extends `half` to either side of `x`.
    pub(super) fn house(&mut self, x: f32, y: f32, half: f32) {
        let height = half * self.between(1.0, 1.5);
        let (wall, roof) = (self.tint(WALL), self.tint(ROOF));
        if self.chance(0.5) {
            let chimney = (x + 0.4 * half, y - height - half);
            self.painting.rectangle(chimney, (x + 0.65 * half, y - height), lit(roof, 0.7));
        }
        self.painting.rectangle((x - half, y - height), (x + half, y), wall);
        let eaves = y - height + 0.01;
        let ridge = y - height - half * 0.95;
        self.painting
            .triangle([(x - 1.25 * half, eaves), (x + 1.25 * half, eaves), (x, ridge)], roof);
        let size = 0.3 * half;
        for left in [-0.72, 0.4] {
            let corner = (x + left * half, y - 0.78 * height);
            self.painting.rectangle(corner, (corner.0 + size, corner.1 + size), WINDOW);
        }
        let door = self.tint(TRUNK);
        self.painting.rectangle((x - 0.16 * half, y - 0.5 * height), (x + 0.16 * half, y), door);
    }

    /// Paints a car or a bus with its wheels at `y`.
    pub(super) fn vehicle(&mut self, x: f32, y: f32) {
        let wheels = if self.chance(0.6) {
            let body = self.tint(CAR);
            for glass in [-0.15, 0.15] {
                let corners = [(x, y - 0.12), (x, y - 0.24), (x + glass, y - 0.12)];
                self.painting.triangle(corners, GLASS);
            }
            self.painting.rectangle((x - 0.085, y - 0.23), (x + 0.085, y - 0.12), GLASS);
            self.painting.rectangle((x - 0.018, y - 0.23), (x + 0.018, y - 0.12), body);
            self.painting.rectangle((x - 0.085, y - 0.255), (x + 0.085, y - 0.215), body);
            self.painting.rectangle((x - 0.18, y - 0.125), (x + 0.18, y - 0.02), body);
            0.11
        } else {
            let body = self.tint(BUS);
            self.painting.rectangle((x - 0.21, y - 0.29), (x + 0.21, y - 0.02), body);
            for window in 0..4 {
                let left = x - 0.18 + 0.095 * window as f32;
                self.painting.rectangle((left, y - 0.25), (left + 0.07, y - 0.15), WINDOW);
            }
            0.13
        };
        for wheel in [x - wheels, x + wheels] {
            self.painting.ellipse((wheel, y - 0.01), (0.045, 0.045), TYRE);
        }
    }

    /// Paints a fir whose trunk stands at (`x`, `y`).
    pub(super) fn fir(&mut self, x: f32, y: f32) {
        let size = 0.14 + 0.3 * (y - self.horizon) + self.between(0.0, 0.05);
        let (trunk, needles) = (self.tint(TRUNK), self.tint(FIR));
        self.painting.rectangle((x - 0.1 * size, y - 0.4 * size), (x + 0.1 * size, y), trunk);
        for (tier, light) in [1.0, 1.15, 1.3].into_iter().enumerate() {
            let base = y - (0.3 + 0.45 * tier as f32) * size;
            let half = (0.55 - 0.12 * tier as f32) * size;
            self.painting.triangle(
                [(x - half, base), (x + half, base), (x, base - 0.85 * size)],
                lit(needles, light),
            );
        }
    }
}
