import { expect } from 'chai';
import { indexedDbStore } from '../../src/light-client/store.ts';

describe('indexedDbStore', () => {
  it('gives back what was put, to the next visit as well', async () => {
    const name = `test-${crypto.randomUUID()}`;
    await indexedDbStore(name).put('heads', '0x01', 'mainchain', { number: '7', nested: [1n] });
    expect(await indexedDbStore(name).get('heads', '0x01', 'mainchain')).to.deep.equal({
      number: '7',
      nested: [1n],
    });
  });

  it('keeps deployments and tables apart', async () => {
    const store = indexedDbStore(`test-${crypto.randomUUID()}`);
    await store.put('heads', '0x01', 'key', 'one');
    expect(await store.get('heads', '0x02', 'key')).to.equal(undefined);
    expect(await store.get('receipts', '0x01', 'key')).to.equal(undefined);
  });
});
