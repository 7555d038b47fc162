import { connect, type Socket } from 'node:net';
import { Random } from './random.ts';
import { judge, type Secrets } from './rpc-judge.ts';
import { hostileRequest, type HostileRequest } from './rpc-requests.ts';
import type { Known } from './rpc-services.ts';
import { hostileSocket } from './rpc-socket.ts';
import { Wire } from './rpc-wire.ts';

export interface HostileRun {
  port: number;
  runs: number;
  seed: number;
  known: Known;
  secrets: Secrets;
}

/** Requests that are under way at the same time, and connections that somebody left open. */
const LANES = 12;
const LEFT_OPEN = 200;
/** Every so many requests are messages of one WebSocket. */
const SOCKET_EVERY = 200;
const SOCKET_MESSAGES = 20;

/** Outcome to count, by kind of request. */
export type Counts = Map<string, Map<string, number>>;

/** Sends so many hostile requests; each is made by the seed and its number alone. @throws at the first bad answer */
export async function hostileRun(run: HostileRun): Promise<Counts> {
  const counts: Counts = new Map();
  const count = (kind: string, outcome: string) => {
    const outcomes = counts.get(kind) ?? new Map<string, number>();
    counts.set(kind, outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1));
  };
  const open: Socket[] = [];
  let next = 0;
  let failed = false;
  const lane = async () => {
    const wire = new Wire(run.port);
    while (next < run.runs && !failed) {
      const index = next++;
      const random = new Random(Math.imul(run.seed, 1_000_003) + index);
      let request: HostileRequest | undefined;
      try {
        if (index % SOCKET_EVERY === 0) {
          const chain = random.pick(['execution', 'mainchain']);
          const messages = Math.min(SOCKET_MESSAGES, run.runs - next);
          next += messages;
          await hostileSocket(
            random,
            `ws://127.0.0.1:${run.port}/${chain}`,
            messages,
            run.secrets,
            (outcome) => count('WebSocket message', outcome),
          );
        } else {
          request = hostileRequest(random, run.known);
          for (const outcome of await send(request, wire, run, open)) count(request.kind, outcome);
        }
      } catch (cause) {
        failed = true;
        const seen = request?.bytes.toString('latin1').slice(0, 1500) ?? 'a WebSocket';
        throw new Error(
          `seed ${run.seed}, request ${index}, ${request?.kind ?? 'WebSocket'}: ${String(cause)}\n${seen}`,
          { cause },
        );
      }
    }
    wire.close();
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  for (const socket of open) socket.destroy();
  return counts;
}

async function send(request: HostileRequest, wire: Wire, run: HostileRun, open: Socket[]): Promise<string[]> {
  if (request.alone === 'leave' || request.alone === 'reset') return [await abandon(request, run.port, open)];
  const used = request.alone ? new Wire(run.port) : wire;
  const replies = await used.exchange(request.bytes, request.replies, request.bodiless);
  if (request.alone) used.close();
  if (replies.length < request.replies) {
    if (request.want !== 'http') throw new Error(`${replies.length} of ${request.replies} answers`);
    return ['connection ended'];
  }
  return replies.map((reply) => judge(request, reply, run.secrets));
}

async function abandon({ bytes, alone }: HostileRequest, port: number, open: Socket[]): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  await new Promise<void>((resolve) => socket.write(bytes, () => resolve()));
  if (alone === 'reset') {
    socket.resetAndDestroy();
    return 'reset by us';
  }
  open.push(socket);
  if (open.length > LEFT_OPEN) open.shift()!.destroy();
  return 'left open by us';
}
