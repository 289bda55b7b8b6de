#include "engine/core/rng.h"
#include "engine/data/readers.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace bitstill {

namespace {

constexpr int kSide = 28;

struct Point {
    double x, y;
};
using Stroke = std::vector<Point>;

/// The digits as pen strokes in a unit square, y downwards. Curves are given by enough points to look round.
const std::array<std::vector<Stroke>, 10>& glyphs()
{
    static const std::array<std::vector<Stroke>, 10> all{{
        {{{.5, .05}, {.3, .12}, {.2, .35}, {.2, .65}, {.3, .88}, {.5, .95}, {.7, .88}, {.8, .65}, {.8, .35}, {.7, .12}, {.5, .05}}},
        {{{.32, .22}, {.52, .05}, {.52, .95}}},
        {{{.22, .25}, {.32, .1}, {.5, .05}, {.7, .12}, {.78, .3}, {.7, .48}, {.2, .95}, {.8, .95}}},
        {{{.22, .12}, {.5, .05}, {.72, .14}, {.75, .32}, {.65, .45}, {.45, .48}, {.68, .53}, {.8, .7}, {.7, .88}, {.48, .95}, {.2, .86}}},
        {{{.62, .95}, {.62, .05}, {.18, .66}, {.85, .66}}},
        {{{.75, .06}, {.3, .06}, {.26, .45}, {.5, .38}, {.72, .48}, {.78, .68}, {.68, .88}, {.45, .95}, {.2, .86}}},
        {{{.7, .08}, {.45, .15}, {.27, .4}, {.22, .68}, {.32, .9}, {.52, .95}, {.74, .86}, {.76, .65}, {.6, .5}, {.38, .54}, {.24, .7}}},
        {{{.18, .06}, {.82, .06}, {.42, .95}}, {{.32, .5}, {.68, .5}}},
        {{{.5, .48}, {.28, .36}, {.27, .16}, {.5, .05}, {.73, .16}, {.72, .36}, {.5, .48}, {.24, .64}, {.24, .85}, {.5, .95}, {.76, .85},
            {.76, .64}, {.5, .48}}},
        {{{.76, .32}, {.62, .48}, {.4, .5}, {.24, .36}, {.26, .15}, {.48, .05}, {.7, .12}, {.77, .32}, {.72, .65}, {.55, .95}}},
    }};
    return all;
}

/// How one drawing differs from the glyph: an affine map, a slow wave along x and y, the pen.
struct Hand {
    double a, b, c, d, shiftX, shiftY, waveX, waveY, phase, pen, ink;

    Hand(Rng& rng, double distortion)
    {
        const double angle = rng.normal() * 0.22 * distortion, shear = rng.normal() * 0.3 * distortion;
        const double width = 13.0 * (1 + rng.normal() * 0.2 * distortion), height = 18.5 * (1 + rng.normal() * 0.12 * distortion);
        a = width * std::cos(angle);
        b = width * -std::sin(angle) + height * shear * 0.6;
        c = width * std::sin(angle);
        d = height * std::cos(angle);
        shiftX = 14 + rng.normal() * 1.8 * distortion;
        shiftY = 14 + rng.normal() * 1.8 * distortion;
        waveX = rng.normal() * 0.08 * distortion;
        waveY = rng.normal() * 0.08 * distortion;
        phase = rng.uniform(0, 6.28);
        pen = std::clamp(1.25 + rng.normal() * 0.5 * distortion, 0.6, 2.4);
        ink = rng.uniform(1 - 0.45 * distortion, 1);
    }
    Point map(Point p) const
    {
        const double x = p.x - 0.5 + waveX * std::sin(7 * p.y + phase), y = p.y - 0.5 + waveY * std::sin(7 * p.x + phase);
        return {a * x + b * y + shiftX, c * x + d * y + shiftY};
    }
};

double distanceToSegment(Point p, Point a, Point b)
{
    const double dx = b.x - a.x, dy = b.y - a.y, length2 = dx * dx + dy * dy;
    const double t = length2 > 0 ? std::clamp(((p.x - a.x) * dx + (p.y - a.y) * dy) / length2, 0.0, 1.0) : 0;
    return std::hypot(p.x - a.x - t * dx, p.y - a.y - t * dy);
}

/// Darkens the pixels around the segment; anti-aliased over one pixel.
void drawSegment(std::vector<double>& canvas, Point a, Point b, double pen)
{
    const int left = std::max(0, static_cast<int>(std::min(a.x, b.x) - pen - 1)),
              right = std::min(kSide - 1, static_cast<int>(std::max(a.x, b.x) + pen + 1));
    const int top = std::max(0, static_cast<int>(std::min(a.y, b.y) - pen - 1)),
              bottom = std::min(kSide - 1, static_cast<int>(std::max(a.y, b.y) + pen + 1));
    for (int y = top; y <= bottom; ++y)
        for (int x = left; x <= right; ++x) {
            double& pixel = canvas[static_cast<std::size_t>(y * kSide + x)];
            pixel = std::max(pixel, std::clamp(pen + 0.5 - distanceToSegment({x + 0.5, y + 0.5}, a, b), 0.0, 1.0));
        }
}

void drawDigit(int digit, double distortion, Rng& rng, std::uint8_t* pixels)
{
    const Hand hand(rng, distortion);
    std::vector<double> canvas(kSide * kSide, 0.0);
    for (const Stroke& stroke : glyphs()[static_cast<std::size_t>(digit)]) {
        // Each corner of the pen's way trembles a little by itself.
        std::vector<Point> way;
        for (const Point p : stroke) {
            const Point q = hand.map(p);
            way.push_back({q.x + rng.normal() * 0.7 * distortion, q.y + rng.normal() * 0.7 * distortion});
        }
        for (std::size_t i = 1; i < way.size(); ++i) drawSegment(canvas, way[i - 1], way[i], hand.pen);
    }
    for (std::size_t i = 0; i < canvas.size(); ++i) {
        const double grain = rng.normal() * 0.12 * distortion;
        pixels[i] = static_cast<std::uint8_t>(std::lround(255 * std::clamp(canvas[i] * hand.ink + grain, 0.0, 1.0)));
    }
}

Samples drawSamples(int count, std::uint64_t part, const DatasetOptions& options)
{
    Samples samples;
    samples.bytes.resize(static_cast<std::size_t>(count) * kSide * kSide);
    Rng rng(options.seed, "strokes", part);
    for (int i = 0; i < count; ++i) {
        if (i % 64 == 0) options.stopIfAsked();
        const int digit = static_cast<int>(rng.below(10));
        samples.labels.push_back(digit);
        drawDigit(digit, 2 * options.noise, rng, samples.bytes.data() + static_cast<std::size_t>(i) * kSide * kSide);
    }
    return samples;
}

} // namespace

Dataset makeStrokes(const DatasetOptions& options)
{
    Dataset data;
    data.shape = {kSide, kSide, 1};
    for (int c = 0; c < 10; ++c) data.classes.push_back(std::to_string(c));
    data.train = drawSamples(options.samples, 0, options);
    data.test = drawSamples(std::max(options.samples / 5, 10), 1, options);
    data.measureNormalization();
    return data;
}

} // namespace bitstill
