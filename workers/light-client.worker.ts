import { LightClient } from '../src/light-client/light-client.ts';
import { exposeLightClient } from './expose-light-client.ts';

/** The only place that talks to a chain. The mainchain is believed by its validators' seals. */
exposeLightClient(new LightClient());
