import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  hashMessage,
  hashTypedData,
  parseTransaction,
  recoverAddress,
  recoverTransactionAddress,
  type TransactionSerializedEIP1559,
} from 'viem';
import { FIELD } from '../../src/protocol/zkid.ts';
import { passwordWeakness } from '../../src/wallet/vault/password-strength.ts';
import { delayAfter } from '../../src/wallet/vault/throttle.ts';
import { openBench, OWNER, PASSWORD, PHRASE, vaultBench } from './fixture.ts';

const code = (expected: string) => (error: { code?: string }) => {
  assert.equal(error.code, expected);
  return true;
};

const TRANSACTION = {
  chainId: 31178,
  nonce: 7,
  to: OWNER,
  value: 5n,
  data: '0x1234',
  gas: 50_000n,
  maxFeePerGas: 3n,
  maxPriorityFeePerGas: 1n,
} as const;

test('a new phrase is twelve words that restore the same account', async () => {
  const first = vaultBench();
  assert.equal(await first.vault.state(), 'empty');
  const phrase = await first.vault.newPhrase();
  assert.equal(phrase.split(' ').length, 12);
  const [account] = await first.vault.create(phrase, PASSWORD);
  const second = vaultBench();
  assert.deepEqual((await second.vault.create(`  ${phrase.toUpperCase()} \n`, PASSWORD))[0], account);
});

test('accounts are derived at the path every wallet uses', async () => {
  const { vault } = await openBench();
  assert.deepEqual(await vault.accounts(), [{ address: OWNER, index: 0, purpose: 'owner' }]);
});

