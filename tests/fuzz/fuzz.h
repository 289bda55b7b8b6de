#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace bitstill::foreign {
struct Network;
}

namespace fuzz {

/// A reader (or the quantize mathematics) and bytes to begin with. `run` must end with a result that holds what it promises, or with
/// an Error; anything else (another exception, a sanitizer's finding, a broken promise) is a find.
struct Target {
    const char* name;
    std::vector<std::string> (*seeds)();
    void (*run)(const std::uint8_t* data, std::size_t size);
};
const std::vector<Target>& targets();

/// Aborts, saying which promise was broken.
void require(bool holds, const char* promise);
/// Runs `call`; an Error must be one printable line of UTF-8 that is not too long. False when there was one.
bool succeeds(const std::function<void()>& call);

/// Bytes as a file that has a path but lies nowhere.
class MemoryFile {
public:
    MemoryFile(const std::uint8_t* data, std::size_t size);
    ~MemoryFile();
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;
    std::filesystem::path path() const;

private:
    int m_descriptor;
};

/// Splits the input into what a target needs: small numbers from its front, the rest as bytes.
class Bytes {
public:
    Bytes(const std::uint8_t* data, std::size_t size) : m_data(data), m_size(size) { }
    std::uint8_t byte()
    {
        if (m_size == 0) return 0;
        --m_size;
        return *m_data++;
    }
    /// The next piece, as long as two bytes say.
    std::string piece();
    std::string rest() const { return {reinterpret_cast<const char*>(m_data), m_size}; }
    const std::uint8_t* data() const { return m_data; }
    std::size_t size() const { return m_size; }

private:
    const std::uint8_t* m_data;
    std::size_t m_size;
};
/// What piece() reads back.
std::string asPiece(const std::string& bytes);

/// Ids, reach and costs add up; a network that costs next to nothing runs.
void checkNetwork(const bitstill::foreign::Network& network);

/// n as bytes, the highest first.
std::string bigEndian(std::uint32_t n);

void csv(const std::uint8_t* data, std::size_t size);
std::vector<std::string> csvSeeds();
void idx(const std::uint8_t* data, std::size_t size);
std::vector<std::string> idxSeeds();
void idxFolder(const std::uint8_t* data, std::size_t size);
std::vector<std::string> idxFolderSeeds();
void cifar(const std::uint8_t* data, std::size_t size);
std::vector<std::string> cifarSeeds();
void safetensors(const std::uint8_t* data, std::size_t size);
std::vector<std::string> safetensorsSeeds();
void gguf(const std::uint8_t* data, std::size_t size);
std::vector<std::string> ggufSeeds();
void npy(const std::uint8_t* data, std::size_t size);
std::vector<std::string> npySeeds();
void npz(const std::uint8_t* data, std::size_t size);
std::vector<std::string> npzSeeds();
void model(const std::uint8_t* data, std::size_t size);
std::vector<std::string> modelSeeds();
void tflite(const std::uint8_t* data, std::size_t size);
std::vector<std::string> tfliteSeeds();
void spec(const std::uint8_t* data, std::size_t size);
std::vector<std::string> specSeeds();
void settings(const std::uint8_t* data, std::size_t size);
void knobLog(const std::uint8_t* data, std::size_t size);
std::vector<std::string> knobLogSeeds();
void record(const std::uint8_t* data, std::size_t size);
std::vector<std::string> recordSeeds();
void sweepPlan(const std::uint8_t* data, std::size_t size);
std::vector<std::string> sweepPlanSeeds();
void claim(const std::uint8_t* data, std::size_t size);
std::vector<std::string> claimSeeds();
void jobs(const std::uint8_t* data, std::size_t size);
std::vector<std::string> jobsSeeds();
void json(const std::uint8_t* data, std::size_t size);
void onnx(const std::uint8_t* data, std::size_t size);
std::vector<std::string> onnxSeeds();
void quantize(const std::uint8_t* data, std::size_t size);
std::vector<std::string> quantizeSeeds();
void formats(const std::uint8_t* data, std::size_t size);

} // namespace fuzz
