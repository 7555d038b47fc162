import type { Json, WireLie } from './lying-peer.ts';

const everyAnswer = (change: (answer: Json) => Json): WireLie => ({
  wire: (body) => {
    const parsed: Json = JSON.parse(body);
    return { body: JSON.stringify(Array.isArray(parsed) ? parsed.map(change) : change(parsed)) };
  },
});

export const truncated: WireLie = { wire: (body) => ({ body: body.slice(0, -3) }) };
export const endlessAnswer: WireLie = { wire: () => 'endless' };
export const silence: WireLie = { wire: () => 'silence' };
export const serverError: WireLie = { wire: () => ({ status: 500 }) };
export const nullBody: WireLie = { wire: () => ({ body: 'null' }) };
export const wrongId = everyAnswer((answer) => ({ ...answer, id: answer.id + 1_000_000 }));
export const idAsText = everyAnswer((answer) => ({ ...answer, id: String(answer.id) }));
export const nullResult = everyAnswer((answer) => ({ ...answer, result: null }));
export const errorForAll = everyAnswer(({ id }) => ({
  jsonrpc: '2.0',
  id,
  error: { code: -32603, message: 'no' },
}));
