/* oxlint-disable no-underscore-dangle -- the names of ethereumjs */
import { Common, Hardfork, Mainnet } from '@ethereumjs/common';
import { paramsEVM } from '@ethereumjs/evm';
import { paramsTx } from '@ethereumjs/tx';
import { paramsVM } from '@ethereumjs/vm';
import { customCrypto } from './crypto.ts';

/**
 * A `Common` that remembers its answers: the interpreter asks at every opcode which EIPs are active, and
 * every decoded transaction brings its library's parameters along again.
 */
class ChainCommon extends Common {
  declare private active: Uint8Array | undefined;
  declare private values: Map<string, bigint> | undefined;
  declare private forks: Map<string, boolean> | undefined;
  declare private merged: Set<unknown> | undefined;

  override isActivatedEIP(eip: number): boolean {
    return this.active![eip] === 1;
  }

  override param(name: string): bigint {
    let value = this.values!.get(name);
    if (value === undefined) this.values!.set(name, (value = super.param(name)));
    return value;
  }

  override gteHardfork(hardfork: string | Hardfork): boolean {
    let answer = this.forks!.get(hardfork);
    if (answer === undefined) this.forks!.set(hardfork, (answer = super.gteHardfork(hardfork)));
    return answer;
  }

  override updateParams(params: Parameters<Common['updateParams']>[0]): void {
    // The packages keep their parameters in constants.
    this.merged ??= new Set();
    if (this.merged.has(params)) return;
    this.merged.add(params);
    super.updateParams(params);
  }

  override resetParams(params: Parameters<Common['resetParams']>[0]): void {
    this.merged = undefined;
    super.resetParams(params);
  }

  protected override _buildParamsCache(): void {
    this.values = new Map();
    super._buildParamsCache();
  }

  protected override _buildActivatedEIPsCache(): void {
    this.forks = new Map();
    super._buildActivatedEIPsCache();
    this.active = new Uint8Array(1 << 14);
    for (const eip of this._activatedEIPsCache) this.active[eip] = 1;
  }
}

/** Prague rules under our own chain id. */
export function chainCommon(chainId: number): Common {
  const common = new ChainCommon({
    chain: { ...Mainnet, chainId, name: `hsk-${chainId}` },
    hardfork: Hardfork.Prague,
    customCrypto,
  });
  for (const params of [paramsEVM, paramsVM, paramsTx]) common.updateParams(params);
  return common;
}
