import { describe } from 'vitest';
import { deliveryConformance } from './delivery-conformance.ts';
import { resourceConformance } from './resource-conformance.ts';
import { type Connect, useClients } from './target.ts';

/** What every Pub/Sub server must do, seen through the official clients. Ours and others run it alike. */
export function pubSubConformance(name: string, connect: Connect): void {
  describe(`Pub/Sub: ${name}`, () => {
    const clients = useClients(connect);
    describe('resources', () => {
      resourceConformance(clients);
    });
    describe('delivery', () => {
      deliveryConformance(clients);
    });
  });
}
