#!/usr/bin/env bash
# LiteRT (@litertjs/core 2.5.3, WebAssembly, CPU): int8 to int8 QUANTIZE, which only moves codes from one scale to another, multiplies them
# by a ratio of scales rounded to 8 bits after the point. So codes far from any tie come out one step away: one is more than 0.6 of a step
# from the value that it stands for. One would guess the 31-bit multiplier of the same library's convolutions, and half a step at most. A
# reader that promises LiteRT's codes must round the ratio as it does; who compares codes must allow one step here.
set -euo pipefail
here=$(mktemp -d); trap 'rm -rf "$here"' EXIT; cd "$here"
npm install --silent --ignore-scripts --no-audit --no-fund @litertjs/core@2.5.3 flatbuffers@24.3.25
cat > codes.mjs <<'JS'
import {Builder} from 'flatbuffers';
import {createRequire} from 'node:module';
import fs from 'node:fs';

// A network of one operator, by the field numbers of TFLite's format.
function network(code, optionsType, tensors, inputs) {
    const b = new Builder(1024);
    const table = (fields, write) => { b.startObject(fields); write(); return b.endObject(); };
    const list = (bytes, align, n, add) => { b.startVector(bytes, n, align); for (let i = n - 1; i >= 0; --i) add(i); return b.endVector(); };
    const offsets = a => list(4, 4, a.length, i => b.addOffset(a[i]));
    const ints = a => list(4, 4, a.length, i => b.addInt32(a[i]));
    const tensorTables = tensors.map(({shape, scale, zero}) => {
        const dims = ints(shape), scales = list(4, 4, 1, () => b.addFloat32(scale)), zeros = list(8, 8, 1, () => b.addInt64(BigInt(zero)));
        const q = table(7, () => { b.addFieldOffset(2, scales, 0); b.addFieldOffset(3, zeros, 0); });
        return table(5, () => { b.addFieldOffset(0, dims, 0); b.addFieldInt8(1, 9, 0); b.addFieldInt32(2, 0, 0); b.addFieldOffset(4, q, 0); });
    });
    const options = table(1, () => {});
    const from = ints(inputs), to = ints([tensors.length - 1]), all = offsets(tensorTables);
    const operator = table(5, () => {
        b.addFieldInt32(0, 0, -1); b.addFieldOffset(1, from, 0); b.addFieldOffset(2, to, 0);
        if (optionsType) { b.addFieldInt8(3, optionsType, 0); b.addFieldOffset(4, options, 0); }
    });
    const graphInputs = ints(inputs), graphOutputs = ints([tensors.length - 1]), operators = offsets([operator]);
    const graph = table(5, () => { [all, graphInputs, graphOutputs, operators].forEach((o, i) => b.addFieldOffset(i, o, 0)); });
    const opcode = table(4, () => { b.addFieldInt8(0, code, 0); b.addFieldInt32(2, 2, 1); b.addFieldInt32(3, code, 0); });
    const buffer = table(1, () => {});
    const codes = offsets([opcode]), graphs = offsets([graph]), buffers = offsets([buffer]);
    b.finish(table(5, () => { b.addFieldInt32(0, 3, 0); b.addFieldOffset(1, codes, 0); b.addFieldOffset(2, graphs, 0); b.addFieldOffset(4, buffers, 0); }), 'TFL3');
    return b.asUint8Array();
}

const folder = process.cwd() + '/node_modules/@litertjs/core/wasm/', file = folder + 'litert_wasm_compat_internal.js';
const module = {exports: {}};
new Function('require', 'module', 'exports', '__filename', '__dirname', fs.readFileSync(file, 'utf8') + '\nmodule.exports = ModuleFactory;')(
    createRequire(import.meta.url), module, module.exports, file, folder);
const wasm = await module.exports({locateFile: name => folder + name, print() {}, printErr() {}});
const environment = wasm.LiteRtEnvironment.create(null);
async function run(bytes, inputs) {
    const at = wasm._malloc(bytes.length);
    wasm.HEAPU8.set(bytes, at);
    const model = wasm.loadModel(environment, at, bytes.length);
    const compiled = await wasm.compileModel(environment, model,
        {environment: {options: {}}, accelerator: 'wasm', cpuOptions: {numThreads: 1}, gpuOptions: {}, webNNOptions: {}});
    const given = inputs.map((values, i) => {
        const type = model.getInputTensorType(0, i);
        const buffer = wasm.LiteRtTensorBuffer.createManaged(environment, wasm.LiteRtTensorBufferType.HOST_MEMORY, type, type.bytes());
        wasm.HEAPU8.set(new Uint8Array(values.buffer), buffer.lock(wasm.LiteRtTensorBufferLockMode.WRITE));
        buffer.unlock();
        return buffer;
    });
    const [out] = await compiled.run(0, given);
    const from = out.lock(wasm.LiteRtTensorBufferLockMode.READ);
    const codes = new Int8Array(wasm.HEAPU8.slice(from, from + out.packedSize()).buffer);
    out.unlock();
    return codes;
}

const all = Int8Array.from({length: 256}, (_, i) => i - 128), zero = 3;
for (const ratio of [1, 1.0019, 1 / 0.77]) {
    const s = Math.fround(0.0235), t = Math.fround(0.0235 / ratio);
    const tensor = scale => ({shape: [1, 256], scale, zero});
    const codes = await run(network(114, 0, [tensor(s), tensor(t)], [0]), [all]);
    let off = 0, offByTheRule = 0, most = 0;
    all.forEach((code, i) => {
        const exact = s / t * (code - zero) + zero, byTheRule = Math.round(Math.round(s / t * 256) / 256 * (code - zero)) + zero;
        if (exact < -128 || exact > 127) return;
        off += codes[i] !== Math.round(exact);
        offByTheRule += codes[i] !== byTheRule;
        most = Math.max(most, Math.abs(codes[i] - exact));
    });
    console.log(`ratio ${ratio.toFixed(4)}: ${off} codes are not the nearest, the worst ${most.toFixed(2)} steps away; ` +
        `${offByTheRule} differ from a ratio rounded to 1/256`);
}
JS
node codes.mjs | tee seen
diff seen - <<'SEEN' && echo "as seen: @litertjs/core 2.5.3"
ratio 1.0000: 0 codes are not the nearest, the worst 0.00 steps away; 0 differ from a ratio rounded to 1/256
ratio 1.0019: 0 codes are not the nearest, the worst 0.25 steps away; 0 differ from a ratio rounded to 1/256
ratio 1.2987: 17 codes are not the nearest, the worst 0.68 steps away; 0 differ from a ratio rounded to 1/256
SEEN
