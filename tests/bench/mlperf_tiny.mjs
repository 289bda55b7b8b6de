// The four networks of MLPerf Tiny: their float file, our int8 made from it, and the int8 file that comes with them.
//
//     npm install --ignore-scripts --prefix DIR onnxruntime-node@1.30.0 @litertjs/core@2.5.3
//     node tests/bench/mlperf_tiny.mjs DIR FOLDER [samples]
//
// FOLDER holds mlperf_{resnet8,vww96,kws,ad01}_{float,int8}.tflite (mlcommons/tiny, benchmark/training/*/trained_models). Their data sets are
// not at hand: inputs are seeded pictures of soft blobs with noise, in the range that the network expects, 128 to calibrate with and others
// to compare on. So this says how close int8 stays to float, not how good a network is. Milliseconds are medians of single samples, one
// thread, the call through Node among them; LiteRT runs as WebAssembly without relaxed SIMD.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const [modules, folder, samplesText] = process.argv.slice(2);
if (!modules || !folder) {
  console.error("node tests/bench/mlperf_tiny.mjs FOLDER_OF_NODE_MODULES FOLDER_OF_MODELS [samples]");
  process.exit(2);
}
const samples = Number(samplesText ?? 256);
const require = createRequire(resolve(modules) + "/");
const cli = join(dirname(fileURLToPath(import.meta.url)), "../../build/release/bin/bitstill-cli");
const work = mkdtempSync(join(tmpdir(), "mlperf-tiny-"));
process.on("exit", () => rmSync(work, { recursive: true, force: true }));
const bitstill = (...args) => execFileSync(cli, args, { encoding: "utf8", maxBuffer: 1 << 28, stdio: ["ignore", "pipe", "inherit"] });

// Lowest and highest input of each network: pixels, scaled pixels, MFCCs, log-mel energies.
const networks = [
  { id: "resnet8", title: "ResNet-8 (CIFAR-10)", low: 0, high: 255 },
  { id: "vww96", title: "MobileNet 0.25 (visual wake words)", low: 0, high: 1 },
  { id: "kws", title: "DS-CNN (keyword spotting)", low: -80, high: 26 },
  { id: "ad01", title: "autoencoder (anomaly detection)", low: -65, high: -10 },
];

let state = 1n;
const uniform = () => { // splitmix64
  state = BigInt.asUintN(64, state + 0x9e3779b97f4a7c15n);
  let z = state;
  z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
  z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
  return Number((z ^ (z >> 31n)) >> 11n) / 2 ** 53;
};

function blobs(shape, low, high) {
  const [h, w, c] = [...shape, 1, 1].slice(0, 3);
  const spots = Array.from({ length: 6 }, () => ({ y: uniform() * h, x: uniform() * w, r: 0.1 + 0.3 * uniform(),
    weight: Array.from({ length: c }, () => 2 * uniform() - 1) }));
  const values = new Float32Array(h * w * c);
  for (let i = 0; i < values.length; i++) {
    const y = Math.floor(i / (w * c)), x = Math.floor(i / c) % w;
    let sum = 0.1 * (uniform() - 0.5);
    for (const s of spots) sum += s.weight[i % c] * Math.exp(-(((y - s.y) / h) ** 2 + ((x - s.x) / w) ** 2) / (2 * s.r * s.r));
    values[i] = low + (high - low) / (1 + Math.exp(-2 * sum));
  }
  return values;
}

function writeSafetensors(file, name, dtype, shape, data) {
  const header = Buffer.from(JSON.stringify({ [name]: { dtype, shape, data_offsets: [0, data.byteLength] } }));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  writeFileSync(file, Buffer.concat([length, header, Buffer.from(data.buffer, data.byteOffset, data.byteLength)]));
}

/// The only array of a file, as numbers.
function readSafetensors(file) {
  const bytes = readFileSync(file);
  const length = Number(bytes.readBigUInt64LE(0));
  const { dtype, data_offsets: [from, to] } = Object.values(JSON.parse(bytes.subarray(8, 8 + length)))[0];
  const data = Uint8Array.prototype.slice.call(bytes, 8 + length + from, 8 + length + to);
  return dtype === "I8" ? Array.from(new Int8Array(data.buffer)) : Array.from(new Float32Array(data.buffer));
}

const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];

async function timed(count, run) {
  const times = [];
  const answers = [];
  for (let i = 0; i < count; i++) {
    const start = process.hrtime.bigint();
    answers.push(...(await run(i)));
    times.push(Number(process.hrtime.bigint() - start) / 1e6);
  }
  return { answers, ms: median(times) };
}

async function inOnnxRuntime(file, inputs, size, shape) {
  const ort = require("onnxruntime-node");
  const session = await ort.InferenceSession.create(file, { intraOpNumThreads: 1, interOpNumThreads: 1, logSeverityLevel: 3 });
  return timed(inputs.length / size, async (i) => {
    const feed = { [session.inputNames[0]]: new ort.Tensor("float32", inputs.slice(i * size, (i + 1) * size), [1, ...shape]) };
    return (await session.run(feed))[session.outputNames[0]].data;
  });
}

