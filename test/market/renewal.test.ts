import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { endOfDay, validityUntil } from '../../src/identity/validity.ts';
import { noRenewal, renewal, renewalReason, type RenewalEvent } from '../../src/market/renewal.ts';

const NOW = 1_800_000_000;
const DAY = 86_400;
const good = {
  admitted: true,
  revoked: false,
  epochBehind: false,
  graceUntil: 0n,
  country: 0,
  expiry: BigInt(NOW + 31 * DAY),
};

describe('a renewal', () => {
  it('is due when the policy has changed, the time is over, or thirty days are left', () => {
    assert.equal(renewalReason(good, NOW), undefined);
    assert.equal(renewalReason({ ...good, expiry: BigInt(NOW + 30 * DAY) - 1n }, NOW), 'ending');
    assert.equal(renewalReason({ ...good, expiry: BigInt(NOW + 30 * DAY) }, NOW), undefined);
    assert.equal(renewalReason({ ...good, admitted: false, expiry: BigInt(NOW) }, NOW), 'lapsed');
    assert.equal(renewalReason({ ...good, admitted: false, epochBehind: true }, NOW), 'policy');
    assert.equal(renewalReason({ ...good, expiry: 0n }, NOW), undefined, 'there never was one');
    assert.equal(
      renewalReason({ ...good, admitted: false, revoked: true }, NOW),
      undefined,
      'nothing to prove',
    );
  });

  it('counts the last day of a credential whole', () => {
    assert.equal(endOfDay(20_261_231), Date.UTC(2027, 0, 1) / 1000);
    assert.equal(endOfDay(20_270_229), Date.UTC(2027, 2, 2) / 1000, 'a year after 29 February');
    const end = endOfDay(20_261_231);
    assert.equal(validityUntil(end, end - 1), 'ending');
    assert.equal(validityUntil(end, end), 'ended');
    assert.equal(validityUntil(end, end - 30 * DAY), 'valid');
  });

  it('goes from a press to done, never backwards, and can be tried again', () => {
    const events: RenewalEvent[] = [
      { type: 'begin' },
      { type: 'progress', stage: 'proof', fraction: 0.6 },
      { type: 'progress', stage: 'witness', fraction: 0.2 },
    ];
    const proving = events.reduce(renewal, noRenewal);
    assert.deepEqual(proving, { phase: 'proving', stage: 'witness', fraction: 0.6 });
    assert.equal(renewal(proving, { type: 'begin' }), proving, 'one at a time');
    assert.equal(renewal(proving, { type: 'admitted' }), proving, 'not before it was proven');
    const sent = renewal(renewal(proving, { type: 'proved' }), { type: 'sent' });
    assert.deepEqual(sent, { phase: 'admitting', sent: true });
    assert.deepEqual(renewal(sent, { type: 'admitted' }), { phase: 'done' });
    const error = { code: 'ADMISSION_REFUSED', shortMessage: 'no' };
    const failed = renewal(sent, { type: 'failed', error });
    assert.deepEqual(failed, { phase: 'failed', error });
    assert.equal(renewal(failed, { type: 'begin' }).phase, 'proving');
  });
});
