//! The app's icon, drawn: two sockets of a line that meet, on a rounded square.

/// Edge of a pixel's grid of samples.
const SAMPLES: u32 = 4;

/// A colour, red, green, blue, opacity.
type Colour = [f32; 4];

const NOTHING: Colour = [0.0; 4];
const LIGHT: Colour = [240.0, 246.0, 255.0, 255.0];

/// The icon as PNG.
pub(super) fn png(size: u32) -> Result<Vec<u8>, png::EncodingError> {
    let mut pixels = Vec::new();
    for y in 0..size {
        for x in 0..size {
            pixels.extend(pixel(x, y, size));
        }
    }
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, size, size);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header()?.write_image_data(&pixels)?;
    Ok(bytes)
}

/// One pixel: the mean of its samples, colours weighted with their opacity.
fn pixel(x: u32, y: u32, size: u32) -> [u8; 4] {
    let mut sum = NOTHING;
    for sample in 0..SAMPLES * SAMPLES {
        let at = |pixel: u32, step: u32| (pixel as f32 + (step as f32 + 0.5) / SAMPLES as f32) / size as f32;
        let [red, green, blue, opacity] = colour(at(x, sample % SAMPLES), at(y, sample / SAMPLES));
        let weighted = [red * opacity, green * opacity, blue * opacity, opacity];
        sum = std::array::from_fn(|channel| sum[channel] + weighted[channel]);
    }
    let opacity = sum[3].max(1.0);
    let count = (SAMPLES * SAMPLES) as f32;
    [sum[0] / opacity, sum[1] / opacity, sum[2] / opacity, sum[3] / count].map(|channel| channel.round() as u8)
}

/// The colour at a point of the unit square.
fn colour(x: f32, y: f32) -> Colour {
    if rounded_box(x, y, 0.5, 0.5, 0.5, 0.22) > 0.0 {
        return NOTHING;
    }
    // Along the other diagonal, so that the gap between the halves runs with the light.
    let (along, across) = ((x - y) * 0.5_f32.sqrt(), (x + y - 1.0) * 0.5_f32.sqrt());
    let cable = along.abs() > 0.2 && across.abs() < 0.035;
    let plug = half(along - 0.035, across, 0.0) || (along > -0.1 && along < 0.1 && (across.abs() - 0.07).abs() < 0.02);
    let socket = half(-along - 0.09, across, 0.0);
    if cable || plug || socket {
        return LIGHT;
    }
    let depth = (x + y) / 2.0;
    [58.0 - 36.0 * depth, 134.0 - 70.0 * depth, 246.0 - 62.0 * depth, 255.0]
}

/// A half of the connection: straight where they meet, round behind.
fn half(along: f32, across: f32, from: f32) -> bool {
    along > from && (along - from).hypot(across) < 0.15
}

/// How far a point is outside of a square with round corners.
fn rounded_box(x: f32, y: f32, middle_x: f32, middle_y: f32, half_edge: f32, radius: f32) -> f32 {
    let outside = |distance: f32| (distance.abs() - half_edge + radius).max(0.0);
    outside(x - middle_x).hypot(outside(y - middle_y)) - radius
}