async function inLiteRt(file, inputs, size) {
  const home = resolve(modules, "node_modules/@litertjs/core/wasm") + "/";
  const source = home + "litert_wasm_compat_internal.js";
  if (!existsSync(source)) return null;
  const module = { exports: {} };
  // Made for browsers: it leaves its factory in a variable.
  new Function("require", "module", "exports", "__filename", "__dirname", readFileSync(source, "utf8") + "\nmodule.exports = ModuleFactory;")(
    require, module, module.exports, source, home);
  const wasm = await module.exports({ locateFile: (name) => home + name, print() {}, printErr() {} });
  const bytes = readFileSync(file);
  const at = wasm._malloc(bytes.length);
  wasm.HEAPU8.set(bytes, at);
  const environment = wasm.LiteRtEnvironment.create(null);
  const model = wasm.loadModel(environment, at, bytes.length);
  const options = { environment: { options: {} }, accelerator: "wasm", cpuOptions: { numThreads: 1 }, gpuOptions: {}, webNNOptions: {} };
  const compiled = await wasm.compileModel(environment, model, options);
  const type = model.getInputTensorType(0, 0);
  const { WRITE, READ } = wasm.LiteRtTensorBufferLockMode;
  return timed(inputs.length / size, async (i) => {
    const buffer = wasm.LiteRtTensorBuffer.createManaged(environment, wasm.LiteRtTensorBufferType.HOST_MEMORY, type, type.bytes());
    const one = inputs.slice(i * size, (i + 1) * size);
    wasm.HEAPU8.set(new Uint8Array(one.buffer), buffer.lock(WRITE));
    buffer.unlock();
    const [out] = await compiled.run(0, [buffer]);
    const from = out.lock(READ);
    const answer = wasm.HEAPU8.slice(from, from + out.packedSize());
    out.unlock();
    out.delete();
    return inputs instanceof Int8Array ? new Int8Array(answer.buffer) : new Float32Array(answer.buffer);
  });
}

const argmax = (list) => list.indexOf(Math.max(...list));
function compare(answers, reference) {
  const classes = reference.length / samples;
  let signal = 0, noise = 0, same = 0;
  reference.forEach((r, i) => { signal += r * r; noise += (answers[i] - r) ** 2; });
  for (let i = 0; i < samples; i++)
    same += argmax(answers.slice(i * classes, (i + 1) * classes)) === argmax(reference.slice(i * classes, (i + 1) * classes));
  return { same: ((100 * same) / samples).toFixed(1), sqnr: (10 * Math.log10(signal / noise)).toFixed(1) };
}

console.log("| network | file | bytes | same class as float | SQNR, computed here | SQNR in its runtime | ms in ONNX Runtime | ms in LiteRT |");
console.log("|---|---|--:|--:|--:|--:|--:|--:|");
for (const { id, title, low, high } of networks) {
  const path = (kind) => join(folder, `mlperf_${id}_${kind}.tflite`);
  const [float, int8] = ["float", "int8"].map((kind) => JSON.parse(bitstill("inspect", path(kind), "--json")));
  const shape = float.inputs[0].shape.slice(1);
  const size = shape.reduce((a, b) => a * b);
  const draw = (count) => Float32Array.from(Array.from({ length: count }, () => [...blobs(shape, low, high)]).flat());
  const calibration = draw(128), inputs = draw(samples);
  const name = float.inputs[0].name;
  writeSafetensors(join(work, "calibrate.safetensors"), name, "F32", [128, ...shape], calibration);
  writeSafetensors(join(work, "inputs.safetensors"), name, "F32", [samples, ...shape], inputs);
  const infer = (model, file) => {
    bitstill("infer", model, join(work, file), "-o", join(work, "out.safetensors"));
    return readSafetensors(join(work, "out.safetensors"));
  };
  const reference = infer(path("float"), "inputs.safetensors");
  const row = (kind, file, here, there, ortMs, liteMs) => {
    const [a, b] = [here, there].map((answers) => answers && compare(answers, reference));
    const same = !a ? "" : id === "ad01" ? "no classes" : `${a.same} %`;
    const cells = [kind, statSync(file).size.toLocaleString("en"), same, a ? `${a.sqnr} dB` : "", b ? `${b.sqnr} dB` : "",
      ortMs?.toFixed(2) ?? "", liteMs?.toFixed(2) ?? ""];
    console.log(`| ${[title, ...cells].join(" | ")} |`);
  };

  const floatOnnx = join(work, "float.onnx"), ours = join(work, "int8.onnx");
  bitstill("export", path("float"), "-o", floatOnnx, "--precision", "float32");
  bitstill("export", path("float"), "-o", ours, "--precision", "int8", "--for", "onnxruntime", "--per-channel", "--calibrate",
    join(work, "calibrate.safetensors"));
  const floatInOrt = await inOnnxRuntime(floatOnnx, inputs, size, shape);
  row("float", path("float"), null, floatInOrt.answers, floatInOrt.ms, (await inLiteRt(path("float"), inputs, size))?.ms);
  const inOrt = await inOnnxRuntime(ours, inputs, size, shape);
  row("our int8", ours, infer(ours, "inputs.safetensors"), inOrt.answers, inOrt.ms);

  const { scale: [s], zero_point: [z] } = int8.inputs[0].quantization;
  const codes = Int8Array.from(inputs, (v) => Math.max(-128, Math.min(127, Math.round(v / s) + z)));
  writeSafetensors(join(work, "codes.safetensors"), int8.inputs[0].name, "I8", [samples, ...shape], codes);
  const out = int8.nodes.at(-1).output.quantization;
  const values = (answers) => Array.from(answers, (v) => (v - out.zero_point[0]) * out.scale[0]);
  const lite = await inLiteRt(path("int8"), codes, size);
  row("their int8", path("int8"), values(infer(path("int8"), "codes.safetensors")), lite && values(lite.answers), null, lite?.ms);
}
