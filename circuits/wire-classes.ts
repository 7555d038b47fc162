/**
 * What fixes each wire of the circuit: a credential and the holder's secret, those and a token (its scope and
 * policy), or the single proof (day and binding). The prover keeps partial sums over the wires of the first two
 * classes. It compares their values before it uses a sum, so that a wrong class costs time and never a proof.
 *
 * Read from circom's symbol file by the component in which a signal stands: every input of these components is
 * of their own class or a slower one. test/identity/proving-key.test.ts checks it with witnesses.
 */
export const CHANGING = 0;
export const TOKEN = 1;
export const CREDENTIAL = 2;

const TOKEN_SIGNALS = ['scope', 'nullifier', 'allowedCountries', 'policy', 'policyHash'];
const TOKEN_RULES = ['tierEnough', 'generationAllowed', 'kindAllowed', 'word', 'wordBits', 'countryAllowed'];
const COMPONENTS = new Map<number, string[]>([
  [CREDENTIAL, ['secret', 'attributes', 'index', 'children', 'root', 'commitment', 'leaf', 'tree', 'a']],
  [TOKEN, [...TOKEN_SIGNALS, 'name', 'rules', 'p', ...TOKEN_RULES]],
  [CHANGING, ['today', 'binding', 'bound', 'unexpired', 'oldEnough']],
]);

/**
 * One class per wire. Signals that circom found equal share a wire, which then has the slowest of their classes.
 *
 * @param symbols text of the .sym file: label,wire,component,name; wire -1 was substituted away
 */
export function wireClasses(symbols: string, wires: number): Uint8Array {
  const classOf = new Map(
    [...COMPONENTS].flatMap(([kind, names]) => names.map((name) => [name, kind] as const)),
  );
  const classes = new Uint8Array(wires);
  // The constant one.
  classes[0] = CREDENTIAL;
  for (const line of symbols.trim().split('\n')) {
    const [, at, , name = ''] = line.split(',');
    const kind = classOf.get(/^main\.(\w+)/.exec(name)?.[1] ?? '');
    if (kind === undefined) throw new Error(`What fixes the signal ${name}? Name its class here.`);
    const wire = Number(at);
    if (wire >= 0) classes[wire] = Math.max(classes[wire]!, kind);
  }
  return classes;
}
