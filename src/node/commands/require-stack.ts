/** 1,024 nested contract calls need more than Node's default stack; the flag only works on the command line. */
export function requireStack(): void {
  if (!process.execArgv.some((flag) => /^--stack[-_]size=/.test(flag)))
    process.stderr.write(
      'hsk-node: run as `node --stack-size=4000 …`, or contract calls nested deeply will fail\n',
    );
}
