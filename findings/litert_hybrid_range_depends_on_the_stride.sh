#!/usr/bin/env bash
# LiteRT (@litertjs/core 2.5.3, WebAssembly, CPU): CONV_2D with int8 weights and float activations rounds the activations to 255 steps on the
# fly. A 1x1 convolution of stride 1 takes a range for each place of the picture; the same weights with stride 2, or as the centre of a 3x3
# kernel, take one range for the whole picture: there a place of small values beside a large one becomes 0. One would guess one rule for
# the operator, and that a stride changes which places are computed, not how exactly. So: how much a "dynamic range" network loses cannot be
# told from its weights; each layer must be rounded as it will be.
set -euo pipefail
here=$(mktemp -d); trap 'rm -rf "$here"' EXIT; cd "$here"
npm install --silent --ignore-scripts --no-audit --no-fund @litertjs/core@2.5.3 flatbuffers@24.3.25
cat > hybrid.mjs <<'JS'
import {Builder} from 'flatbuffers';
import {createRequire} from 'node:module';
import fs from 'node:fs';

const F32 = 0, I8 = 9;

// One CONV_2D by the field numbers of TFLite's format: two channels, weights that pass them on, zeros around the centre.
function convolution(kernel, stride, width) {
    const b = new Builder(1024);
    const table = write => { b.startObject(8); write(); return b.endObject(); };
    const list = (bytes, n, add) => { b.startVector(bytes, n, bytes); for (let i = n - 1; i >= 0; --i) add(i); return b.endVector(); };
    const offsets = a => list(4, a.length, i => b.addOffset(a[i]));
    const ints = a => list(4, a.length, i => b.addInt32(a[i]));
    const weights = new Int8Array(4 * kernel * kernel), centre = kernel * kernel >> 1;
    for (const channel of [0, 1]) weights[(channel * kernel * kernel + centre) * 2 + channel] = 127;
    const data = [[], [...weights], [0, 0, 0, 0, 0, 0, 0, 0]].map(bytes => {
        const values = list(1, bytes.length, i => b.addInt8(bytes[i]));
        return table(() => b.addFieldOffset(0, values, 0));
    });
    const tensor = (shape, type, buffer, scale) => {
        const dims = ints(shape), scales = scale && list(4, 1, () => b.addFloat32(scale)), zeros = scale && list(8, 1, () => b.addInt64(0n));
        const q = scale && table(() => { b.addFieldOffset(2, scales, 0); b.addFieldOffset(3, zeros, 0); });
        return table(() => { b.addFieldOffset(0, dims, 0); b.addFieldInt8(1, type, 0); b.addFieldInt32(2, buffer, 0); if (q) b.addFieldOffset(4, q, 0); });
    };
    const tensors = offsets([tensor([1, 1, width, 2], F32, 0), tensor([2, kernel, kernel, 2], I8, 1, 1 / 127), tensor([2], F32, 2),
        tensor([1, 1, Math.ceil(width / stride), 2], F32, 0)]);
    const options = table(() => { b.addFieldInt8(0, 0, 1); b.addFieldInt32(1, stride, 0); b.addFieldInt32(2, stride, 0); b.addFieldInt32(4, 1, 0); b.addFieldInt32(5, 1, 0); });
    const from = ints([0, 1, 2]), to = ints([3]), input = ints([0]), output = ints([3]);
    const operators = offsets([table(() => {
        b.addFieldInt32(0, 0, -1); b.addFieldOffset(1, from, 0); b.addFieldOffset(2, to, 0); b.addFieldInt8(3, 1, 0); b.addFieldOffset(4, options, 0);
    })]);
    const graphs = offsets([table(() => [tensors, input, output, operators].forEach((o, i) => b.addFieldOffset(i, o, 0)))]);
    const codes = offsets([table(() => { b.addFieldInt8(0, 3, 0); b.addFieldInt32(2, 3, 1); b.addFieldInt32(3, 3, 0); })]);
    const buffers = offsets(data);
    b.finish(table(() => { b.addFieldInt32(0, 3, 0); b.addFieldOffset(1, codes, 0); b.addFieldOffset(2, graphs, 0); b.addFieldOffset(4, buffers, 0); }), 'TFL3');
    return b.asUint8Array();
}

const folder = process.cwd() + '/node_modules/@litertjs/core/wasm/', file = folder + 'litert_wasm_compat_internal.js';
const module = {exports: {}};
new Function('require', 'module', 'exports', '__filename', '__dirname', fs.readFileSync(file, 'utf8') + '\nmodule.exports = ModuleFactory;')(
    createRequire(import.meta.url), module, module.exports, file, folder);
const wasm = await module.exports({locateFile: name => folder + name, print() {}, printErr() {}});
const environment = wasm.LiteRtEnvironment.create(null);
async function run(bytes, values) {
    const at = wasm._malloc(bytes.length);
    wasm.HEAPU8.set(bytes, at);
    const model = wasm.loadModel(environment, at, bytes.length);
    const compiled = await wasm.compileModel(environment, model,
        {environment: {options: {}}, accelerator: 'wasm', cpuOptions: {numThreads: 1}, gpuOptions: {}, webNNOptions: {}});
    const type = model.getInputTensorType(0, 0);
    const given = wasm.LiteRtTensorBuffer.createManaged(environment, wasm.LiteRtTensorBufferType.HOST_MEMORY, type, type.bytes());
    wasm.HEAPU8.set(new Uint8Array(values.buffer), given.lock(wasm.LiteRtTensorBufferLockMode.WRITE));
    given.unlock();
    const [out] = await compiled.run(0, [given]);
    const from = out.lock(wasm.LiteRtTensorBufferLockMode.READ);
    const result = new Float32Array(wasm.HEAPU8.slice(from, from + out.packedSize()).buffer);
    out.unlock();
    return result;
}

const x = Float32Array.of(100, 50, 7, 7, 0.1, 0.05); // three places of two channels; the last one is looked at
for (const [name, kernel, stride] of [['1x1, stride 1', 1, 1], ['1x1, stride 2', 1, 2], ['3x3, stride 1', 3, 1]]) {
    const y = await run(convolution(kernel, stride, 3), x);
    console.log(`${name}: (0.1, 0.05) beside (100, 50) becomes (${Array.from(y.slice(-2), v => +v.toFixed(3)).join(', ')})`);
}
JS
node hybrid.mjs | tee seen
diff seen - <<'SEEN' && echo "as seen: @litertjs/core 2.5.3"
1x1, stride 1: (0.1, 0.05) beside (100, 50) becomes (0.1, 0.05)
1x1, stride 2: (0.1, 0.05) beside (100, 50) becomes (0, 0)
3x3, stride 1: (0.1, 0.05) beside (100, 50) becomes (0, 0)
SEEN
