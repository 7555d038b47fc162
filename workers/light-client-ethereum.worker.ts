import { ethereumFinality } from '../src/light-client/ethereum-finality.ts';
import { LightClient } from '../src/light-client/light-client.ts';
import { exposeLightClient } from './expose-light-client.ts';

/** As `light-client.worker.ts`, for a mainchain that is believed by what Ethereum has finalised about it. */
exposeLightClient(new LightClient({ openRoot: ethereumFinality() }));
