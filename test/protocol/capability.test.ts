import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Hex } from 'viem';
import {
  type Capability,
  capabilitiesCovered,
  capabilityId,
  requiredCapabilitiesHash,
} from '../../src/protocol/capability.ts';
import { vector } from './vectors.ts';

interface File<I, O> {
  vectors: { id: string; input: I; expected_output: O }[];
}

for (const { id, input, expected_output } of vector<File<Capability, { id: Hex }>>('hsp/capability-id.json')
  .vectors)
  test(`capability id: ${id}`, () => {
    assert.equal(capabilityId(input), expected_output.id);
    for (const field of ['namespace', 'name', 'version'] as const)
      assert.notEqual(capabilityId({ ...input, [field]: `${input[field]}x` }), expected_output.id, field);
  });

for (const { id, input, expected_output } of vector<
  File<{ capabilities?: Hex[]; _inline_capability_ids?: Capability[] }, { hash: Hex }>
>('hsp/required-capabilities-hash.json').vectors)
  test(`required capabilities: ${id}`, () =>
    assert.equal(
      requiredCapabilitiesHash(input.capabilities ?? input._inline_capability_ids!.map(capabilityId)),
      expected_output.hash,
    ));

test('coverage is set inclusion, whatever the spelling', () => {
  const [a, b] = ['0x' + 'ab'.repeat(32), '0x' + 'cd'.repeat(32)] as [Hex, Hex];
  assert.ok(capabilitiesCovered([], []));
  assert.ok(capabilitiesCovered([a], [b, a.toUpperCase().replace('0X', '0x') as Hex]));
  assert.ok(!capabilitiesCovered([a, b], [a]));
});
