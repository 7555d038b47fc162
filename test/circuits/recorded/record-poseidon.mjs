// Wrote poseidon.json with circomlibjs 0.1.7 (GPL-3.0), which is no dependency of this package:
//   npm install --prefix FOLDER circomlibjs@0.1.7 && node record-poseidon.mjs FOLDER > poseidon.json
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import path from 'node:path';

const { buildPoseidon } = createRequire(path.resolve(process.argv[2], 'package.json'))('circomlibjs');
const poseidon = await buildPoseidon();
const P = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;
let seed = 'circomlib';
const element = () => {
  seed = createHash('sha256').update(seed).digest('hex');
  return BigInt(`0x${seed}`) % P;
};
const vectors = [2, 8].flatMap((width) => {
  const fill = (value) => Array(width).fill(value);
  const counted = Array.from({ length: width }, (_, index) => BigInt(index + 1));
  const edges = [counted, fill(0n), fill(1n), fill(P - 1n), fill(2n ** 128n - 1n), fill((P - 1n) / 2n)];
  const random = Array.from({ length: 26 }, () => fill(0n).map(element));
  return [...edges, ...random].map((inputs) => ({
    inputs: inputs.map(String),
    hash: poseidon.F.toString(poseidon(inputs)),
  }));
});
console.log(JSON.stringify(vectors, null, 1));
