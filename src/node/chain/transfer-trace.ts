import type { EVMResult, Message } from '@ethereumjs/evm';
import { createZeroAddress } from '@ethereumjs/util';
import { keccak256, stringToHex } from 'viem';
import { toBytes, toHex, word } from './bytes.ts';
import type { Engine } from './engine.ts';

/** ERC-7528's address of the native asset: it emits the transfers that `traceTransfers` shows. */
export const TRANSFER_EMITTER = '0xeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee';
const TRANSFER = toBytes(keccak256(stringToHex('Transfer(address,address,uint256)')));

/** Puts a log before those of each call that moves value, so that it is undone together with them. */
export function traceTransfers(engine: Engine): void {
  const open: Message[] = [];
  const events = engine.vm.evm.events!;
  events.on('beforeMessage', (message: Message, next?: () => void) => {
    open.push(message);
    next?.();
  });
  events.on('afterMessage', ({ execResult, createdAddress }: EVMResult, next?: () => void) => {
    const message = open.pop()!;
    if (message.value > 0n && !message.delegatecall && !execResult.exceptionError) {
      const to = message.to ?? createdAddress ?? createZeroAddress();
      const topics = [TRANSFER, word(BigInt(toHex(message.caller.bytes))), word(BigInt(toHex(to.bytes)))];
      execResult.logs = [
        [toBytes(TRANSFER_EMITTER), topics, word(message.value)],
        ...(execResult.logs ?? []),
      ];
    }
    next?.();
  });
}
