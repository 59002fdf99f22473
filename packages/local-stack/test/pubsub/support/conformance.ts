import { type Differences, runSuite } from '../../support/differences.ts';
import { deliveryConformance } from './delivery-conformance.ts';
import { featureConformance } from './feature-conformance.ts';
import { resourceConformance } from './resource-conformance.ts';
import { streamConformance } from './stream-conformance.ts';
import { type Clients, type Connect, useClients } from './target.ts';

/** A Pub/Sub server and how it differs from the real service. */
export interface PubSubSubject {
  readonly name: string;
  readonly connect: Connect;
  readonly differences: Differences<Clients>;
  /** Its time is real: tests wait for it, all of them together. */
  readonly concurrent?: boolean;
  /** It is not here. */
  readonly skip?: boolean;
}

/** What every Pub/Sub server must do, seen through the official clients. Ours and others run it alike. */
export function pubSubConformance({ name, connect, ...run }: PubSubSubject): void {
  runSuite({ ...run, title: `Pub/Sub: ${name}` }, (check) => {
    const clients = useClients(connect);
    resourceConformance(clients, check);
    deliveryConformance(clients, check);
    streamConformance(clients, check);
    featureConformance(clients, check);
    return clients;
  });
}
