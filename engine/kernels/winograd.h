#pragma once

#include <cstddef>

namespace bitstill::kernels {

/// Winograd's minimal filtering F(4×4, 3×3) (Lavin and Gray 2016, arXiv:1509.09308): a tile of 4×4 outputs y of a 3×3
/// convolution of stride 1 comes from the 6×6 inputs x around it as y = Aᵀ[(G w Gᵀ) ⊙ (Bᵀ x B)]A, with 36 products a pair
/// of channels where the definition has 144. Its transposes give the gradients: that of the input is the convolution of dy
/// with the turned weights, that of the weights dw = Gᵀ[(Bᵀ x B) ⊙ (A dy Aᵀ)]G.
///
/// Over a block of tiles each of the 36 places is a matrix product. Arrays of tiles lie as [channels / 16][place][tile][16],
/// places `kWinogradPlace` floats apart; weights as [place][in][out]. Maps are NHWC with one zero of padding on each side,
/// channels multiples of 16. In float the result is about five times as far from the exact one as a plain sum: 1e-6.
struct WinogradMap {
    int height = 0, width = 0, channels = 0;

    std::size_t tilesAcross() const { return (static_cast<std::size_t>(width) + 3) / 4; }
    std::size_t tilesDown() const { return (static_cast<std::size_t>(height) + 3) / 4; }
    std::size_t tiles() const { return tilesAcross() * tilesDown(); }
};

constexpr std::size_t kWinogradPlaces = 36;
/// Tiles handled at a time: their two arrays stay in a core's own cache.
constexpr std::size_t kWinogradBlock = 32;

/// Floats from one place to the next: a line more than they fill, or all 36 would share a few sets of the cache.
constexpr std::size_t kWinogradPlace = (kWinogradBlock + 1) * 16;
/// Floats of the array of a block of tiles.
constexpr std::size_t winogradArray(std::size_t channels) { return channels / 16 * kWinogradPlaces * kWinogradPlace; }

/// Tiles first .. first + count - 1 of consecutive samples (count at most a block): v = Bᵀ x B.
void winogradInput(const float* x, const WinogradMap& map, std::size_t first, std::size_t count, float* v);
/// y = min(max(Aᵀ m A + bias, low), high).
void winogradOutput(
    const float* m, const WinogradMap& map, std::size_t first, std::size_t count, const float* bias, float low, float high, float* y);
/// w = A dy Aᵀ; adds the sums of dy to `sums` [channels] unless null.
void winogradGradient(const float* dy, const WinogradMap& map, std::size_t first, std::size_t count, float* w, float* sums);

/// m[place] = v[place] · u[place], u [36][in][out].
void winogradMultiply(const float* v, const float* u, std::size_t count, std::size_t in, std::size_t out, float* m);
/// u[place] += v[place]ᵀ · w[place].
void winogradMultiplyGradient(const float* v, const float* w, std::size_t count, std::size_t in, std::size_t out, float* u);

/// u = G g Gᵀ for g [9][pairs], the pairs of channels last.
void winogradWeights(const float* g, std::size_t pairs, float* u);
/// g = Gᵀ u G.
void winogradWeightsGradient(const float* u, std::size_t pairs, float* g);

} // namespace bitstill::kernels
