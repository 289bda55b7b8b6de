// Latency of Bitstill's int8 inference against ONNX Runtime's, side by side on this machine in one run.
//
//     npm install --ignore-scripts --prefix DIR onnxruntime-node
//     node tests/bench/against_onnxruntime.mjs DIR [rounds]
//
// Both run the same networks: u8 activations, int8 weights per tensor, one thread. ONNX Runtime gets a QDQ model that is written here, and
// its call time through Node is subtracted: that of an identity model of the same input. Beside it stands the ratio with the call of a
// model that returns a piece of its input instead, as small as the logits: the identity also copies its whole input out, which the
// network does not. Bitstill's time includes reading bytes and rounding them. The sides take turns; medians over the rounds are printed.
import { createRequire } from "node:module";
import { execFileSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const [folder, roundsText] = process.argv.slice(2);
if (!folder) {
  console.error("say where onnxruntime-node is installed: node tests/bench/against_onnxruntime.mjs DIR");
  process.exit(2);
}
const ort = createRequire(join(folder, "node_modules/"))("onnxruntime-node");
const cli = join(dirname(fileURLToPath(import.meta.url)), "../../build/release/bin/bitstill-cli");
const rounds = Number(roundsText ?? 5);

// Just enough of protobuf to write an ONNX model.
const varint = (n) => {
  const bytes = [];
  for (let v = BigInt(n); ; v >>= 7n) {
    if (v < 128n) return Buffer.from([...bytes, Number(v)]);
    bytes.push(Number(v & 127n) | 128);
  }
};
const number = (field, n) => Buffer.concat([varint(field << 3), varint(n)]);
const bytes = (field, data) => {
  const b = typeof data === "string" ? Buffer.from(data) : data;
  return Buffer.concat([varint((field << 3) | 2), varint(b.length), b]);
};
const FLOAT = 1, UINT8 = 2, INT8 = 3, INT32 = 6, INT64 = 7;

class Model {
  nodes = [];
  tensors = [];
  constant(name, type, dims, data) {
    const raw = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    this.tensors.push(bytes(5, Buffer.concat([...dims.map((d) => number(1, d)), number(2, type), bytes(8, name), bytes(9, raw)])));
    return name;
  }
  node(op, inputs, attributes = {}) {
    const name = `${op}_${this.nodes.length}`;
    const encoded = Object.entries(attributes).map(([key, value]) =>
      bytes(5, Array.isArray(value)
        ? Buffer.concat([bytes(1, key), ...value.map((v) => number(8, v)), number(20, 7)])
        : Buffer.concat([bytes(1, key), number(3, value), number(20, 2)])));
    this.nodes.push(bytes(1, Buffer.concat([...inputs.map((i) => bytes(1, i)), bytes(2, name), bytes(3, name), bytes(4, op), ...encoded])));
    return name;
  }
  rounded(input, scale, zeroPoint) {
    const s = this.constant(`s${this.nodes.length}`, FLOAT, [], new Float32Array([scale]));
    const z = this.constant(`z${this.nodes.length}`, UINT8, [], new Uint8Array([zeroPoint]));
    return this.node("DequantizeLinear", [this.node("QuantizeLinear", [input, s, z]), s, z]);
  }
  weights(dims) {
    const data = Int8Array.from({ length: dims.reduce((a, b) => a * b) }, (_, i) => ((i * 7919) % 61) - 30);
    const w = this.constant(`w${this.nodes.length}`, INT8, dims, data);
    const s = this.constant(`ws${this.nodes.length}`, FLOAT, [], new Float32Array([0.002]));
    const z = this.constant(`wz${this.nodes.length}`, INT8, [], new Int8Array([0]));
    return this.node("DequantizeLinear", [w, s, z]);
  }
  bias(n) {
    const b = this.constant(`b${this.nodes.length}`, INT32, [n], new Int32Array(n));
    const s = this.constant(`bs${this.nodes.length}`, FLOAT, [], new Float32Array([0.00004]));
    return this.node("DequantizeLinear", [b, s]);
  }
  /// The first ten of the last axis, of the first row of maps.
  piece(x, isMap) {
    const list = (name, values) => this.constant(name, INT64, [values.length], BigInt64Array.from(values.map(BigInt)));
    return this.node("Slice", [x, list("starts", isMap ? [0, 0] : [0]), list("ends", isMap ? [1, 10] : [10]), list("axes", isMap ? [2, 3] : [1])]);
  }
  dense(x, inputs, outputs) {
    return this.node("Gemm", [x, this.weights([outputs, inputs]), this.bias(outputs)], { transB: 1 });
  }
  relu(x) {
    return this.rounded(this.node("Relu", [x]), 0.02, 0);
  }
  bytes(inputShape, output) {
    const dims = inputShape.map((d) => bytes(1, typeof d === "string" ? bytes(2, d) : number(1, d)));
    const value = (name, shape) => Buffer.concat([bytes(1, name), bytes(2, bytes(1, Buffer.concat([number(1, FLOAT), ...shape])))]);
    const graph = Buffer.concat([...this.nodes, bytes(2, "bench"), ...this.tensors,
      bytes(11, value("x", [bytes(2, Buffer.concat(dims))])), bytes(12, value(output, []))]);
    return Buffer.concat([number(1, 8), bytes(7, graph), bytes(8, Buffer.concat([bytes(1, ""), number(2, 13)]))]);
  }
}

function mlp(name) {
  const m = new Model(), widths = [784, ...name.split("-").slice(1).map(Number)];
  let x = m.rounded("x", 0.02, 40);
  for (let i = 1; i < widths.length; ++i) x = m.relu(m.dense(x, widths[i - 1], widths[i]));
  return m.bytes(["n", 784], m.dense(x, widths.at(-1), 10));
}

function cnn(name) {
  const m = new Model(), channels = [1, ...name.split("-").slice(1).map(Number)];
  let x = m.rounded("x", 0.02, 40), side = 28;
  for (let i = 1; i < channels.length; ++i, side /= 2) {
    x = m.relu(m.node("Conv", [x, m.weights([channels[i], channels[i - 1], 3, 3]), m.bias(channels[i])], { pads: [1, 1, 1, 1] }));
    x = m.rounded(m.node("MaxPool", [x], { kernel_shape: [2, 2], strides: [2, 2] }), 0.02, 0);
  }
  const features = channels.at(-1) * side * side;
  x = m.relu(m.dense(m.node("Flatten", [x]), features, 128));
  return m.bytes(["n", 1, 28, 28], m.dense(x, 128, 10));
}

const median = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
const options = { intraOpNumThreads: 1, interOpNumThreads: 1, executionMode: "sequential", graphOptimizationLevel: "all" };

async function latency(session, shape) {
  const size = shape.reduce((a, b) => a * b);
  const feeds = { x: new ort.Tensor("float32", Float32Array.from({ length: size }, (_, i) => (i % 97) / 30), shape) };
  const times = [], end = performance.now() + 400;
  for (let i = 0; i < 5; ++i) await session.run(feeds);
  while (performance.now() < end || times.length < 10) {
    const start = performance.now();
    await session.run(feeds);
    times.push((performance.now() - start) * 1000);
  }
  return median(times);
}

const ours = (model, batch) => JSON.parse(execFileSync(cli,
  ["bench", "infer", "--model", model, "--batch", batch, "--threads", "1", "--precision", "int8", "--seconds", "0.5", "--json"]).toString()).latency_us;

console.log(`onnxruntime-node ${ort.env?.versions?.node ?? ""}, int8, one thread; µs a batch, medians of ${rounds} rounds`);
console.log("model".padEnd(16), "batch".padStart(6), "ratio".padStart(7), "(low - high)".padEnd(16), "bitstill".padStart(9), "onnxruntime".padStart(12), "identity".padStart(9),
  "piece".padStart(7), "ratio with piece".padStart(17));
for (const model of ["mlp-256-128", "mlp-1024-1024", "cnn-16-32"]) {
  const isMlp = model.startsWith("mlp"), rest = isMlp ? [784] : [1, 28, 28];
  const session = await ort.InferenceSession.create(isMlp ? mlp(model) : cnn(model), options);
  const plain = new Model();
  const cut = new Model();
  const piece = await ort.InferenceSession.create(cut.bytes(["n", ...rest], cut.piece("x", !isMlp)), options);
  const identity = await ort.InferenceSession.create(plain.bytes(["n", ...rest], plain.node("Identity", ["x"])), options);
  for (const batch of [1, 32, 256]) {
    const mine = [], theirs = [], calls = [], pieces = [], withPiece = [];
    for (let i = 0; i < rounds; ++i) {
      mine.push(ours(model, String(batch)));
      calls.push(await latency(identity, [batch, ...rest]));
      pieces.push(await latency(piece, [batch, ...rest]));
      const call = await latency(session, [batch, ...rest]);
      theirs.push(call - calls.at(-1));
      withPiece.push(call - pieces.at(-1));
    }
    const ratios = theirs.map((t, i) => t / mine[i]).sort((a, b) => a - b);
    console.log(model.padEnd(16), String(batch).padStart(6), (median([...theirs]) / median([...mine])).toFixed(2).padStart(7),
      `(${ratios[0].toFixed(2)} - ${ratios.at(-1).toFixed(2)})`.padEnd(16), median(mine).toFixed(1).padStart(9), median(theirs).toFixed(1).padStart(12),
      median(calls).toFixed(1).padStart(9), median(pieces).toFixed(1).padStart(7), (median(withPiece) / median([...mine])).toFixed(2).padStart(17));
  }
}