test('what lies in storage holds no word of the phrase and opens only with the password', async () => {
  const { vault, store, tab } = await openBench();
  const stored = JSON.stringify(await store.get('vault'), (_key, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
  );
  assert.ok(!stored.includes('junk'));
  await vault.lock();
  await assert.rejects(vault.accounts(), code('VAULT_LOCKED'));
  await assert.rejects(vault.signTransaction(OWNER, TRANSACTION), code('VAULT_LOCKED'));
  const other = tab();
  assert.equal(await other.state(), 'locked');
  await assert.rejects(other.unlock('four unrelated word'), code('PASSWORD_WRONG'));
  assert.equal((await other.unlock(PASSWORD))[0]?.address, OWNER);
  assert.equal(await other.revealPhrase(PASSWORD), PHRASE);
});

test('weakened parameters in storage do not open the vault', async () => {
  const { store, tab } = await openBench();
  const record = (await store.get('vault')) as { kdf: { iterations: number } };
  await store.write([['vault', { ...record, kdf: { ...record.kdf, iterations: 1 } }]]);
  await assert.rejects(tab().unlock(PASSWORD), code('PASSWORD_WRONG'));
  await store.write([['vault', { ...record, kdf: { ...record.kdf, memoryKiB: 1 << 30 } }]]);
  await assert.rejects(tab().unlock(PASSWORD), code('VAULT_VERSION'));
});

test('wrong passwords wait longer and longer, in every tab', async () => {
  assert.deepEqual([0, 1, 2, 3, 4, 5, 20].map(delayAfter), [0, 0, 0, 2000, 4000, 8000, 300_000]);
  const { store, clock, tab } = await openBench();
  await store.write([['attempts', { wrong: 2, notBefore: 0 }]]);
  await assert.rejects(tab().unlock('wrong password'), (error: { code: string; details: string }) => {
    assert.deepEqual([error.code, error.details], ['PASSWORD_WRONG', '2']);
    return true;
  });
  await assert.rejects(tab().unlock(PASSWORD), code('PASSWORD_DELAYED'));
  clock.now += 2001;
  const vault = tab();
  await vault.unlock(PASSWORD);
  assert.equal(await vault.state(), 'unlocked');
});

test('weak passwords and things that are no phrase are refused in words', async () => {
  const expected: [string, string | undefined][] = [
    ['short', 'short'],
    ['aaaaaaaaaaaaaa', 'repetitive'],
    ['ababcabcabcabc', 'repetitive'],
    ['abcdefghijkl', 'sequence'],
    ['9876543210', 'sequence'],
    ['Password123', 'common'],
    ['P@ssw0rd!2024', 'common'],
    ['qwertyuiop', 'common'],
    ['four unrelated words', undefined],
    ['海闊天空任鳥飛魚躍龍門', undefined],
  ];
  for (const [password, weakness] of expected) assert.equal(passwordWeakness(password), weakness, password);
  const { vault } = vaultBench();
  await assert.rejects(vault.create(PHRASE, 'short'), code('PASSWORD_WEAK'));
  for (const [phrase, details] of [
    ['', 'count'],
    [PHRASE.replace('junk', 'jnuk'), 'word 12'],
    [PHRASE.replace(' junk', ''), 'count'],
    [PHRASE.replace('junk', 'test'), 'checksum'],
  ] as const)
    await assert.rejects(vault.create(phrase, PASSWORD), (error: { code: string; details: string }) => {
      assert.deepEqual([error.code, error.details], ['PHRASE_INVALID', details]);
      return true;
    });
});

test('a second wallet does not replace the first, but its own phrase sets a new password', async () => {
  const { vault, tab } = await openBench();
  await assert.rejects(vault.create(await vault.newPhrase(), PASSWORD), code('VAULT_EXISTS'));
  await tab().create(PHRASE, 'another good secret');
  await assert.rejects(tab().unlock(PASSWORD), code('PASSWORD_WRONG'));
  assert.equal((await tab().unlock('another good secret'))[0]?.address, OWNER);
});

test('signatures are what they say and recover to the owner', async () => {
  const { vault } = await openBench();
  const raw = (await vault.signTransaction(OWNER, TRANSACTION)) as TransactionSerializedEIP1559;
  const { r, s, yParity, v, type, ...fields } = parseTransaction(raw);
  assert.deepEqual([type, { ...fields, to: OWNER }], ['eip1559', TRANSACTION]);
  assert.ok(r && s && (v !== undefined || yParity !== undefined));
  assert.equal(await recoverTransactionAddress({ serializedTransaction: raw }), OWNER);
  assert.equal(await vault.signTransaction(OWNER, TRANSACTION), raw);

  const message = '0x68656c6c6f';
  const personal = await vault.signMessage(OWNER, message);
  assert.equal(await recoverAddress({ hash: hashMessage({ raw: message }), signature: personal }), OWNER);

  const typed = {
    domain: { name: 'A', chainId: 31178 },
    types: { Note: [{ name: 'amount', type: 'uint256' }] },
    primaryType: 'Note',
    message: { amount: 3n },
  } as const;
  const signature = await vault.signTypedData(OWNER, typed);
  assert.equal(await recoverAddress({ hash: hashTypedData(typed), signature }), OWNER);
  await assert.rejects(
    vault.signTypedData(OWNER, { ...typed, primaryType: 'Missing' } as never),
    code('TYPED_DATA_INVALID'),
  );
});

test('malformed arguments and accounts of others are refused', async () => {
  const { vault } = await openBench();
  const stranger = '0x3333333333333333333333333333333333333333';
  await assert.rejects(vault.signTransaction(stranger, TRANSACTION), code('ACCOUNT_UNKNOWN'));
  await assert.rejects(vault.signMessage(stranger, '0x00'), code('ACCOUNT_UNKNOWN'));
  for (const change of [{ value: -1n }, { value: 1 }, { gas: 1n << 256n }, { to: '0x12' }, { data: '0x1' }])
    await assert.rejects(
      vault.signTransaction(OWNER, { ...TRANSACTION, ...change } as never),
      code('VAULT_ARGUMENT'),
    );
  await assert.rejects(vault.signMessage(OWNER, 'hello' as never), code('VAULT_ARGUMENT'));
});

test('the holder’s secret follows from the phrase alone and fits the field', async () => {
  const first = await openBench();
  const second = await openBench();
  const secret = await first.vault.zkidSecret();
  assert.equal(secret, await second.vault.zkidSecret());
  assert.ok(secret > 0n && secret < FIELD);
});

test('secrets of two purposes have nothing in common, and the first is as it always was', async () => {
  const { vault } = await openBench();
  const secrets = await Promise.all([0, 1, 2].map((purpose) => vault.zkidSecret(purpose)));
  assert.equal(secrets[0], await vault.zkidSecret());
  assert.equal(new Set(secrets).size, 3);
  // HKDF-SHA-256 of the phrase's seed, 48 bytes under 'hsk-embed/zkid/secret/v1', as before there were several.
  const { mnemonicToSeedSync } = await import('@scure/bip39');
  const { hkdfSync } = await import('node:crypto');
  const bytes = hkdfSync('sha256', mnemonicToSeedSync(PHRASE), '', 'hsk-embed/zkid/secret/v1', 48);
  assert.equal(secrets[0], BigInt(`0x${Buffer.from(bytes).toString('hex')}`) % FIELD);
  for (const purpose of [-1, 16, 0.5, '1'])
    await assert.rejects(vault.zkidSecret(purpose as number), code('VAULT_ARGUMENT'));
});

test('what is sealed for the holder opens with the same phrase, in its own place, unchanged', async () => {
  const first = await openBench();
  const second = await openBench();
  const plaintext = '0x63726564656e7469616c';
  const sealed = await first.vault.sealForHolder(plaintext, 'credential https://issuer.test 7');
  assert.notEqual(await first.vault.sealForHolder(plaintext, 'credential https://issuer.test 7'), sealed);
  assert.equal((sealed.length - 2) / 2, 12 + 10 + 16, 'nonce, ciphertext, tag');
  assert.equal(await second.vault.openForHolder(sealed, 'credential https://issuer.test 7'), plaintext);
  await assert.rejects(
    second.vault.openForHolder(sealed, 'credential https://issuer.test 8'),
    code('SEAL_BROKEN'),
  );
  const flipped = `${sealed.slice(0, -2)}${sealed.endsWith('00') ? '01' : '00'}` as const;
  for (const broken of [flipped, '0x', '0x00', sealed.slice(0, -2)] as `0x${string}`[])
    await assert.rejects(
      second.vault.openForHolder(broken, 'credential https://issuer.test 7'),
      code('SEAL_BROKEN'),
    );
  const stranger = vaultBench();
  await stranger.vault.create(await stranger.vault.newPhrase(), PASSWORD);
  await assert.rejects(
    stranger.vault.openForHolder(sealed, 'credential https://issuer.test 7'),
    code('SEAL_BROKEN'),
  );
  await assert.rejects(first.vault.sealForHolder('hello' as never, 'x'), code('VAULT_ARGUMENT'));
  for (const context of ['', 'x'.repeat(601), 'two\nlines', 7])
    await assert.rejects(first.vault.sealForHolder('0x00', context as string), code('VAULT_ARGUMENT'));

  const locator = await first.vault.holderLocator('https://issuer.test 0');
  assert.match(locator, /^0x[0-9a-f]{64}$/);
  assert.equal(await second.vault.holderLocator('https://issuer.test 0'), locator);
  assert.notEqual(await second.vault.holderLocator('https://issuer.test 1'), locator);
  await first.vault.lock();
  await assert.rejects(first.vault.openForHolder(sealed, 'x'), code('VAULT_LOCKED'));
  await assert.rejects(first.vault.holderLocator('x'), code('VAULT_LOCKED'));
});

test('a vault knows whether its phrase was ever anywhere else', async () => {
  const made = vaultBench();
  await made.vault.create(await made.vault.newPhrase(), PASSWORD);
  assert.equal(await made.vault.madeHere(), true);
  const phrase = await made.vault.revealPhrase(PASSWORD);
  await made.tab().create(phrase, 'another good secret');
  assert.equal(await made.tab().madeHere(), true, 'a new password changes nothing');
  const restored = vaultBench();
  await restored.vault.newPhrase();
  await restored.vault.create(phrase, PASSWORD);
  assert.equal(await restored.vault.madeHere(), false);
});

test('an idle vault locks itself, even if its timer slept', async () => {
  const { vault, clock, changes } = await openBench();
  clock.now += 14 * 60_000;
  await vault.accounts();
  clock.now += 14 * 60_000;
  assert.equal(await vault.state(), 'unlocked');
  clock.now += 60_000;
  assert.equal(await vault.state(), 'locked');
  await assert.rejects(vault.zkidSecret(), code('VAULT_LOCKED'));
  assert.deepEqual(changes, ['created', 'idle']);

  const timed = vaultBench({ idle: 30 });
  await timed.vault.create(PHRASE, PASSWORD);
  await new Promise((resolve) => setTimeout(resolve, 60));
  assert.deepEqual(timed.changes, ['created', 'idle']);
});

test('erasing asks for the password and leaves nothing', async () => {
  const { vault, store } = await openBench();
  await assert.rejects(vault.erase('not the password'), code('PASSWORD_WRONG'));
  await vault.erase(PASSWORD);
  assert.equal(await vault.state(), 'empty');
  assert.deepEqual(await store.keys(''), []);
});
