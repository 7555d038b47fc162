/**
 * Writes poseidon-constants.circom: the round constants and matrices of Poseidon over BN254 for the widths
 * that the circuit uses. Nothing is copied from another library: the numbers come from the Grain LFSR of the
 * reference script (generate_parameters_grain.sage, https://extgit.iaik.tugraz.at/krypto/hadeshash), so that
 * the agreement with poseidon-lite, which a test checks, says something.
 *
 * Run: node circuits/generate-poseidon.mjs
 */
import { writeFileSync } from 'node:fs';

const P = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;
const FIELD_BITS = 254;
const FULL_ROUNDS = 8;
/** Width (inputs + 1) to partial rounds, reference table for x^5 at 128 bits. */
const PARTIAL_ROUNDS = new Map([
  [3, 57],
  [9, 63],
]);

const mod = (x) => ((x % P) + P) % P;

function inverse(x) {
  let [r0, r1, s0, s1] = [P, mod(x), 0n, 1n];
  while (r1) {
    const quotient = r0 / r1;
    [r0, r1] = [r1, r0 - quotient * r1];
    [s0, s1] = [s1, s0 - quotient * s1];
  }
  return mod(s0);
}

/** The reference's bit source: an 80-bit LFSR over the parameters, self-shrinking, 160 bits thrown away. */
function* grain(width, partialRounds) {
  const bits = (value, length) => [...value.toString(2).padStart(length, '0')].map(Number);
  const state = [
    ...bits(1, 2), // prime field
    ...bits(0, 4), // S-box x^alpha
    ...bits(FIELD_BITS, 12),
    ...bits(width, 12),
    ...bits(FULL_ROUNDS, 10),
    ...bits(partialRounds, 10),
    ...Array.from({ length: 30 }, () => 1),
  ];
  const next = () => {
    const bit = state[62] ^ state[51] ^ state[38] ^ state[23] ^ state[13] ^ state[0];
    state.shift();
    state.push(bit);
    return bit;
  };
  for (let skipped = 0; skipped < 160; skipped++) next();
  for (;;) {
    while (next() === 0) next();
    yield next();
  }
}

function parameters(width) {
  const partialRounds = PARTIAL_ROUNDS.get(width);
  const source = grain(width, partialRounds);
  const draw = () => {
    let value = 0n;
    for (let bit = 0; bit < FIELD_BITS; bit++) value = (value << 1n) | BigInt(source.next().value);
    return value;
  };
  const roundConstants = [];
  while (roundConstants.length < (FULL_ROUNDS + partialRounds) * width) {
    const value = draw();
    if (value < P) roundConstants.push(value);
  }
  // Cauchy matrix: M[i][j] = 1 / (x_i + y_j).
  const points = Array.from({ length: 2 * width }, () => mod(draw()));
  const matrix = Array.from({ length: width }, (_row, i) =>
    Array.from({ length: width }, (_column, j) => inverse(points[i] + points[width + j])),
  );
  return { partialRounds, roundConstants, matrix, inverseMatrix: invert(matrix) };
}

/** Gauss-Jordan over the field. */
function invert(matrix) {
  const size = matrix.length;
  const rows = matrix.map((row, i) => [...row, ...row.map((_value, j) => (i === j ? 1n : 0n))]);
  for (let i = 0; i < size; i++) {
    const pivot = rows.findIndex((row, index) => index >= i && row[i] !== 0n);
    [rows[i], rows[pivot]] = [rows[pivot], rows[i]];
    const scale = inverse(rows[i][i]);
    rows[i] = rows[i].map((value) => mod(value * scale));
    for (let j = 0; j < size; j++) {
      if (j === i || rows[j][i] === 0n) continue;
      const factor = rows[j][i];
      rows[j] = rows[j].map((value, column) => mod(value - factor * rows[i][column]));
    }
  }
  return rows.map((row) => row.slice(size));
}

const lines = [
  'pragma circom 2.1.5;',
  '',
  '// Written by generate-poseidon.mjs; do not edit. Matrices are row by row.',
];
const list = (name, values) => lines.push(`function ${name}() {`, `    return [${values.join(', ')}];`, '}');
for (const width of PARTIAL_ROUNDS.keys()) {
  const { partialRounds, roundConstants, matrix, inverseMatrix } = parameters(width);
  lines.push('', `// Width ${width}: ${FULL_ROUNDS} full and ${partialRounds} partial rounds.`);
  list(`poseidonConstants${width}`, roundConstants);
  list(`poseidonMatrix${width}`, matrix.flat());
  list(`poseidonInverse${width}`, inverseMatrix.flat());
  lines.push(
    `function poseidonCorner${width}() { // 1 / M[0][0]`,
    `    return ${inverse(matrix[0][0])};`,
    '}',
  );
}
writeFileSync(new URL('poseidon-constants.circom', import.meta.url), `${lines.join('\n')}\n`);
