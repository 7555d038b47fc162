import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { groth16 as snarkjs } from 'snarkjs';
import {
  type Address,
  decodeFunctionResult,
  encodeFunctionData,
  getContractAddress,
  type Hex,
  keccak256,
  numberToHex,
} from 'viem';
import { zkidVerifierAbi } from '../../src/contracts/abi/ZkidVerifier.ts';
import {
  zkidVerifierBytecode,
  zkidVerifierDeployedBytecode,
} from '../../src/contracts/bytecode/ZkidVerifier.ts';
import { circuitInput } from '../../src/identity/circuit-input.ts';
import type { Groth16Proof } from '../../src/identity/groth16/verify.ts';
import type { Circuit } from '../../src/identity/prove.ts';
import { artefact, rawInput, requestFor, singleThreadedCurve, witness } from '../circuits/circuit-fixture.ts';
import { committedCircuit } from '../circuits/committed-circuit.ts';
import { ask } from '../hostile/lying-peer.ts';
import { anvilBinary, startAnvil } from '../node/chain-anvil.ts';
import { testAccount } from '../node/chain-fixture.ts';
import { type Contract, TestChain } from './support.ts';

const CHAIN_ID = 31178;
const vkey = JSON.parse(Buffer.from(artefact('zkid.vkey.json')).toString('utf8'));
const binary = anvilBinary();
assert.ok(binary, 'anvil for this platform comes with npm ci');

interface Proven {
  signals: bigint[];
  proof: Groth16Proof;
}

let circuit: Circuit;
let anvil: Awaited<ReturnType<typeof startAnvil>>;
let onAnvil: Address;
let chain: TestChain;
let verifier: Contract<typeof zkidVerifierAbi>;
const proofs: Record<string, Proven> = {};

before(async () => {
  await singleThreadedCurve();
  circuit = await committedCircuit();
  const request = requestFor();
  proofs['ours'] = await circuit.groth16.prove(await circuit.program.calculate(circuitInput(request)), {});
  const data = (await witness(rawInput(request)))!;
  const { proof, publicSignals } = await snarkjs.prove(artefact('zkid.zkey'), { type: 'mem', data });
  const pair = ([x, y]: string[]): [bigint, bigint] => [BigInt(x!), BigInt(y!)];
  proofs["snarkjs's"] = {
    signals: publicSignals.map(BigInt),
    proof: {
      a: pair(proof.pi_a),
      b: [pair(proof.pi_b[0]!), pair(proof.pi_b[1]!)],
      c: pair(proof.pi_c),
    },
  };
  chain = await TestChain.open(CHAIN_ID);
  verifier = await chain.deploy(zkidVerifierAbi, zkidVerifierBytecode, []);
  anvil = await startAnvil(binary, ['--chain-id', String(CHAIN_ID)]);
  const deployer = testAccount('alice');
  await ask(anvil.url, 'anvil_setBalance', deployer.address, numberToHex(10n ** 24n));
  const creation = await deployer.signTransaction({
    chainId: CHAIN_ID,
    nonce: 0,
    type: 'eip1559',
    gas: 8_000_000n,
    maxFeePerGas: 10n ** 11n,
    maxPriorityFeePerGas: 0n,
    data: zkidVerifierBytecode,
  });
  await ask(anvil.url, 'eth_sendRawTransaction', creation);
  onAnvil = getContractAddress({ from: deployer.address, nonce: 0n });
});
after(() => anvil?.stop());

/** EIP-197 wants the imaginary part of G2's coordinates first. */
const forSolidity = ({ signals, proof: { a, b, c } }: Proven) =>
  [
    { a, b: b.map(([real, imaginary]) => [imaginary, real]) as Groth16Proof['b'], c },
    signals as [bigint, bigint, bigint, bigint, bigint, bigint],
  ] as const;

/** Whoever may be asked. */
const VERIFIERS: Record<string, (proven: Proven) => Promise<boolean>> = {
  'our worker': async ({ signals, proof }) => circuit.groth16.verify(signals, proof),
  async snarkjs({ signals, proof: { a, b, c } }) {
    const strings = (values: readonly bigint[]) => values.map(String);
    const form = { protocol: 'groth16', curve: 'bn128' };
    return snarkjs.verify(vkey, strings(signals), {
      ...form,
      pi_a: [...strings(a), '1'],
      pi_b: [...b.map(strings), ['1', '0']],
      pi_c: [...strings(c), '1'],
    });
  },
  'the contract in ethereumjs': (proven) => chain.read(verifier, 'verify', forSolidity(proven)),
  async 'the contract in revm'(proven) {
    const call = { abi: zkidVerifierAbi, functionName: 'verify', args: forSolidity(proven) } as const;
    const data = (await ask(
      anvil.url,
      'eth_call',
      { to: onAnvil, data: encodeFunctionData(call) },
      'latest',
    )) as Hex;
    return decodeFunctionResult({ ...call, data });
  },
};

for (const [name, verify] of Object.entries(VERIFIERS))
  test(`${name} accepts the proofs of both provers, and nothing near them`, async () => {
    for (const [prover, proven] of Object.entries(proofs)) {
      assert.equal(await verify(proven), true, prover);
      const { signals, proof } = proven;
      for (const index of signals.keys())
        assert.equal(await verify({ proof, signals: signals.with(index, signals[index]! ^ 1n) }), false);
      const { a, c } = proof;
      for (const bent of [
        { ...proof, a: c, c: a },
        { ...proof, b: [proof.b[1], proof.b[0]] as Groth16Proof['b'] },
      ])
        assert.equal(await verify({ signals, proof: bent }).catch(() => false), false);
    }
    const [ours, theirs] = Object.values(proofs) as [Proven, Proven];
    assert.deepEqual(ours.signals, theirs.signals);
    const mixed = { signals: ours.signals, proof: { ...ours.proof, c: theirs.proof.c } };
    assert.equal(await verify(mixed), false, 'halves of two true proofs');
  });

test('the deployed verifier holds the key that is pinned, and no other code', async () => {
  const code = (await ask(anvil.url, 'eth_getCode', onAnvil, 'latest')) as Hex;
  assert.equal(keccak256(code), keccak256(zkidVerifierDeployedBytecode), 'it has no immutables');
  const { vk_alpha_1, vk_beta_2, vk_gamma_2, vk_delta_2, IC } = vkey;
  const coordinates = [
    vk_alpha_1.slice(0, 2),
    ...[vk_beta_2, vk_gamma_2, vk_delta_2].map((point: string[][]) => point.slice(0, 2).flat()),
    ...IC.map((point: string[]) => point.slice(0, 2)),
  ].flat();
  assert.equal(coordinates.length, 2 + 3 * 4 + 7 * 2);
  // A PUSH leaves leading zeros out.
  for (const value of coordinates) assert.ok(code.includes(BigInt(value).toString(16)), value);
});
