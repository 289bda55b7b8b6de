// libFuzzer's two entry points. FUZZ_TARGET names what is fuzzed; FUZZ_SEEDS a folder to write its seeds to instead; FUZZ_TARGET=list
// says which there are.

#include "tests/fuzz/fuzz.h"

#include "engine/core/error.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sys/mman.h>
#include <unistd.h>

namespace fuzz {

const std::vector<Target>& targets()
{
    static const std::vector<Target> all{
        {"csv", &csvSeeds, &csv},
        {"idx", &idxSeeds, &idx},
        {"idx-folder", &idxFolderSeeds, &idxFolder},
        {"cifar", &cifarSeeds, &cifar},
        {"safetensors", &safetensorsSeeds, &safetensors},
        {"gguf", &ggufSeeds, &gguf},
        {"npy", &npySeeds, &npy},
        {"npz", &npzSeeds, &npz},
        {"model", &modelSeeds, &model},
        {"tflite", &tfliteSeeds, &tflite},
        {"spec", &specSeeds, &spec},
        {"settings", &specSeeds, &settings},
        {"knob-log", &knobLogSeeds, &knobLog},
        {"record", &recordSeeds, &record},
        {"sweep-plan", &sweepPlanSeeds, &sweepPlan},
        {"claim", &claimSeeds, &claim},
        {"jobs", &jobsSeeds, &jobs},
        {"json", &specSeeds, &json},
        {"onnx", &onnxSeeds, &onnx},
        {"quantize", &quantizeSeeds, &quantize},
        {"formats", &quantizeSeeds, &formats},
    };
    return all;
}

void require(bool holds, const char* promise)
{
    if (holds) return;
    std::fprintf(stderr, "broken promise: %s\n", promise);
    std::abort();
}

bool succeeds(const std::function<void()>& call)
{
    try {
        call();
        return true;
    } catch (const bitstill::Error& e) {
        const std::string line = e.what();
        require(line.size() < 4000, "an error is short");
        require(bitstill::printable(line, line.size()) == line, "an error is one printable line");
        return false;
    }
}

MemoryFile::MemoryFile(const std::uint8_t* data, std::size_t size) : m_descriptor(memfd_create("fuzz", MFD_CLOEXEC))
{
    require(m_descriptor >= 0 && write(m_descriptor, data, size) == static_cast<ssize_t>(size), "there is memory for a file");
}
MemoryFile::~MemoryFile() { close(m_descriptor); }
std::filesystem::path MemoryFile::path() const { return "/proc/self/fd/" + std::to_string(m_descriptor); }

std::string Bytes::piece()
{
    const std::size_t high = byte(), wanted = 256 * high + byte(), n = std::min(wanted, m_size);
    const std::string bytes(reinterpret_cast<const char*>(m_data), n);
    m_data += n;
    m_size -= n;
    return bytes;
}

std::string asPiece(const std::string& bytes)
{
    return std::string{static_cast<char>(bytes.size() / 256), static_cast<char>(bytes.size() % 256)} + bytes;
}

std::string bigEndian(std::uint32_t n)
{
    std::string s;
    for (int shift = 24; shift >= 0; shift -= 8) s += static_cast<char>((n >> shift) & 255);
    return s;
}

namespace {

const Target* chosen = nullptr;

void writeSeeds(const std::filesystem::path& folder)
{
    int i = 0;
    for (const std::string& seed : chosen->seeds())
        std::ofstream(folder / ("seed-" + std::to_string(i++)), std::ios::binary)
            .write(seed.data(), static_cast<std::streamsize>(seed.size()));
    std::exit(0);
}

} // namespace

} // namespace fuzz

extern "C" int LLVMFuzzerInitialize(int*, char***)
{
    const char *name = std::getenv("FUZZ_TARGET"), *seeds = std::getenv("FUZZ_SEEDS");
    for (const fuzz::Target& target : fuzz::targets()) {
        if (name && std::strcmp(name, "list") == 0) std::puts(target.name);
        if (name && std::strcmp(name, target.name) == 0) fuzz::chosen = &target;
    }
    if (!fuzz::chosen) std::exit(name && std::strcmp(name, "list") == 0 ? 0 : 2);
    if (seeds) fuzz::writeSeeds(seeds);
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    fuzz::chosen->run(data, size);
    return 0;
}
