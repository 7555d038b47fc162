import { Writable } from 'node:stream';
import { destination, pino } from 'pino';

export const LOG_FORMATS = ['text', 'json'] as const;
export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];
export type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * Says one thing to the operator; `words` may begin with the part that speaks, as in `bridge: …`. Never a
 * secret. The level is `info` unless given.
 */
export type Report = (words: string, level?: LogLevel) => void;

/**
 * The log, on standard error: a line of text for people, or a JSON object a line with `time`, `level`, `part` and
 * `msg` for machines.
 */
export function openLog(format: LogFormat, level: LogLevel): Report {
  const log = pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    format === 'json' ? destination({ dest: 2, sync: true }) : textLines(),
  );
  return (said, at = 'info') => {
    const [, part, words] = /^([a-z][\w -]{0,30}): ([^]*)$/.exec(said) ?? [];
    log[at](part === undefined ? {} : { part }, words ?? said);
  };
}

interface Line {
  time: string;
  level: string;
  part?: string;
  msg: string;
}

function textLines(): Writable {
  return new Writable({
    decodeStrings: false,
    write(line: string, _encoding, done) {
      const { time, level, part, msg } = JSON.parse(line) as Line;
      const lead = level === 'info' ? '' : `${level}: `;
      process.stderr.write(`${time} ${lead}${part === undefined ? '' : `${part}: `}${msg}\n`);
      done();
    },
  });
}
