import { existsSync, readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { type ChainProfile, parseProfile } from '../../protocol/profile.ts';
import type { Report } from '../ops/log.ts';

const LOOK_MS = 1000;

/** The profile, once `hsk-node deploy` has written it. @throws `PARSE_INVALID` */
export async function awaitProfile(file: string, report: Report): Promise<ChainProfile> {
  if (!existsSync(file)) report(`waiting for ${file}, which hsk-node deploy writes`);
  while (!existsSync(file)) await setTimeout(LOOK_MS);
  return parseProfile(JSON.parse(readFileSync(file, 'utf8')));
}
