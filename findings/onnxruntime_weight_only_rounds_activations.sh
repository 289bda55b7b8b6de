#!/usr/bin/env bash
# onnxruntime-node 1.30.0: weight-only quantization (DequantizeLinear of int8 weights into a MatMul) also rounds the float
# activations to 8 bits at level "extended" and above: the pair becomes MatMulNBits with accuracy_level 4. Small values beside a
# large one in the same block become 0. A Gemm with transB = 1 and the same weights stays float, and so does onnxruntime-web.
# One would guess that weight-only means that activations stay as they are. session.qdq_matmulnbits_accuracy_level=0 says so.
set -euo pipefail
here=$(mktemp -d); trap 'rm -rf "$here"' EXIT; cd "$here"
npm install --silent --ignore-scripts --no-audit --no-fund onnxruntime-node@1.30.0 onnx-proto@8.0.1
cat > blocks.mjs <<'JS'
import proto from 'onnx-proto';
import ort from 'onnxruntime-node';
const onnx = proto.onnx;
const K = 64, N = 32;
const value = (name, dims) => ({name, type: {tensorType: {elemType: 1, shape: {dim: dims.map(dimValue => ({dimValue}))}}}});
const ones = Int8Array.from({length: K * N}, () => 1);
const make = gemm => onnx.ModelProto.encode({irVersion: 10, opsetImport: [{domain: '', version: 21}], graph: {
    name: 'g', input: [value('x', [1, K])], output: [value('y', [1, N])],
    initializer: [
        {name: 'w', dataType: 3, dims: gemm ? [N, K] : [K, N], rawData: new Uint8Array(ones.buffer)},
        {name: 's', dataType: 1, dims: gemm ? [N, K / 32] : [K / 32, N], rawData: new Uint8Array(new Float32Array(K / 32 * N).fill(1).buffer)}],
    node: [
        {opType: 'DequantizeLinear', input: ['w', 's'], output: ['f'], attribute: [{name: 'axis', type: 2, i: gemm ? 1 : 0}, {name: 'block_size', type: 2, i: 32}]},
        gemm ? {opType: 'Gemm', input: ['x', 'f'], output: ['y'], attribute: [{name: 'transB', type: 2, i: 1}]}
             : {opType: 'MatMul', input: ['x', 'f'], output: ['y']}]}}).finish();
const x = new Float32Array(K).fill(0.3);
x[0] = 100; // in exact arithmetic every output is 100 + 63 * 0.3 = 118.9
const run = async (gemm, options) => {
    const session = await ort.InferenceSession.create(make(gemm), options);
    return (await session.run({x: new ort.Tensor('float32', x, [1, K])})).y.data[0].toFixed(1);
};
console.log('MatMul, disabled:', await run(false, {graphOptimizationLevel: 'disabled'}));
console.log('MatMul, all:', await run(false, {graphOptimizationLevel: 'all'}));
console.log('MatMul, all, accuracy level 0:', await run(false, {graphOptimizationLevel: 'all', extra: {session: {qdq_matmulnbits_accuracy_level: '0'}}}));
console.log('Gemm with transB, all:', await run(true, {graphOptimizationLevel: 'all'}));
JS
node blocks.mjs | tee seen
diff seen - <<'SEEN' && echo "as seen: onnxruntime-node 1.30.0"
MatMul, disabled: 118.9
MatMul, all: 109.6
MatMul, all, accuracy level 0: 118.9
Gemm with transB, all: 118.9
SEEN
