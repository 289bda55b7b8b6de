#include "app/cli/onnxruntime.h"

#include "engine/core/error.h"
#include "engine/io/files.h"

#include <QProcess>
#include <QTemporaryDir>
#include <cstring>

namespace bitstill::cli {

namespace {

constexpr int kPatience = 600'000; ///< ms

/// Reads floats from one file, writes them to another, prints the runtime's version.
constexpr const char* kScript = R"(
const ort = require('onnxruntime-node'), fs = require('fs');
const [model, name, from, to, level, most, ...dims] = process.argv.slice(1);
const bytes = fs.readFileSync(from), shape = dims.map(Number), size = shape.slice(1).reduce((a, b) => a * b, 1);
const all = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4), atOnce = Number(most), out = [];
(async () => {
  const options = { graphOptimizationLevel: level, intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 3 };
  const session = await ort.InferenceSession.create(model, options);
  for (let i = 0; i < shape[0]; i += atOnce) {
    const n = Math.min(atOnce, shape[0] - i);
    const x = new ort.Tensor('float32', all.slice(i * size, (i + n) * size), [n, ...shape.slice(1)]);
    out.push(Buffer.from((await session.run({ [name]: x }))[session.outputNames[0]].data.slice().buffer));
  }
  fs.writeFileSync(to, Buffer.concat(out));
  console.log(ort.env.versions.node || ort.env.versions.common);
})().catch(e => { console.error(e.message); process.exit(1); });
)";

/// The one that says what is wrong: errors of Node itself stand in the middle of a trace.
std::string complaint(const std::string& said)
{
    for (const std::string& line : split(said, '\n'))
        if (line.find("rror") != std::string::npos) return line;
    return said;
}

} // namespace

RuntimeAnswer askOnnxRuntime(
    const std::filesystem::path& file, const std::string& inputName, const Array& input, const std::string& level, int atOnce)
{
    const QTemporaryDir folder;
    const std::filesystem::path from = folder.filePath(QStringLiteral("input")).toStdString();
    const std::filesystem::path to = folder.filePath(QStringLiteral("output")).toStdString();
    writeFile(from, bytesOf(input));
    QStringList arguments{QStringLiteral("-e"), QString::fromUtf8(kScript), QStringLiteral("--")};
    for (const std::string& word : {std::filesystem::absolute(file).string(), inputName, from.string(), to.string(), level})
        arguments << QString::fromStdString(word);
    arguments << QString::number(atOnce);
    for (const int d : input.shape) arguments << QString::number(d);
    QProcess node;
    node.start(QStringLiteral("node"), arguments);
    const Text hint =
        text("install node and onnxruntime-node (npm), let NODE_PATH name its node_modules, or leave out --verify onnxruntime");
    if (!node.waitForStarted()) throw Error("onnxruntime", text("there is no node"), hint);
    node.closeWriteChannel();
    if (!node.waitForFinished(kPatience)) {
        node.kill();
        node.waitForFinished();
        throw Error("onnxruntime", text("it has not answered for 10 minutes"), text("try fewer samples (--verify N)"));
    }
    if (node.exitStatus() != QProcess::NormalExit) throw Error("onnxruntime", text("it was killed"), hint);
    if (node.exitCode() != 0) throw Error("onnxruntime", text("it says: %1", complaint(node.readAllStandardError().toStdString())), hint);
    const std::string bytes = readFile(to, 1'000'000'000);
    RuntimeAnswer answer{node.readAllStandardOutput().trimmed().toStdString(), std::vector<float>(bytes.size() / sizeof(float))};
    std::memcpy(answer.output.data(), bytes.data(), answer.output.size() * sizeof(float));
    return answer;
}

} // namespace bitstill::cli
